// SPDX-License-Identifier: Apache-2.0
// Two compressors to the zlib format (RFC 1950). Any thread.
#pragma once

#include "common/bytes.h"

namespace yinxin {

/// As small as it gets, which takes its time; the bytes depend on the version of libdeflate.
Bytes small_deflate(ByteView plain);

/// Its output never changes: documents are kept with their streams open and rebuilt with it. A test
/// holds it to bytes of its first day; a better way gets a name of its own. As small as zlib's
/// level 6, made for streams of a few KiB; at most 2 GiB.
Bytes steady_deflate(ByteView plain);

}  // namespace yinxin
