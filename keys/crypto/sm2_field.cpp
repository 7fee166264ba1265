// SPDX-License-Identifier: Apache-2.0
#include "keys/crypto/sm2_field.h"

#ifdef __x86_64__
#include <immintrin.h>
#endif

#include <cstddef>

namespace yinxin::keys {
namespace {

using Limb = std::uint64_t;
using Limbs = Sm2Field::Limbs;
__extension__ using Wide = unsigned __int128;
using Bit = unsigned char;

constexpr Limbs kP = Sm2Field::p;
constexpr Limbs kOne{1};
constexpr Limbs kSquare{
    0x0000000200000003, 0x00000002ffffffff, 0x0000000100000001, 0x0000000400000002};  // 2^512

// With the carry of the limb below, which becomes that of this one. A compiler does not find the
// processor's own carry in the general words, and takes twice as long.
#ifdef __x86_64__
Limb add(Limb a, Limb b, Bit& carry) {
    unsigned long long sum = 0;
    carry = _addcarry_u64(carry, a, b, &sum);
    return sum;
}
Limb subtract(Limb a, Limb b, Bit& borrow) {
    unsigned long long difference = 0;
    borrow = _subborrow_u64(borrow, a, b, &difference);
    return difference;
}
#else
Limb add(Limb a, Limb b, Bit& carry) {
    const Wide sum = Wide{a} + b + carry;
    carry = static_cast<Bit>(sum >> 64);
    return static_cast<Limb>(sum);
}
Limb subtract(Limb a, Limb b, Bit& borrow) {
    const Wide difference = Wide{a} - b - borrow;
    borrow = static_cast<Bit>(difference >> 64 & 1);
    return static_cast<Limb>(difference);
}
#endif

/// Of a number below 2p, whose bit 256 is `high`. By masks: a branch would be guessed wrong every
/// other time.
Limbs below_p(const Limbs& number, Bit high) {
    Bit borrow = 0;
    Limbs less{};
    for (std::size_t i = 0; i < less.size(); ++i) {
        less[i] = subtract(number[i], kP[i], borrow);
    }
    subtract(high, 0, borrow);
    const Limb keep = 0 - Limb{borrow};
    for (std::size_t i = 0; i < less.size(); ++i) {
        less[i] ^= (less[i] ^ number[i]) & keep;
    }
    return less;
}

}  // namespace

Sm2Field Sm2Field::of(const Limbs& number) {
    return Sm2Field(number) * Sm2Field(kSquare);
}

Sm2Field::Limbs Sm2Field::number() const {
    return (*this * Sm2Field(kOne)).limbs_;
}

Sm2Field operator+(const Sm2Field& a, const Sm2Field& b) {
    Bit carry = 0;
    Limbs sum{};
    for (std::size_t i = 0; i < sum.size(); ++i) {
        sum[i] = add(a.limbs_[i], b.limbs_[i], carry);
    }
    return Sm2Field(below_p(sum, carry));
}

Sm2Field operator-(const Sm2Field& a, const Sm2Field& b) {
    Bit borrow = 0, carry = 0;
    Limbs difference{};
    for (std::size_t i = 0; i < difference.size(); ++i) {
        difference[i] = subtract(a.limbs_[i], b.limbs_[i], borrow);
    }
    // Plus p where it is negative.
    for (std::size_t i = 0; i < difference.size(); ++i) {
        difference[i] = add(difference[i], kP[i] & (0 - Limb{borrow}), carry);
    }
    return Sm2Field(difference);
}

Sm2Field operator*(const Sm2Field& a, const Sm2Field& b) {
    std::array<Limb, 8> t{};  // the product
    for (std::size_t i = 0; i < 4; ++i) {
        Limb high = 0;
        for (std::size_t j = 0; j < 4; ++j) {
            const Wide part = Wide{a.limbs_[i]} * b.limbs_[j] + t[i + j] + high;
            t[i + j] = static_cast<Limb>(part);
            high = static_cast<Limb>(part >> 64);
        }
        t[i + 4] = high;
    }
    // p ends in -1, so that adding m times p, where m is the lowest limb, leaves a 0 there. The
    // limbs above get m * (2^192 - 2^160 - 2^32 + 1).
    Bit over = 0;  // what the step before left for the limb above its own
    for (std::size_t i = 0; i < 4; ++i) {
        const Limb m = t[i], low = m << 32, high = m >> 32;
        Bit borrow = 0, carry = 0, more = 0;
        const Limb v0 = subtract(m, low, borrow), v1 = subtract(0, high, borrow);
        const Limb v2 = subtract(0, low, borrow), v3 = subtract(m, high, borrow);
        t[i + 1] = add(t[i + 1], v0, carry);
        t[i + 2] = add(t[i + 2], v1, carry);
        t[i + 3] = add(t[i + 3], v2, carry);
        t[i + 4] = add(t[i + 4], v3, carry);
        t[i + 4] = add(t[i + 4], over, more);
        over = static_cast<Bit>(carry | more);
    }
    return Sm2Field(below_p({t[4], t[5], t[6], t[7]}, over));
}

Sm2Field Sm2Field::inverse() const {
    // By Fermat.
    Sm2Field result = of(kOne);
    for (std::size_t bit = 256; bit-- > 0;) {
        result = result * result;
        // The lowest limb of p - 2 takes nothing from the next.
        const Limb limb = kP[bit / 64] - (bit < 64 ? 2 : 0);
        if ((limb >> bit % 64 & 1) != 0) {
            result = result * *this;
        }
    }
    return result;
}

}  // namespace yinxin::keys
