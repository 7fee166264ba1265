// SPDX-License-Identifier: Apache-2.0
#include "server/storage/packing.h"

#include <zstd.h>

#include <optional>
#include <vector>

#include "common/error.h"
#include "common/idle_pool.h"

namespace yinxin::server {
namespace {

constexpr int level_alone = 3;
/// Nearly all matches lie in the dictionary: levels above find hardly more and take longer.
constexpr int level_with_dictionary = 1;
constexpr std::size_t opened_bytes_max = 64u << 20;

/// zstd's working memory: setting it up takes longer than packing a page.
template <typename Context, Context* (*make)(), std::size_t (*free)(Context*)>
auto context() {
    struct Free {
        void operator()(Context* made) const { free(made); }
    };
    using Owned = std::unique_ptr<Context, Free>;
    static IdlePool<Owned> pool;
    return pool.take([] {
        Owned made(make());
        if (!made) {
            throw std::bad_alloc();
        }
        return made;
    });
}

/// Room that is written before it is read.
class Room {
  public:
    explicit Room(std::size_t size)
        : bytes_(std::make_unique_for_overwrite<std::uint8_t[]>(size)), size_(size) {}
    std::uint8_t* data() { return bytes_.get(); }
    std::size_t size() const { return size_; }
    ByteView first(std::size_t count) const { return {bytes_.get(), count}; }
    ByteView all() const { return first(size_); }

  private:
    std::unique_ptr<std::uint8_t[]> bytes_;
    std::size_t size_;
};

Bytes compress(ByteView plain, const Dictionary* dictionary) {
    const auto packing = context<ZSTD_CCtx, ZSTD_createCCtx, ZSTD_freeCCtx>();
    Room small(ZSTD_compressBound(plain.size()));
    const std::size_t size = dictionary != nullptr
                                 ? ZSTD_compress_usingCDict(packing.get(),
                                                            small.data(),
                                                            small.size(),
                                                            plain.data(),
                                                            plain.size(),
                                                            dictionary->for_packing())
                                 : ZSTD_compressCCtx(packing.get(),
                                                     small.data(),
                                                     small.size(),
                                                     plain.data(),
                                                     plain.size(),
                                                     level_alone);
    YINXIN_ASSERT(ZSTD_isError(size) == 0);  // there is room for whatever it makes
    return to_bytes(small.first(size));
}

std::optional<Room> decompress(ByteView packed,
                               std::size_t size_bytes,
                               const Dictionary* dictionary) {
    const auto unpacking = context<ZSTD_DCtx, ZSTD_createDCtx, ZSTD_freeDCtx>();
    Room plain(size_bytes);
    const std::size_t size =
        dictionary != nullptr
            ? ZSTD_decompress_usingDDict(unpacking.get(),
                                         plain.data(),
                                         plain.size(),
                                         packed.data(),
                                         packed.size(),
                                         dictionary->for_unpacking())
            : ZSTD_decompressDCtx(
                  unpacking.get(), plain.data(), plain.size(), packed.data(), packed.size());
    return size == size_bytes ? std::optional(std::move(plain)) : std::nullopt;
}

[[noreturn]] void refuse() {
    throw Error(ErrorCode::Internal, "register: stored bytes do not unpack");
}

/// As much as the frame says.
Room decompress_any(ByteView packed, const Dictionary* dictionary) {
    const auto size = ZSTD_getFrameContentSize(packed.data(), packed.size());
    if (size > opened_bytes_max) {  // also what stands for "unknown" and "no frame"
        refuse();
    }
    auto plain = decompress(packed, size, dictionary);
    if (!plain) {
        refuse();
    }
    return std::move(*plain);
}

Bytes closed(ByteView opened, std::size_t size_bytes) {
    try {
        Bytes file = with_streams_closed(opened, size_bytes);
        if (file.size() == size_bytes) {
            return file;
        }
    } catch (const Error&) {  // told below
    }
    throw Error(ErrorCode::Internal, "register: stored bytes have another size");
}

}  // namespace

void Dictionary::Free::operator()(ZSTD_CDict_s* made) const {
    ZSTD_freeCDict(made);
}
void Dictionary::Free::operator()(ZSTD_DDict_s* made) const {
    ZSTD_freeDDict(made);
}

Dictionary::Dictionary(std::int64_t id, Bytes content, Bytes sha256)
    : id_(id),
      content_(std::move(content)),
      sha256_(std::move(sha256)),
      unpacking_(ZSTD_createDDict(content_.data(), content_.size())) {
    if (!unpacking_) {
        throw std::bad_alloc();
    }
}

const ZSTD_CDict_s* Dictionary::for_packing() const {
    std::call_once(once_, [this] {
        packing_.reset(ZSTD_createCDict(content_.data(), content_.size(), level_with_dictionary));
    });
    if (!packing_) {
        throw std::bad_alloc();
    }
    return packing_.get();
}

Packed pack(ByteView plain, const Dictionary* dictionary) {
    Bytes small = compress(plain, dictionary);
    if (small.size() >= plain.size()) {
        return {Packing::AsIs, to_bytes(plain)};
    }
    return {Packing::Zstd, std::move(small)};
}

Packed pack_open(ByteView file, std::span<const OpenStream> streams, const Dictionary* dictionary) {
    if (streams.empty()) {
        return pack(file, dictionary);
    }
    return {Packing::Open, compress(with_streams_open(file, streams), dictionary)};
}

Packed pack_tail(ByteView tail, const Dictionary* dictionary) {
    Packed packed = pack(tail, dictionary);
    packed.packing = packed.packing == Packing::Zstd ? Packing::TailZstd : Packing::TailAsIs;
    return packed;
}

bool is_tail(int packing) {
    return packing == static_cast<int>(Packing::TailAsIs) ||
           packing == static_cast<int>(Packing::TailZstd);
}

Bytes unpack(int packing, ByteView packed, std::size_t size_bytes, const Dictionary* dictionary) {
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
        if (const auto plain = decompress(packed, size_bytes, dictionary)) {
            return to_bytes(plain->all());
        }
    }
    if (packing == static_cast<int>(Packing::Open)) {
        return closed(decompress_any(packed, dictionary).all(), size_bytes);
    }
    refuse();
}

Bytes pack_text(ByteView plain, const Dictionary& dictionary) {
    return compress(plain, &dictionary);
}

Bytes unpack_text(ByteView packed, const Dictionary& dictionary) {
    return to_bytes(decompress_any(packed, &dictionary).all());
}

}  // namespace yinxin::server
