// SPDX-License-Identifier: Apache-2.0
// The parts of which streams of RFC 1951 are written.
#pragma once

#include <cstdint>
#include <span>

#include "common/bytes.h"

namespace yinxin::deflate {

inline constexpr unsigned kEnd = 256, kShortest = 3, kLongest = 258;

/// 3.1.1: from the lowest bit of each byte upwards.
class BitWriter {
  public:
    explicit BitWriter(Bytes& out) : out_(out) {}
    void put(unsigned value, unsigned bits) {
        held_ |= static_cast<std::uint64_t>(value) << count_;
        for (count_ += bits; count_ >= 8; count_ -= 8, held_ >>= 8) {
            out_.push_back(static_cast<std::uint8_t>(held_));
        }
    }
    void finish() { put(0, (8 - count_) % 8); }

  private:
    Bytes& out_;
    std::uint64_t held_ = 0;
    unsigned count_ = 0;
};

/// A length or a distance: its symbol and what stands behind it (3.2.5).
struct Extra {
    unsigned symbol, value, bits;
};

inline Extra length_of(unsigned length) {
    if (length == kLongest) {
        return {285, 0, 0};
    }
    if (length < 11) {
        return {254 + length, 0, 0};
    }
    unsigned bits = 1;
    while (length - 3 >= 8u << bits) {
        ++bits;
    }
    return {261 + 4 * bits + ((length - 3) >> bits & 3), (length - 3) & ((1u << bits) - 1), bits};
}

inline Extra distance_of(unsigned distance) {
    if (distance <= 2) {
        return {distance - 1, 0, 0};
    }
    unsigned bits = 0;  // of one above 4
    while (distance - 1 >= 4u << bits) {
        ++bits;
    }
    return {2 + 2 * bits + ((distance - 1) >> bits & 1), (distance - 1) & ((1u << bits) - 1), bits};
}

struct Code {
    unsigned bits = 0, value = 0;  ///< the first bit lowest
};

/// 3.2.2: the lengths say the codes.
void assign(std::span<Code> codes);

/// RFC 1950: the sum behind a stream of these bytes, highest byte first.
void append_sum(Bytes& out, ByteView plain);

}  // namespace yinxin::deflate
