// SPDX-License-Identifier: Apache-2.0
// A file with some of its compressed streams as they were before steady_deflate: so it has much in
// common with others of its kind, and the file itself comes back byte for byte.
#pragma once

#include <cstddef>
#include <span>

#include "common/bytes.h"

namespace yinxin {

/// Bytes [at, at + size) of a file are steady_deflate(plain).
struct OpenStream {
    std::size_t at = 0, size = 0;
    Bytes plain;
};

/// `streams` in the order of the file, none over another.
Bytes with_streams_open(ByteView file, std::span<const OpenStream> streams);
/// Throws Error{Malformed} for what with_streams_open never made, Error{TooLarge} when the file has
/// more than `size_max` bytes.
Bytes with_streams_closed(ByteView opened, std::size_t size_max);

}  // namespace yinxin
