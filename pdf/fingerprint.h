// SPDX-License-Identifier: Apache-2.0
// Names for contents: /ID, subset tags, keys of caches. Not cryptographic.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "common/bytes.h"

namespace yinxin::pdf {

using ContentName = std::array<std::uint8_t, 16>;

ContentName fingerprint(ByteView data);
/// Of one after the other.
ContentName fingerprint(ByteView first, ByteView second);

/// What many contents begin with, gone through once.
struct ContentStart {
    std::size_t bytes = 0;  ///< of it, in whole words
    std::uint64_t a, b;     ///< the sums so far
    ContentStart();         ///< nothing
    explicit ContentStart(ByteView common);
};
/// fingerprint(data), where `data` begins with what `start` was made of.
ContentName fingerprint(const ContentStart& start, ByteView data);

}  // namespace yinxin::pdf
