// SPDX-License-Identifier: Apache-2.0
#include "common/deflate_code.h"

#include <libdeflate.h>

#include <array>
#include <vector>

namespace yinxin::deflate {
namespace {

constexpr unsigned kBitsMax = 15;

constexpr std::array<std::uint8_t, 256> kTurned = [] {
    std::array<std::uint8_t, 256> made{};
    for (unsigned i = 0; i < made.size(); ++i) {
        for (unsigned bit = 0; bit < 8; ++bit) {
            made[i] = static_cast<std::uint8_t>(made[i] | (i >> bit & 1) << (7 - bit));
        }
    }
    return made;
}();

/// The lowest `bits` of it, the other way round.
std::uint16_t turned(unsigned value, unsigned bits) {
    const unsigned all =
        static_cast<unsigned>(kTurned[value & 0xFF]) << 8 | kTurned[value >> 8 & 0xFF];
    return static_cast<std::uint16_t>(all >> (16 - bits));
}

}  // namespace

void assign(std::span<Code> codes, std::span<const std::uint16_t> used) {
    std::array<unsigned, kBitsMax + 2> next{};
    for (const std::uint16_t symbol : used) {
        ++next.at(codes[symbol].bits + 1u);
    }
    for (unsigned bits = 1; bits <= kBitsMax; ++bits) {
        next[bits + 1] = (next[bits] + next[bits + 1]) << 1;
    }
    for (const std::uint16_t symbol : used) {
        Code& code = codes[symbol];
        code.value = turned(next[code.bits]++, code.bits);
    }
}

void assign(std::span<Code> codes) {
    std::vector<std::uint16_t> used;
    used.reserve(codes.size());
    for (std::size_t i = 0; i < codes.size(); ++i) {
        if (codes[i].bits != 0) {
            used.push_back(static_cast<std::uint16_t>(i));
        }
    }
    assign(codes, used);
}

std::uint32_t sum_of(ByteView plain) {
    return libdeflate_adler32(1, plain.data(), plain.size());
}

void append_sum(Bytes& out, ByteView plain) {
    const std::uint32_t sum = sum_of(plain);
    for (int shift = 24; shift >= 0; shift -= 8) {
        out.push_back(static_cast<std::uint8_t>(sum >> shift));
    }
}

}  // namespace yinxin::deflate
