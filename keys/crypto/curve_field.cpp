// SPDX-License-Identifier: Apache-2.0
#include "keys/crypto/curve_field.h"

#include <algorithm>
#include <cstddef>

#include "common/error.h"

namespace yinxin::keys {
namespace {

constexpr Limbs kOne{1};

/// By masks: a branch would be guessed wrong every other time.
template <typename Curve>
void add_p_if(CarryBit negative, Limbs& number) {
    CarryBit carry = 0;
    for (std::size_t i = 0; i < number.size(); ++i) {
        number[i] = add(number[i], Curve::p[i] & (0 - Limb{negative}), carry);
    }
}

/// Of a number below 2p, whose bit 256 is `high`.
template <typename Curve>
void bring_below_p(Limbs& number, CarryBit high) {
    CarryBit borrow = 0;
    for (std::size_t i = 0; i < number.size(); ++i) {
        number[i] = subtract(number[i], Curve::p[i], borrow);
    }
    subtract(high, 0, borrow);
    add_p_if<Curve>(borrow, number);
}

bool is_less(const Limbs& a, const Limbs& b) {
    return std::lexicographical_compare(a.rbegin(), a.rend(), b.rbegin(), b.rend());
}

/// What multiplication needs to know of a p.
template <typename Curve>
struct Reduction;

template <>
struct Reduction<Sm2Curve> {
    static constexpr Limbs square{
        0x0000000200000003, 0x00000002ffffffff, 0x0000000100000001, 0x0000000400000002};  // 2^512
    /// m * (p + 1) / 2^64, which is m * (2^192 - 2^160 - 2^32 + 1).
    static Limbs above(Limb m) {
        const Limb low = m << 32, high = m >> 32;
        CarryBit borrow = 0;
        const Limb v0 = subtract(m, low, borrow), v1 = subtract(0, high, borrow);
        const Limb v2 = subtract(0, low, borrow), v3 = subtract(m, high, borrow);
        return {v0, v1, v2, v3};
    }
};

template <>
struct Reduction<P256Curve> {
    static constexpr Limbs square{
        0x0000000000000003, 0xfffffffbffffffff, 0xfffffffffffffffe, 0x00000004fffffffd};  // 2^512
    /// m * (p + 1) / 2^64, which is m * (2^192 - 2^160 + 2^128 + 2^32).
    static Limbs above(Limb m) {
        const Limb low = m << 32, high = m >> 32;
        CarryBit borrow = 0;
        const Limb v2 = subtract(m, low, borrow), v3 = subtract(m, high, borrow);
        return {low, high, v2, v3};
    }
};

}  // namespace

template <typename Curve>
CurveField<Curve> CurveField<Curve>::of(const Limbs& number) {
    YINXIN_ASSERT(is_less(number, Curve::p));
    return CurveField(number) * CurveField(Reduction<Curve>::square);
}

template <typename Curve>
Limbs CurveField<Curve>::number() const {
    return (*this * CurveField(kOne)).limbs_;
}

template <typename Curve>
CurveField<Curve> CurveField<Curve>::plus(const CurveField& other) const {
    CarryBit carry = 0;
    CurveField sum;
    for (std::size_t i = 0; i < sum.limbs_.size(); ++i) {
        sum.limbs_[i] = add(limbs_[i], other.limbs_[i], carry);
    }
    bring_below_p<Curve>(sum.limbs_, carry);
    return sum;
}

template <typename Curve>
CurveField<Curve> CurveField<Curve>::minus(const CurveField& other) const {
    CarryBit borrow = 0;
    CurveField difference;
    for (std::size_t i = 0; i < difference.limbs_.size(); ++i) {
        difference.limbs_[i] = subtract(limbs_[i], other.limbs_[i], borrow);
    }
    add_p_if<Curve>(borrow, difference.limbs_);
    return difference;
}

template <typename Curve>
CurveField<Curve> CurveField<Curve>::times(const CurveField& other) const {
    std::array<Limb, 8> t{};
    for (std::size_t i = 0; i < 4; ++i) {
        Limb high = 0;
        for (std::size_t j = 0; j < 4; ++j) {
            const WideLimb part = WideLimb{limbs_[i]} * other.limbs_[j] + t[i + j] + high;
            t[i + j] = static_cast<Limb>(part);
            high = static_cast<Limb>(part >> 64);
        }
        t[i + 4] = high;
    }
    // p ends in -1, so that adding m times p, where m is the lowest limb, leaves a 0 there.
    static_assert(Curve::p[0] == ~Limb{0});
    CarryBit over = 0;  // what the step before left for the limb above its own
    for (std::size_t i = 0; i < 4; ++i) {
        const Limbs above = Reduction<Curve>::above(t[i]);
        CarryBit carry = 0, more = 0;
        for (std::size_t j = 0; j < 4; ++j) {
            t[i + 1 + j] = add(t[i + 1 + j], above[j], carry);
        }
        t[i + 4] = add(t[i + 4], over, more);
        over = static_cast<CarryBit>(carry | more);
    }
    CurveField product({t[4], t[5], t[6], t[7]});
    bring_below_p<Curve>(product.limbs_, over);
    return product;
}

template <typename Curve>
CurveField<Curve> CurveField<Curve>::inverse() const {
    // Of the number times 2^256: lacks that twice.
    const CurveField square(Reduction<Curve>::square);
    return CurveField(keys::inverse(limbs_, Curve::p)) * square * square;
}

template class CurveField<Sm2Curve>;
template class CurveField<P256Curve>;

}  // namespace yinxin::keys
