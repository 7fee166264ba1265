// SPDX-License-Identifier: Apache-2.0
#include <libdeflate.h>

#include <memory>

#include "common/deflate.h"
#include "common/error.h"
#include "common/idle_pool.h"

namespace yinxin {
namespace {

struct CompressorFree {
    void operator()(libdeflate_compressor* c) const noexcept { libdeflate_free_compressor(c); }
};

/// Takes hundreds of KiB.
using Compressor = std::unique_ptr<libdeflate_compressor, CompressorFree>;
constexpr int kSmallest = 12;

}  // namespace

Bytes small_deflate(ByteView plain) {
    static IdlePool<Compressor> pool;
    const auto c = pool.take([] {
        Compressor made(libdeflate_alloc_compressor(kSmallest));
        YINXIN_ASSERT(made != nullptr);
        return made;
    });
    Bytes out(libdeflate_zlib_compress_bound(c.get(), plain.size()));
    out.resize(
        libdeflate_zlib_compress(c.get(), plain.data(), plain.size(), out.data(), out.size()));
    YINXIN_ASSERT(!out.empty());
    return out;
}

}  // namespace yinxin
