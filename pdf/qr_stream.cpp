// SPDX-License-Identifier: Apache-2.0
#include "pdf/qr_stream.h"

#include <algorithm>
#include <array>
#include <utility>

#include "common/deflate_code.h"
#include "common/error.h"

namespace yinxin::pdf {
namespace {

using namespace deflate;

/// 3.2.7: the lengths of all codes. Those of these lengths are fixed: 0 and runs of it in two and
/// three bits, all else in three.
void write_header(BitWriter& out, const std::array<Code, 286>& codes, unsigned distance) {
    struct Fixed {
        unsigned value, bits;
    };
    // canonical: 0 is 00, then 1, 2, 3, 4, 17, 18 are 010 ... 111; here with the first bit lowest
    constexpr Fixed kZero{0, 2}, kRun{7, 3}, kShortRun{3, 3};
    constexpr std::array<Fixed, 5> kLength{{kZero, {2, 3}, {6, 3}, {1, 3}, {5, 3}}};
    const auto zeros = [&](unsigned count) {
        while (count > 0) {
            if (count >= 11) {
                const unsigned now = std::min(count, 138u);
                out.put(kRun.value, kRun.bits), out.put(now - 11, 7);
                count -= now;
            } else if (count >= 3) {
                out.put(kShortRun.value, kShortRun.bits), out.put(count - 3, 3);
                count = 0;
            } else {
                out.put(kZero.value, kZero.bits);
                --count;
            }
        }
    };
    out.put(1, 1), out.put(2, 2);  // the last block, with codes of its own
    out.put(286 - 257, 5), out.put(distance, 5), out.put(18 - 4, 4);
    // the lengths of the lengths' codes, in the order 16 17 18 0 8 7 9 6 10 5 11 4 12 3 13 2 14 1
    for (const unsigned bits : {0, 3, 3, 2, 0, 0, 0, 0, 0, 0, 0, 3, 0, 3, 0, 3, 0, 3}) {
        out.put(bits, 3);
    }
    unsigned run = 0;
    const auto length = [&](unsigned bits) {
        if (bits == 0) {
            ++run;
            return;
        }
        zeros(std::exchange(run, 0u));
        out.put(kLength.at(bits).value, kLength.at(bits).bits);
    };
    for (const Code& code : codes) {
        length(code.bits);
    }
    run += distance;
    length(1);  // the only distance
}

/// The codes of four modules in a row, as one.
class Fours {
  public:
    Fours(const Code& light, const Code& dark) {
        for (unsigned four = 0; four < codes_.size(); ++four) {
            Code& code = codes_[four];
            for (const unsigned module : {8u, 4u, 2u, 1u}) {
                const Code& next = (four & module) != 0 ? dark : light;
                code.value |= next.value << code.bits;
                code.bits += next.bits;
            }
        }
    }
    void put(BitWriter& out, const std::uint8_t* modules) const {
        const unsigned four = modules[0] * 8u | modules[1] * 4u | modules[2] * 2u | modules[3] * 1u;
        const Code& code = codes_[four];
        out.put(code.value, code.bits);
    }

  private:
    std::array<Code, 16> codes_{};
};

/// RFC 1950: Adler-32 of symbol.packed(), without packing it. A byte counts once in the first sum,
/// and in the second as often as there are bytes from it on.
void append_sum_of_packed(Bytes& out, const QrSymbol& symbol) {
    constexpr std::uint64_t kModulus = 65521, kFull = 0xFF;
    const auto side = static_cast<unsigned>(symbol.modules);
    std::uint64_t left = std::uint64_t{side} * side * kQrDots;  // bytes from this row of pixels on
    std::uint64_t first = 1, second = left;
    const std::uint8_t* module = symbol.dark.data();
    for (unsigned y = 0; y < side; ++y, module += side) {
        std::uint16_t count = 0, behind = 0;  // dark modules, and how far in the row they stand
        for (unsigned x = 0; x < side; ++x) {
            count = static_cast<std::uint16_t>(count + module[x]);
            behind = static_cast<std::uint16_t>(behind + module[x] * x);
        }
        for (int copy = 0; copy < kQrDots; ++copy, left -= side) {
            first += kFull * count;
            second += kFull * (count * left - behind);
        }
    }
    const std::uint64_t sum = second % kModulus << 16 | first % kModulus;
    for (int shift = 24; shift >= 0; shift -= 8) {
        out.push_back(static_cast<std::uint8_t>(sum >> shift));
    }
}

}  // namespace

Bytes zlib_of_packed(const QrSymbol& symbol) {
    const auto modules = static_cast<unsigned>(symbol.modules);
    const unsigned repeated = modules * (kQrDots - 1);
    YINXIN_ASSERT(modules >= 21 && modules % 4 == 1 && repeated <= 2 * kLongest - kShortest &&
                  symbol.dark.size() == std::size_t{modules} * modules);
    const bool two = repeated > kLongest;
    const unsigned once = two ? std::min(kLongest, repeated - kShortest) : repeated;
    const Extra first = length_of(once);
    const Extra second = two ? length_of(repeated - once) : first;
    const Extra back = distance_of(modules);

    const auto dark =
        static_cast<std::size_t>(std::count(symbol.dark.begin(), symbol.dark.end(), 1));
    const unsigned often = dark * 2 > symbol.dark.size() ? 0xFF : 0x00;
    std::array<Code, 286> codes{};
    codes[often].bits = 1;
    codes[often ^ 0xFF].bits = 2;
    codes[first.symbol].bits = 3;
    codes[second.symbol].bits = first.symbol == second.symbol ? 3 : 4;
    codes[kEnd].bits = first.symbol == second.symbol ? 3 : 4;
    assign(codes);

    Bytes out{0x78, 0x9C};  // RFC 1950: deflate, 32 KiB
    // modules of at most two bits; of each row two lengths and distances, 16 bits each; the header
    BitWriter bits(out, modules * modules / 4 + modules * 4 + 512);
    write_header(bits, codes, back.symbol);
    const auto match = [&](const Extra& length) {
        bits.put(codes[length.symbol].value, codes[length.symbol].bits);
        bits.put(length.value, length.bits);
        bits.put(0, 1), bits.put(back.value, back.bits);
    };
    const Fours fours(codes[0x00], codes[0xFF]);
    const std::uint8_t* module = symbol.dark.data();
    for (unsigned y = 0; y < modules; ++y) {
        for (unsigned x = 1; x < modules; x += 4, module += 4) {
            fours.put(bits, module);
        }
        const Code& last = codes[*module++ != 0 ? 0xFF : 0x00];  // 5.3.1.1: 17 + 4 v modules
        bits.put(last.value, last.bits);
        match(first);
        if (two) {
            match(second);
        }
    }
    bits.put(codes[kEnd].value, codes[kEnd].bits);
    bits.finish();
    append_sum_of_packed(out, symbol);
    return out;
}

}  // namespace yinxin::pdf
