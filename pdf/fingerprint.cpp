// SPDX-License-Identifier: Apache-2.0
#include "pdf/fingerprint.h"

#include <bit>
#include <cstddef>
#include <cstring>

#include "common/error.h"

namespace yinxin::pdf {
namespace {

constexpr std::uint64_t kOdd1 = 0x9E3779B97F4A7C15u, kOdd2 = 0xC2B2AE3D27D4EB4Fu;

std::uint64_t mixed(std::uint64_t v) {
    v = (v ^ (v >> 30)) * 0xBF58476D1CE4E5B9u;
    v = (v ^ (v >> 27)) * 0x94D049BB133111EBu;
    return v ^ (v >> 31);
}

/// Eight bytes a step, in two sums that multiply by different odd numbers.
class Sums {
  public:
    Sums() = default;
    explicit Sums(const ContentStart& start) : a_(start.a), b_(start.b) {}

    /// Whole words from `at` on; where they end.
    std::size_t add_words(ByteView data, std::size_t at) {
        for (; at + 8 <= data.size(); at += 8) {
            step(word(data.data() + at, 8));
        }
        return at;
    }
    void add(ByteView data, std::size_t from = 0) {
        const std::size_t at = add_words(data, from);
        step(at == data.size() ? 0 : word(data.data() + at, data.size() - at));
        step(data.size());  // where one ends counts
    }
    std::uint64_t a() const { return a_; }
    std::uint64_t b() const { return b_; }
    ContentName finish() const {
        const std::uint64_t a = mixed(a_), b = mixed(b_ ^ a);
        ContentName out{};
        for (std::size_t i = 0; i < 8; ++i) {
            out[i] = static_cast<std::uint8_t>(a >> (8 * i));
            out[8 + i] = static_cast<std::uint8_t>(b >> (8 * i));
        }
        return out;
    }

  private:
    /// The first byte lowest, at most eight.
    static std::uint64_t word(const std::uint8_t* bytes, std::size_t count) {
        std::uint64_t value = 0;
        if constexpr (std::endian::native == std::endian::little) {
            std::memcpy(&value, bytes, count);
        } else {
            for (std::size_t i = 0; i < count; ++i) {
                value |= static_cast<std::uint64_t>(bytes[i]) << (8 * i);
            }
        }
        return value;
    }
    void step(std::uint64_t value) {
        a_ = (a_ ^ value) * kOdd1;
        a_ ^= a_ >> 32;
        b_ = (b_ + value) * kOdd2;
        b_ ^= b_ >> 29;
    }

    std::uint64_t a_ = kOdd2, b_ = kOdd1;
};

}  // namespace

ContentName fingerprint(ByteView data) {
    Sums sums;
    sums.add(data);
    return sums.finish();
}

ContentName fingerprint(ByteView first, ByteView second) {
    Sums sums;
    sums.add(first);
    sums.add(second);
    return sums.finish();
}

ContentStart::ContentStart() : ContentStart(ByteView()) {}

ContentStart::ContentStart(ByteView common) {
    Sums sums;
    bytes = sums.add_words(common, 0);
    a = sums.a();
    b = sums.b();
}

ContentName fingerprint(const ContentStart& start, ByteView data) {
    YINXIN_ASSERT(start.bytes <= data.size());
    Sums sums(start);
    sums.add(data, start.bytes);
    return sums.finish();
}

}  // namespace yinxin::pdf
