// SPDX-License-Identifier: Apache-2.0
// Bytes made smaller without loss. How it was done stands beside them, so that better ways can
// come.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <span>

#include "common/bytes.h"
#include "common/open_streams.h"

struct ZSTD_CDict_s;
struct ZSTD_DDict_s;

namespace yinxin::server {

/// Content that many have in common, ready to pack against. Any thread.
class Dictionary {
  public:
    Dictionary(std::int64_t id, Bytes content, Bytes sha256);

    std::int64_t id() const { return id_; }
    const Bytes& sha256() const { return sha256_; }  ///< of the content
    const ZSTD_CDict_s* for_packing() const;
    const ZSTD_DDict_s* for_unpacking() const { return unpacking_.get(); }

  private:
    struct Free {
        void operator()(ZSTD_CDict_s* made) const;
        void operator()(ZSTD_DDict_s* made) const;
    };
    const std::int64_t id_;
    const Bytes content_, sha256_;
    std::unique_ptr<ZSTD_DDict_s, Free> unpacking_;
    mutable std::once_flag once_;
    mutable std::unique_ptr<ZSTD_CDict_s, Free> packing_;  ///< most only ever unpack
};

/// Tail: only what follows the revision before. Open: zstd over with_streams_open.
enum class Packing : int { AsIs = 0, Zstd = 1, TailAsIs = 2, TailZstd = 3, Open = 4 };

struct Packed {
    Packing packing = Packing::AsIs;
    Bytes bytes;
};

/// The smaller of both.
Packed pack(ByteView plain, const Dictionary* dictionary = nullptr);
/// With its streams open, where it has any.
Packed pack_open(ByteView file, std::span<const OpenStream> streams, const Dictionary* dictionary);
Packed pack_tail(ByteView tail, const Dictionary* dictionary = nullptr);
bool is_tail(int packing);
/// With the dictionary it was packed with, or none. Throws Error{Internal} when it does not unpack
/// to `size_bytes`.
Bytes unpack(int packing,
             ByteView packed,
             std::size_t size_bytes,
             const Dictionary* dictionary = nullptr);
/// Always by zstd, whose frame tells the size; unpack_text throws as unpack does.
Bytes pack_text(ByteView plain, const Dictionary& dictionary);
Bytes unpack_text(ByteView packed, const Dictionary& dictionary);

}  // namespace yinxin::server
