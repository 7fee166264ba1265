// SPDX-License-Identifier: Apache-2.0
// How fast the bare key is: the yardstick of the benchmarks.
#pragma once

#include <chrono>

#include "keys/software_key.h"

namespace yinxin::keys {

/// Signatures per second (digest and the key's operation, nothing else) over a fixed text, for
/// about `span`. They are neither counted nor given out.
double raw_signing_rate(const SoftwareKey& key, std::chrono::milliseconds span);

}  // namespace yinxin::keys
