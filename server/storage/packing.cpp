// SPDX-License-Identifier: Apache-2.0
#include "server/storage/packing.h"

#include <zstd.h>

#include "common/error.h"

namespace yinxin::server {
namespace {

constexpr int zstd_level = 3;

}  // namespace

Packed pack(ByteView plain) {
    Bytes small(ZSTD_compressBound(plain.size()));
    const std::size_t size =
        ZSTD_compress(small.data(), small.size(), plain.data(), plain.size(), zstd_level);
    if (ZSTD_isError(size) != 0 || size >= plain.size()) {
        return {Packing::AsIs, to_bytes(plain)};
    }
    small.resize(size);
    return {Packing::Zstd, std::move(small)};
}

Packed pack_tail(ByteView tail) {
    Packed packed = pack(tail);
    packed.packing = packed.packing == Packing::Zstd ? Packing::TailZstd : Packing::TailAsIs;
    return packed;
}

bool is_tail(int packing) {
    return packing == static_cast<int>(Packing::TailAsIs) ||
           packing == static_cast<int>(Packing::TailZstd);
}

Bytes unpack(int packing, ByteView packed, std::size_t size_bytes) {
    if (is_tail(packing)) {
        packing -= static_cast<int>(Packing::TailAsIs);
    }
    if (packing == static_cast<int>(Packing::AsIs) && packed.size() == size_bytes) {
        return to_bytes(packed);
    }
    if (packing == static_cast<int>(Packing::Zstd)) {
        // The frame tells its size and is authenticated, the number beside it is not.
        if (ZSTD_getFrameContentSize(packed.data(), packed.size()) != size_bytes) {
            throw Error(ErrorCode::Internal, "register: stored bytes have another size");
        }
        Bytes plain(size_bytes);
        if (ZSTD_decompress(plain.data(), plain.size(), packed.data(), packed.size()) ==
            size_bytes) {
            return plain;
        }
    }
    throw Error(ErrorCode::Internal, "register: stored bytes do not unpack");
}

}  // namespace yinxin::server
