// SPDX-License-Identifier: Apache-2.0
#include "common/deflate_code.h"

#include <libdeflate.h>

#include <array>

namespace yinxin::deflate {
namespace {

constexpr unsigned kBitsMax = 15;

unsigned turned(unsigned value, unsigned bits) {
    unsigned out = 0;
    for (unsigned i = 0; i < bits; ++i) {
        out |= (value >> (bits - 1 - i) & 1) << i;
    }
    return out;
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
