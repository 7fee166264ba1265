// SPDX-License-Identifier: Apache-2.0
// What a verifier has to know of the keys that seal here.
#pragma once

#include <vector>

#include "common/bytes.h"
#include "keys/private_key.h"

namespace yinxin::server {

using SealKeys = std::vector<const keys::PrivateKey*>;

/// SHA-256 of each key's own certificate; a key that has none yet is left out.
std::vector<Bytes> own_certificates(const SealKeys& keys);
/// The certificates above them, which a seal of GB/T 38540 does not carry.
std::vector<Bytes> intermediates(const SealKeys& keys);

}  // namespace yinxin::server
