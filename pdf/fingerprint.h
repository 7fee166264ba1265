// SPDX-License-Identifier: Apache-2.0
// Names for contents: /ID, subset tags, keys of caches. Not cryptographic.
#pragma once

#include <array>
#include <cstdint>

#include "common/bytes.h"

namespace yinxin::pdf {

using ContentName = std::array<std::uint8_t, 16>;

ContentName fingerprint(ByteView data);
/// Of one after the other.
ContentName fingerprint(ByteView first, ByteView second);

}  // namespace yinxin::pdf
