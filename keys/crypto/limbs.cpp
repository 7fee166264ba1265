// SPDX-License-Identifier: Apache-2.0
#include "keys/crypto/limbs.h"

#include <algorithm>
#include <bit>

#include "common/error.h"

namespace yinxin::keys {
namespace {

constexpr int kBytes = 32;

/// a - b; sets the borrow.
Limbs difference(const Limbs& a, const Limbs& b, CarryBit& borrow) {
    Limbs result{};
    for (std::size_t i = 0; i < result.size(); ++i) {
        result[i] = subtract(a[i], b[i], borrow);
    }
    return result;
}

/// Below 2^256.
Limbs sum(const Limbs& a, const Limbs& b) {
    CarryBit carry = 0;
    Limbs result{};
    for (std::size_t i = 0; i < result.size(); ++i) {
        result[i] = add(a[i], b[i], carry);
    }
    return result;
}

// Both from 1 to 63 bits.
Limbs shifted_right(const Limbs& number, int bits, Limb above = 0) {
    Limbs result{};
    for (std::size_t i = result.size(); i-- > 0;) {
        result[i] = number[i] >> bits | above << (64 - bits);
        above = number[i];
    }
    return result;
}
Limbs shifted_left(const Limbs& number, int bits) {
    Limbs result{};
    Limb below = 0;
    for (std::size_t i = 0; i < result.size(); ++i) {
        result[i] = number[i] << bits | below >> (64 - bits);
        below = number[i];
    }
    return result;
}

/// number / 2^bits modulo `modulus`: a multiple of that is added, so that zeros are shifted out.
Limbs divided(Limbs number, int bits, const Limbs& modulus) {
    // Each step doubles the bits that are right, of which an odd number has three as it is.
    Limb inverse = modulus[0];
    for (int step = 0; step < 5; ++step) {
        inverse *= 2 - modulus[0] * inverse;
    }
    while (bits > 0) {
        const int now = std::min(bits, 63);
        const Limb times = (0 - number[0] * inverse) & ((Limb{1} << now) - 1);
        Limb high = 0;
        for (std::size_t i = 0; i < number.size(); ++i) {
            const WideLimb part = WideLimb{times} * modulus[i] + number[i] + high;
            number[i] = static_cast<Limb>(part);
            high = static_cast<Limb>(part >> 64);
        }
        number = shifted_right(number, now, high);
        bits -= now;
    }
    return number;
}

}  // namespace

Limbs limbs_of(const BIGNUM* number) {
    std::array<std::uint8_t, kBytes> bytes{};
    openssl_check(BN_bn2lebinpad(number, bytes.data(), kBytes) == kBytes, "number");
    Limbs limbs{};
    for (std::size_t i = kBytes; i-- > 0;) {
        limbs[i / 8] = limbs[i / 8] << 8 | bytes[i];
    }
    return limbs;
}

BignumPtr bignum_of(const Limbs& number) {
    std::array<std::uint8_t, kBytes> bytes{};
    for (std::size_t i = 0; i < kBytes; ++i) {
        bytes[i] = static_cast<std::uint8_t>(number[i / 8] >> i % 8 * 8);
    }
    return BignumPtr(openssl_required(BN_lebin2bn(bytes.data(), kBytes, nullptr), "number"));
}

/// Euclid's algorithm by halves, B. Kaliski's way: what is halved is not divided modulo the modulus
/// at once, the other side is doubled.
Limbs inverse(const Limbs& number, const Limbs& modulus) {
    YINXIN_ASSERT(number != Limbs() && modulus[0] % 2 == 1);
    // number * a.factor is a.rest * 2^halved modulo the modulus, number * b.factor the opposite of
    // b.rest * 2^halved. The sum of each factor times the other's rest stays the modulus, so that
    // neither grows beyond.
    struct Side {
        Limbs rest, factor;
    };
    Side a{number, {1}}, b{modulus, {}};
    int halved = 0;
    const auto halve = [&](Side& side, Side& other) {
        while (side.rest[0] % 2 == 0) {
            const int bits = std::min(std::countr_zero(side.rest[0]), 63);
            side.rest = shifted_right(side.rest, bits);
            other.factor = shifted_left(other.factor, bits);
            halved += bits;
        }
    };
    halve(a, b);
    while (a.rest != b.rest) {
        CarryBit less = 0;
        const Limbs apart = difference(a.rest, b.rest, less);
        Side &greater = less == 0 ? a : b, &other = less == 0 ? b : a;
        CarryBit none = 0;
        greater.rest = less == 0 ? apart : difference(b.rest, a.rest, none);
        greater.factor = sum(a.factor, b.factor);
        halve(greater, other);
    }
    YINXIN_ASSERT(a.rest == Limbs{1});
    return divided(a.factor, halved, modulus);
}

}  // namespace yinxin::keys
