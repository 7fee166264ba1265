// SPDX-License-Identifier: Apache-2.0
#include "common/deflate_code.h"

#include <libdeflate.h>

#include <array>

namespace yinxin::deflate {
namespace {

constexpr unsigned kBitsMax = 15;

/// The lowest `bits` of it, the other way round.
unsigned turned(unsigned value, unsigned bits) {
    value = (value & 0x5555) << 1 | (value >> 1 & 0x5555);
    value = (value & 0x3333) << 2 | (value >> 2 & 0x3333);
    value = (value & 0x0F0F) << 4 | (value >> 4 & 0x0F0F);
    value = (value & 0x00FF) << 8 | (value >> 8 & 0x00FF);
    return value >> (16 - bits);
}

}  // namespace

void assign(std::span<Code> codes) {
    std::array<unsigned, kBitsMax + 2> next{};
    for (const Code& code : codes) {
        ++next.at(code.bits + 1);
    }
    next[1] = 0;  // those without a code
    for (unsigned bits = 1; bits <= kBitsMax; ++bits) {
        next[bits + 1] = (next[bits] + next[bits + 1]) << 1;
    }
    for (Code& code : codes) {
        if (code.bits != 0) {
            code.value = turned(next.at(code.bits)++, code.bits);
        }
    }
}

void append_sum(Bytes& out, ByteView plain) {
    const std::uint32_t sum = libdeflate_adler32(1, plain.data(), plain.size());
    for (int shift = 24; shift >= 0; shift -= 8) {
        out.push_back(static_cast<std::uint8_t>(sum >> shift));
    }
}

}  // namespace yinxin::deflate
