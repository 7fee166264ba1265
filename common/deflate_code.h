// SPDX-License-Identifier: Apache-2.0
// The parts of which streams of RFC 1951 are written.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <span>

#include "common/bytes.h"
#include "common/error.h"

namespace yinxin::deflate {

inline constexpr unsigned kEnd = 256, kShortest = 3, kLongest = 258;

/// 3.1.1: from the lowest bit of each byte upwards, behind what is in `out`, which is whole after
/// finish() and not to be touched before.
class BitWriter {
  public:
    /// At most so many bytes will be written.
    BitWriter(Bytes& out, std::size_t bytes_max) : out_(out) {
        const std::size_t begin = out.size();
        out.resize(begin + bytes_max + kAhead);
        at_ = out.data() + begin;
        room_ = bytes_max + kAhead;
    }
    /// At most 32 bits.
    void put(unsigned value, unsigned bits) {
        held_ |= static_cast<std::uint64_t>(value) << count_;
        count_ += bits;
        if (count_ >= 32) {
            write();
            at_ += 4;
            room_ -= 4;
            held_ >>= 32;
            count_ -= 32;
        }
    }
    /// The end: nothing may be put after it.
    void finish() {
        write();
        out_.resize(static_cast<std::size_t>(at_ - out_.data()) + (count_ + 7) / 8);
    }

  private:
    static constexpr std::size_t kAhead = 4;  // are written where fewer count

    void write() {
        YINXIN_ASSERT(room_ >= kAhead);
        for (unsigned i = 0; i < kAhead; ++i) {
            at_[i] = static_cast<std::uint8_t>(held_ >> 8 * i);
        }
    }

    Bytes& out_;
    std::uint8_t* at_ = nullptr;
    std::size_t room_ = 0;  ///< from there on
    std::uint64_t held_ = 0;
    unsigned count_ = 0;
};

/// A length or a distance: its symbol and what stands behind it (3.2.5).
struct Extra {
    unsigned symbol, value, bits;
};

constexpr Extra length_of(unsigned length) {
    if (length == kLongest) {
        return {285, 0, 0};
    }
    if (length < 11) {
        return {254 + length, 0, 0};
    }
    const auto bits = static_cast<unsigned>(std::bit_width(length - 3)) - 3;
    return {261 + 4 * bits + ((length - 3) >> bits & 3), (length - 3) & ((1u << bits) - 1), bits};
}

constexpr Extra distance_of(unsigned distance) {
    if (distance <= 2) {
        return {distance - 1, 0, 0};
    }
    const auto bits = static_cast<unsigned>(std::bit_width(distance - 1)) - 2;
    return {2 + 2 * bits + ((distance - 1) >> bits & 1), (distance - 1) & ((1u << bits) - 1), bits};
}

struct Code {
    std::uint16_t bits = 0, value = 0;  ///< the first bit lowest
};

/// 3.2.2: the lengths say the codes.
void assign(std::span<Code> codes);
/// Where it is known which have one, in their order.
void assign(std::span<Code> codes, std::span<const std::uint16_t> used);

/// RFC 1950: the sum of what a stream stands for.
std::uint32_t sum_of(ByteView plain);
/// Behind the stream, highest byte first.
void append_sum(Bytes& out, ByteView plain);

}  // namespace yinxin::deflate
