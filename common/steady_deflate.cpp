// SPDX-License-Identifier: Apache-2.0
#include "common/deflate.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <limits>
#include <memory>
#include <vector>

#include "common/deflate_code.h"
#include "common/error.h"
#include "common/idle_pool.h"

namespace yinxin {
namespace {

using namespace deflate;

constexpr std::size_t kWindow = 32768, kStoredMax = 65535;
constexpr unsigned kHashBits = 12, kHashed = 4;  // bytes: shorter matches save little
constexpr int kTries = 12;                       // places looked at for a match
constexpr unsigned kGoodMatch = 24;              // longer: not looked for a better one a byte later

struct Token {
    std::uint16_t length = 0;  ///< 0: `value` is a byte, else a distance - 1
    std::uint16_t value = 0;
};

/// Repetitions of what stands before (LZ77).
class Matcher {
  public:
    const std::vector<Token>& tokens(ByteView plain) {
        plain_ = plain;
        head_.fill(-1);
        before_.resize(plain.size());
        tokens_.clear();
        noted_ = 0;
        Match here = find(0);
        for (std::size_t at = 0; at < plain.size();) {
            const Match next = here.length < kGoodMatch ? find(at + 1) : Match{};
            if (here.length == 0 || next.length > here.length) {
                tokens_.push_back({0, plain[at]});
                here = next;
                ++at;
                continue;
            }
            tokens_.push_back({static_cast<std::uint16_t>(here.length),
                               static_cast<std::uint16_t>(here.distance - 1)});
            const std::size_t end = at + here.length;
            const std::size_t last = std::min(end, plain.size() - kHashed + 1);
            for (std::size_t i = noted_; i < last; ++i) {
                note(i);
            }
            at = end;
            here = find(at);
        }
        return tokens_;
    }

  private:
    struct Match {
        unsigned length = 0, distance = 0;
    };

    static std::uint32_t four_at(const std::uint8_t* at) {
        std::uint32_t four = 0;
        std::memcpy(&four, at, sizeof four);
        return four;
    }

    std::size_t hash(std::size_t at) const {
        std::uint32_t four = four_at(plain_.data() + at);
        if constexpr (std::endian::native == std::endian::big) {
            four = __builtin_bswap32(four);  // the same bytes on every machine
        }
        return four * 2654435761u >> (32 - kHashBits);
    }

    /// The place before with the same hash.
    std::int32_t note(std::size_t at) {
        std::int32_t& head = head_.data()[hash(at)];
        const std::int32_t before = before_.data()[at] = head;
        head = static_cast<std::int32_t>(at);
        noted_ = at + 1;
        return before;
    }

    /// Of the bytes from here on; the first four are known to be.
    static unsigned equal(const std::uint8_t* a, const std::uint8_t* b, unsigned room) {
        unsigned length = kHashed;
        for (std::uint64_t x, y; length + sizeof x <= room; length += sizeof x) {
            std::memcpy(&x, a + length, sizeof x);
            std::memcpy(&y, b + length, sizeof y);
            if (x != y) {
                break;
            }
        }
        while (length < room && a[length] == b[length]) {
            ++length;
        }
        return length;
    }

    /// The longest, and of these the nearest; `at` is noted.
    Match find(std::size_t at) {
        Match best{kHashed - 1, 0};
        if (at + kHashed > plain_.size()) {
            return {};
        }
        std::int32_t candidate = note(at);
        const std::uint8_t* const plain = plain_.data();
        const std::int32_t* const before = before_.data();
        const std::uint8_t* const here = plain + at;
        const std::uint32_t first = four_at(here);
        const auto room =
            static_cast<unsigned>(std::min<std::size_t>(kLongest, plain_.size() - at));
        std::uint32_t last = first;  // four bytes, up to that by which a longer one is longer
        for (int tries = kTries; tries > 0 && candidate >= 0; --tries) {
            const auto from = static_cast<std::size_t>(candidate);
            if (at - from > kWindow) {
                break;
            }
            const std::uint8_t* const there = plain + from;
            if (four_at(there + best.length + 1 - kHashed) == last && four_at(there) == first) {
                const unsigned length = equal(there, here, room);
                if (length > best.length) {
                    best = {length, static_cast<unsigned>(at - from)};
                    if (length == room) {
                        break;
                    }
                    last = four_at(here + length + 1 - kHashed);
                }
            }
            candidate = before[from];
        }
        return best.distance == 0 ? Match{} : best;
    }

    ByteView plain_;
    std::array<std::int32_t, 1u << kHashBits> head_{};
    std::vector<std::int32_t> before_;  ///< the place before with the same hash
    std::vector<Token> tokens_;
    std::size_t noted_ = 0;  ///< places before it
};

constexpr unsigned kSymbolBits = 9;

/// Huffman's lengths, none above `bits_max`: where one is, the counts are brought nearer.
template <std::size_t N>
std::array<Code, N> codes_for(const std::array<std::uint32_t, N>& counts, unsigned bits_max) {
    struct Node {
        std::uint64_t count;
        std::size_t up;
    };
    std::array<Code, N> codes{};
    std::array<std::uint64_t, N> used;  // the count, and below it the symbol
    std::size_t n = 0;
    for (std::size_t i = 0; i < N; ++i) {
        if (counts[i] != 0) {
            used[n++] = static_cast<std::uint64_t>(counts[i]) << kSymbolBits | i;
        }
    }
    const auto symbol = [&](std::size_t i) { return used[i] & ((1u << kSymbolBits) - 1); };
    if (n < 2) {
        codes[n == 0 ? 0 : symbol(0)].bits = 1;
        assign(codes);
        return codes;
    }
    for (;;) {
        std::sort(used.begin(), used.begin() + static_cast<std::ptrdiff_t>(n));
        std::array<Node, 2 * N> nodes;
        for (std::size_t i = 0; i < n; ++i) {
            nodes[i] = {used[i] >> kSymbolBits, 0};
        }
        std::size_t leaf = 0, inner = n;
        for (std::size_t made = n; made < 2 * n - 1; ++made) {
            nodes[made] = {0, 0};
            for (int child = 0; child < 2; ++child) {
                const bool from_leaf =
                    leaf < n && (inner == made || nodes[leaf].count <= nodes[inner].count);
                Node& node = nodes[from_leaf ? leaf++ : inner++];
                node.up = made;
                nodes[made].count += node.count;
            }
        }
        std::array<std::uint16_t, 2 * N> depth;
        depth[2 * n - 2] = 0;
        unsigned deepest = 0;
        for (std::size_t i = 2 * n - 2; i-- > 0;) {
            depth[i] = static_cast<std::uint16_t>(depth[nodes[i].up] + 1);
            deepest = std::max<unsigned>(deepest, depth[i]);
        }
        if (deepest <= bits_max) {
            for (std::size_t i = 0; i < n; ++i) {
                codes[symbol(i)].bits = depth[i];
            }
            assign(codes);
            return codes;
        }
        for (std::size_t i = 0; i < n; ++i) {
            used[i] = ((used[i] >> kSymbolBits) + 1) / 2 << kSymbolBits | symbol(i);
        }
    }
}

// 3.2.7: 3 + 14 bits, 19 lengths in 3 each, 316 codes of at most 7 bits with 7 behind them; a match
// has at most 15 + 5 + 15 + 13.
constexpr std::size_t kHeaderBytesMax = 568, kTokenBytesMax = 6;

using LengthCodes = std::array<Code, 286>;
using DistanceCodes = std::array<Code, 30>;

/// 3.2.7: the lengths of both codes, runs of equal ones taken together.
class Header {
  public:
    Header(const LengthCodes& lengths, const DistanceCodes& distances) {
        literals_ = count_used(lengths, 257);
        distances_ = count_used(distances, 1);
        std::array<std::uint8_t, 316> all{};
        std::size_t n = 0;
        for (std::size_t i = 0; i < literals_; ++i) {
            all[n++] = static_cast<std::uint8_t>(lengths[i].bits);
        }
        for (std::size_t i = 0; i < distances_; ++i) {
            all[n++] = static_cast<std::uint8_t>(distances[i].bits);
        }
        for (std::size_t i = 0; i < n;) {
            std::size_t end = i + 1;
            while (end < n && all[end] == all[i]) {
                ++end;
            }
            add_run(all[i], static_cast<unsigned>(end - i));
            i = end;
        }
    }

    void write(BitWriter& out) const {
        constexpr std::array<std::size_t, 19> kOrder{
            16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};
        std::array<std::uint32_t, 19> counts{};
        for (std::size_t i = 0; i < n_; ++i) {
            ++counts.at(symbols_[i].symbol);
        }
        const auto codes = codes_for(counts, 7);
        std::size_t shown = kOrder.size();
        while (shown > 4 && codes[kOrder[shown - 1]].bits == 0) {
            --shown;
        }
        out.put(static_cast<unsigned>(literals_ - 257), 5);
        out.put(static_cast<unsigned>(distances_ - 1), 5);
        out.put(static_cast<unsigned>(shown - 4), 4);
        for (std::size_t i = 0; i < shown; ++i) {
            out.put(codes[kOrder[i]].bits, 3);
        }
        for (std::size_t i = 0; i < n_; ++i) {
            const Code& code = codes.at(symbols_[i].symbol);
            out.put(code.value, code.bits);
            out.put(symbols_[i].value, symbols_[i].bits);
        }
    }

  private:
    template <std::size_t N>
    static std::size_t count_used(const std::array<Code, N>& codes, std::size_t least) {
        std::size_t n = N;
        while (n > least && codes[n - 1].bits == 0) {
            --n;
        }
        return n;
    }

    void add_run(unsigned length, unsigned count) {
        if (length != 0) {
            symbols_[n_++] = {length, 0, 0};
            --count;
        }
        while (count > 0) {
            const unsigned most = length != 0 ? 6 : 138;
            const unsigned now = std::min(count, most);
            if (now < 3) {
                symbols_[n_++] = {length, 0, 0};
                --count;
                continue;
            }
            symbols_[n_++] = length != 0 ? Extra{16, now - 3, 2}
                             : now < 11  ? Extra{17, now - 3, 3}
                                         : Extra{18, now - 11, 7};
            count -= now;
        }
    }

    std::size_t literals_ = 0, distances_ = 0, n_ = 0;
    std::array<Extra, 316> symbols_{};
};

constexpr std::array<Extra, kLongest + 1> kLengths = [] {
    std::array<Extra, kLongest + 1> made{};
    for (unsigned length = kShortest; length <= kLongest; ++length) {
        made[length] = length_of(length);
    }
    return made;
}();

void write_block(Bytes& out, const std::vector<Token>& tokens) {
    std::array<std::uint32_t, 286> lengths{};
    std::array<std::uint32_t, 30> distances{};
    for (const Token& token : tokens) {
        ++lengths[token.length == 0 ? token.value : kLengths[token.length].symbol];
        if (token.length != 0) {
            ++distances[distance_of(token.value + 1u).symbol];
        }
    }
    lengths[kEnd] = 1;
    const LengthCodes of_lengths = codes_for(lengths, 15);
    const DistanceCodes of_distances = codes_for(distances, 15);
    BitWriter bits(out, kHeaderBytesMax + kTokenBytesMax * (tokens.size() + 1));
    bits.put(1, 1), bits.put(2, 2);  // the last block, with codes of its own
    Header(of_lengths, of_distances).write(bits);
    for (const Token& token : tokens) {
        if (token.length == 0) {
            const Code& code = of_lengths[token.value];
            bits.put(code.value, code.bits);
            continue;
        }
        const Extra length = kLengths[token.length];
        const Extra distance = distance_of(token.value + 1u);
        const Code &of_length = of_lengths[length.symbol],
                   &of_distance = of_distances[distance.symbol];
        bits.put(of_length.value | length.value << of_length.bits, of_length.bits + length.bits);
        bits.put(of_distance.value | distance.value << of_distance.bits,
                 of_distance.bits + distance.bits);
    }
    bits.put(of_lengths[kEnd].value, of_lengths[kEnd].bits);
    bits.finish();
}

/// 3.2.4.
void write_stored(Bytes& out, ByteView plain) {
    do {
        const std::size_t now = std::min(plain.size(), kStoredMax);
        const bool last = now == plain.size();
        const auto size = static_cast<unsigned>(now);
        out.push_back(last ? 1 : 0);
        for (const unsigned half : {size, ~size}) {
            out.push_back(static_cast<std::uint8_t>(half));
            out.push_back(static_cast<std::uint8_t>(half >> 8));
        }
        out.insert(out.end(), plain.begin(), plain.begin() + static_cast<std::ptrdiff_t>(now));
        plain = plain.subspan(now);
    } while (!plain.empty());
}

}  // namespace

Bytes steady_deflate(ByteView plain) {
    YINXIN_ASSERT(plain.size() <
                  static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max()));
    static IdlePool<std::unique_ptr<Matcher>> pool;
    const auto matcher = pool.take([] { return std::make_unique<Matcher>(); });
    Bytes out{0x78, 0x9C};  // RFC 1950: deflate, 32 KiB
    write_block(out, matcher.get()->tokens(plain));
    const std::size_t stored = plain.size() + 5 * (plain.size() / kStoredMax + 1);
    if (out.size() - 2 > stored) {
        out.resize(2);
        write_stored(out, plain);
    }
    append_sum(out, plain);
    return out;
}

}  // namespace yinxin
