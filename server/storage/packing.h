// SPDX-License-Identifier: Apache-2.0
// Bytes of a revision, made smaller without loss. How it was done stands beside them, so that
// better ways can come.
#pragma once

#include "common/bytes.h"

namespace yinxin::server {

/// Tail: only what follows the revision before.
enum class Packing : int { AsIs = 0, Zstd = 1, TailAsIs = 2, TailZstd = 3 };

struct Packed {
    Packing packing = Packing::AsIs;
    Bytes bytes;
};

/// The smaller of both.
Packed pack(ByteView plain);
Packed pack_tail(ByteView tail);
bool is_tail(int packing);
/// Throws Error{Internal} when it does not unpack to `size_bytes`.
Bytes unpack(int packing, ByteView packed, std::size_t size_bytes);

}  // namespace yinxin::server
