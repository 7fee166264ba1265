// SPDX-License-Identifier: Apache-2.0
// Numbers below 2^256 as the processor has them. For public data only: how long it takes depends on
// the numbers.
#pragma once

#ifdef __x86_64__
#include <immintrin.h>
#endif

#include <array>
#include <cstddef>
#include <cstdint>

#include "keys/crypto/openssl.h"

namespace yinxin::keys {

using Limb = std::uint64_t;
using Limbs = std::array<Limb, 4>;  ///< the least first
__extension__ using WideLimb = unsigned __int128;
using CarryBit = unsigned char;

// With the carry of the limb below, which becomes that of this one. A compiler does not find the
// processor's own carry in the general words, and takes twice as long.
#ifdef __x86_64__
inline Limb add(Limb a, Limb b, CarryBit& carry) {
    unsigned long long sum = 0;
    carry = _addcarry_u64(carry, a, b, &sum);
    return sum;
}
inline Limb subtract(Limb a, Limb b, CarryBit& borrow) {
    unsigned long long difference = 0;
    borrow = _subborrow_u64(borrow, a, b, &difference);
    return difference;
}
#else
inline Limb add(Limb a, Limb b, CarryBit& carry) {
    const WideLimb sum = WideLimb{a} + b + carry;
    carry = static_cast<CarryBit>(sum >> 64);
    return static_cast<Limb>(sum);
}
inline Limb subtract(Limb a, Limb b, CarryBit& borrow) {
    const WideLimb difference = WideLimb{a} - b - borrow;
    borrow = static_cast<CarryBit>(difference >> 64 & 1);
    return static_cast<Limb>(difference);
}
#endif

/// Of a number from 0 to 2^256 - 1.
Limbs limbs_of(const BIGNUM* number);
BignumPtr bignum_of(const Limbs& number);

/// The number whose product with `number` leaves 1 modulo `modulus`. That is odd, and shares no
/// factor with `number`, which is from 1 to modulus - 1.
Limbs inverse(const Limbs& number, const Limbs& modulus);

}  // namespace yinxin::keys
