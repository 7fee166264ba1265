// SPDX-License-Identifier: Apache-2.0
#include "common/deflate.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <limits>
#include <memory>
#include <span>
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

constexpr std::array<Extra, kLongest + 1> kLengths = [] {
    std::array<Extra, kLongest + 1> made{};
    for (unsigned length = kShortest; length <= kLongest; ++length) {
        made[length] = length_of(length);
    }
    return made;
}();

/// So many bytes at that place are those at a distance before it.
struct Match {
    std::uint32_t length = 0, distance = 0;
    std::size_t at = 0;
};

/// Repetitions of what stands before (LZ77).
class Matcher {
  public:
    void look_through(ByteView plain) {
        begin(plain);
        const std::size_t hashed = plain.size() < kHashed ? 0 : plain.size() - kHashed + 1;
        Match found;  // of which a byte later may begin a longer one
        for (std::size_t at = 0; at < hashed;) {
            const std::size_t place = note(at);
            const bool near = first_ + at - place <= kWindow;
            const bool longer = near && find_longer(place, at, found);
            ++at;
            if (found.length == 0 || (longer && found.length < kGoodMatch && at < hashed)) {
                continue;
            }
            add(found);
            const std::size_t end = std::min(done_, hashed);
            while (at < end) {
                note(at++);
            }
            at = done_;
            found = {};
        }
        count_literals(plain.size());
    }

    /// Of what was looked through last: what is in no match is a byte of its own.
    const std::vector<Match>& matches() const { return matches_; }
    std::size_t literals() const { return literals_; }
    const std::array<std::uint32_t, 286>& lengths() const { return lengths_; }
    const std::array<std::uint32_t, 30>& distances() const { return distances_; }

  private:
    static constexpr std::uint32_t kRing = 2 * kWindow;

    /// Places have numbers of their own in each stream, more than a window above those of the
    /// stream before: of what was noted of that, nothing is in reach.
    void begin(ByteView plain) {
        const std::size_t taken = (plain.size() / kRing + 2) * kRing;
        if (taken > std::numeric_limits<std::uint32_t>::max() - next_) {
            head_.fill(0);
            next_ = kRing;
        }
        plain_ = plain;
        first_ = next_;
        next_ += taken;
        matches_.clear();
        literals_ = 0;
        done_ = 0;
        lengths_.fill(0);
        lengths_[kEnd] = 1;
        distances_.fill(0);
    }

    void count_literals(std::size_t end) {
        for (const std::uint8_t byte : plain_.subspan(done_, end - done_)) {
            ++lengths_[byte];
        }
        literals_ += end - done_;
        done_ = end;
    }

    void add(const Match& match) {
        matches_.push_back(match);
        count_literals(match.at);
        done_ += match.length;
        ++lengths_[kLengths[match.length].symbol];
        ++distances_[distance_of(match.distance).symbol];
    }

    static std::uint32_t four_at(const std::uint8_t* at) {
        std::uint32_t four = 0;
        std::memcpy(&four, at, sizeof four);
        return four;
    }

    /// The number of the last place with the same hash.
    std::uint32_t note(std::size_t at) {
        std::uint32_t four = four_at(plain_.data() + at);
        if constexpr (std::endian::native == std::endian::big) {
            four = __builtin_bswap32(four);  // the same bytes on every machine
        }
        std::uint32_t& head = head_[four * 2654435761u >> (32 - kHashBits)];
        const std::uint32_t before = head;
        before_[(first_ + at) % kRing] = before;
        head = static_cast<std::uint32_t>(first_ + at);
        return before;
    }

    /// Of the bytes from here on; the first four are known to be.
    static std::size_t equal(const std::uint8_t* a, const std::uint8_t* b, std::size_t room) {
        std::size_t length = kHashed;
        for (std::uint64_t x, y; length + sizeof x <= room; length += sizeof x) {
            std::memcpy(&x, a + length, sizeof x);
            std::memcpy(&y, b + length, sizeof y);
            if (x != y) {
                const int bits = std::endian::native == std::endian::big ? std::countl_zero(x ^ y)
                                                                         : std::countr_zero(x ^ y);
                return length + static_cast<unsigned>(bits) / 8;
            }
        }
        while (length < room && a[length] == b[length]) {
            ++length;
        }
        return length;
    }

    /// The longest at `at`, and of these the nearest, if it is longer than what is found already;
    /// from that place on backwards.
    bool find_longer(std::size_t place, std::size_t at, Match& found) const {
        const std::size_t oldest = first_ + at - kWindow;
        const std::uint8_t* const plain = plain_.data();
        const std::uint8_t* const here = plain + at;
        const std::size_t room = std::min<std::size_t>(kLongest, plain_.size() - at);
        std::size_t best = std::max<std::size_t>(found.length, kHashed - 1);
        if (best >= room) {
            return false;
        }
        const std::uint32_t first = four_at(here);
        std::size_t last = best + 1 - kHashed;  // four bytes up to that by which it is longer
        std::uint32_t last_four = four_at(here + last);
        bool longer = false;
        for (int tries = kTries; tries > 0; --tries) {
            if (four_at(plain + (place + (last - first_))) == last_four &&
                four_at(plain + (place - first_)) == first) {
                const std::size_t there = place - first_;
                const std::size_t length = equal(plain + there, here, room);
                if (length > best) {
                    found = {static_cast<std::uint32_t>(length),
                             static_cast<std::uint32_t>(at - there),
                             at};
                    longer = true;
                    if (length == room) {
                        break;
                    }
                    best = length;
                    last = best + 1 - kHashed;
                    last_four = four_at(here + last);
                }
            }
            place = before_[place % kRing];
            if (place < oldest) {
                break;
            }
        }
        return longer;
    }

    ByteView plain_;
    std::array<std::uint32_t, 1u << kHashBits> head_{};  ///< the last place with that hash
    std::array<std::uint32_t, kRing> before_{};          ///< and the one before a place
    std::size_t first_ = 0, next_ = kRing;               ///< numbers
    std::vector<Match> matches_;
    std::size_t literals_ = 0;
    std::size_t done_ = 0;  ///< bytes whose symbols are counted
    std::array<std::uint32_t, 286> lengths_{};
    std::array<std::uint32_t, 30> distances_{};
};

/// Symbols by their counts, the lowest first, of the same ones in their order. Most counts are low.
void sort_by_count(std::span<const std::uint16_t> symbols,
                   const std::uint32_t* counts,
                   std::span<std::uint16_t> sorted) {
    constexpr std::uint32_t kLow = 32;
    std::array<std::uint16_t, kLow + 2> begin{};
    for (const std::uint16_t symbol : symbols) {
        ++begin[std::min(counts[symbol], +kLow) + 1];
    }
    for (std::size_t i = 1; i < begin.size(); ++i) {
        begin[i] = static_cast<std::uint16_t>(begin[i] + begin[i - 1]);
    }
    const auto high = sorted.begin() + begin[kLow];
    for (const std::uint16_t symbol : symbols) {
        sorted[begin[std::min(counts[symbol], +kLow)]++] = symbol;
    }
    std::sort(high, sorted.end(), [&](std::uint16_t a, std::uint16_t b) {
        return counts[a] != counts[b] ? counts[a] < counts[b] : a < b;
    });
}

constexpr std::size_t kSymbolsMax = 286;

/// Huffman's lengths, none above `bits_max`: where one is, the counts are brought nearer.
void give_codes(std::span<Code> codes, std::span<const std::uint32_t> times, unsigned bits_max) {
    std::array<std::uint16_t, kSymbolsMax> all;
    std::array<std::uint32_t, kSymbolsMax> counts;
    std::size_t n = 0;
    for (std::size_t i = 0; i < times.size(); ++i) {
        if (times[i] != 0) {
            counts[i] = times[i];
            all[n++] = static_cast<std::uint16_t>(i);
        }
    }
    if (n < 2) {
        all[0] = n == 0 ? 0 : all[0];
        codes[all[0]].bits = 1;
        assign(codes, std::span(all).first(1));
        return;
    }
    const std::span<const std::uint16_t> used = std::span(all).first(n);
    for (;;) {
        std::array<std::uint16_t, kSymbolsMax> sorted;
        sort_by_count(used, counts.data(), std::span(sorted).first(n));
        // The symbols in that order, then what is joined of two, the rarest first.
        constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();
        std::array<std::uint32_t, kSymbolsMax + 1> leaves, inner;
        std::array<std::uint16_t, kSymbolsMax> above_leaf, above_inner;
        for (std::size_t i = 0; i < n; ++i) {
            leaves[i] = counts[sorted[i]];
        }
        leaves[n] = kNone;
        const std::uint32_t *leaf = leaves.data(), *joined = inner.data();
        std::uint16_t *of_leaf = above_leaf.data(), *of_joined = above_inner.data();
        for (std::size_t made = 0; made < n - 1; ++made) {
            inner[made] = kNone;
            std::uint32_t count = 0;
            for (int child = 0; child < 2; ++child) {
                if (*leaf <= *joined) {
                    count += *leaf++;
                    *of_leaf++ = static_cast<std::uint16_t>(made);
                } else {
                    count += *joined++;
                    *of_joined++ = static_cast<std::uint16_t>(made);
                }
            }
            inner[made] = count;
        }
        std::array<std::uint16_t, kSymbolsMax> depth;  // of what is below it
        depth[n - 2] = 1;
        for (std::size_t i = n - 2; i-- > 0;) {
            depth[i] = static_cast<std::uint16_t>(depth[above_inner[i]] + 1);
        }
        if (depth[above_leaf[0]] <= bits_max) {  // none is deeper than the rarest
            for (std::size_t i = 0; i < n; ++i) {
                codes[sorted[i]].bits = depth[above_leaf[i]];
            }
            assign(codes, used);
            return;
        }
        for (const std::uint16_t symbol : used) {
            counts[symbol] = (counts[symbol] + 1) / 2;
        }
    }
}

template <std::size_t N>
std::array<Code, N> codes_for(const std::array<std::uint32_t, N>& counts, unsigned bits_max) {
    static_assert(N <= kSymbolsMax);
    std::array<Code, N> codes{};
    give_codes(codes, counts, bits_max);
    return codes;
}

// 3.2.7: 3 + 14 bits, 19 lengths in 3 each, 316 codes of at most 7 bits with 7 behind them; a match
// has at most 15 + 5 + 15 + 13.
constexpr std::size_t kHeaderBytesMax = 568, kLiteralBytesMax = 2, kMatchBytesMax = 6;

using LengthCodes = std::array<Code, 286>;
using DistanceCodes = std::array<Code, 30>;

/// 3.2.7: the lengths of both codes, runs of equal ones taken together.
class Header {
  public:
    Header(const LengthCodes& lengths, const DistanceCodes& distances) {
        literals_ = count_used(lengths, 257);
        distances_ = count_used(distances, 1);
        std::array<std::uint8_t, 316> all;
        std::size_t n = 0;
        for (const Code& code : std::span(lengths).first(literals_)) {
            all[n++] = static_cast<std::uint8_t>(code.bits);
        }
        for (const Code& code : std::span(distances).first(distances_)) {
            all[n++] = static_cast<std::uint8_t>(code.bits);
        }
        for (std::size_t i = 0; i < n;) {
            std::size_t end = i + 1;
            while (end < n && all[end] == all[i]) {
                ++end;
            }
            add_run(all[i], end - i);
            i = end;
        }
    }

    void write(BitWriter& out) const {
        constexpr std::array<std::size_t, 19> kOrder{
            16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};
        constexpr std::array<std::uint8_t, 19> kBehind{
            0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 3, 7};
        const auto codes = codes_for(counts_, 7);
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
            const Step& step = steps_[i];
            const Code code = codes[step.symbol];
            out.put(code.value | static_cast<unsigned>(step.behind) << code.bits,
                    code.bits + kBehind[step.symbol]);
        }
    }

  private:
    struct Step {
        std::uint8_t symbol, behind;
    };

    template <std::size_t N>
    static std::size_t count_used(const std::array<Code, N>& codes, std::size_t least) {
        std::size_t n = N;
        while (n > least && codes[n - 1].bits == 0) {
            --n;
        }
        return n;
    }

    void add(std::size_t symbol, std::size_t behind) {
        steps_[n_++] = {static_cast<std::uint8_t>(symbol), static_cast<std::uint8_t>(behind)};
        ++counts_[symbol];
    }

    void add_run(std::uint8_t length, std::size_t count) {
        if (length != 0) {
            add(length, 0);
            --count;
        }
        const std::size_t most = length != 0 ? 6 : 138;
        while (count >= 3) {
            const std::size_t now = std::min(count, most);
            if (length != 0) {
                add(16, now - 3);
            } else if (now < 11) {
                add(17, now - 3);
            } else {
                add(18, now - 11);
            }
            count -= now;
        }
        for (; count > 0; --count) {
            add(length, 0);
        }
    }

    std::size_t literals_ = 0, distances_ = 0, n_ = 0;
    std::array<Step, 316> steps_;
    std::array<std::uint32_t, 19> counts_{};
};

void write_block(Bytes& out, ByteView plain, const Matcher& found) {
    const LengthCodes of_lengths = codes_for(found.lengths(), 15);
    const DistanceCodes of_distances = codes_for(found.distances(), 15);
    BitWriter bits(out,
                   kHeaderBytesMax + kLiteralBytesMax * found.literals() +
                       kMatchBytesMax * (found.matches().size() + 1));
    bits.put(1, 1), bits.put(2, 2);  // the last block, with codes of its own
    Header(of_lengths, of_distances).write(bits);
    std::size_t done = 0;
    const auto put_literals = [&](std::size_t end) {
        for (const std::uint8_t byte : plain.subspan(done, end - done)) {
            bits.put(of_lengths[byte].value, of_lengths[byte].bits);
        }
    };
    for (const Match& match : found.matches()) {
        put_literals(match.at);
        done = match.at + match.length;
        const Extra length = kLengths[match.length];
        const Extra distance = distance_of(match.distance);
        const Code of_length = of_lengths[length.symbol];
        const Code of_distance = of_distances[distance.symbol];
        bits.put(of_length.value | length.value << of_length.bits, of_length.bits + length.bits);
        bits.put(of_distance.value | distance.value << of_distance.bits,
                 of_distance.bits + distance.bits);
    }
    put_literals(plain.size());
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
    matcher.get()->look_through(plain);
    write_block(out, plain, *matcher.get());
    const std::size_t stored = plain.size() + 5 * (plain.size() / kStoredMax + 1);
    if (out.size() - 2 > stored) {
        out.resize(2);
        write_stored(out, plain);
    }
    append_sum(out, plain);
    return out;
}

}  // namespace yinxin
