// SPDX-License-Identifier: Apache-2.0
#include "keys/crypto/curve_multiples.h"

#include <algorithm>

namespace yinxin::keys {
namespace {

constexpr const char* kWhat = "multiples of a point";

void check(int result) {
    openssl_check(result == 1, kWhat);
}
BignumPtr new_number() {
    return BignumPtr(openssl_required(BN_new(), kWhat));
}

template <typename Curve>
typename CurveMultiples<Curve>::Affine affine(const EC_GROUP* group,
                                              const EC_POINT* point,
                                              BN_CTX* context) {
    const BignumPtr x = new_number(), y = new_number();
    check(EC_POINT_get_affine_coordinates(group, point, x.get(), y.get(), context));
    return {CurveField<Curve>::of(limbs_of(x.get())), CurveField<Curve>::of(limbs_of(y.get()))};
}

}  // namespace

template <typename Curve>
CurveMultiples<Curve>::CurveMultiples(const EC_GROUP* group, const EC_POINT* point) {
    const BnCtxPtr context(openssl_required(BN_CTX_new(), kWhat));
    const EcPointPtr power(openssl_required(EC_POINT_dup(point, group), kWhat));
    const auto twice = [&] { check(EC_POINT_dbl(group, power.get(), power.get(), context.get())); };
    Row last;
    for (std::size_t i = 0; i < windows; ++i) {
        rows_[0][i] = affine<Curve>(group, power.get(), context.get());
        twice();
        rows_[1][i] = affine<Curve>(group, power.get(), context.get());
        for (int bit = 1; bit < 7; ++bit) {
            twice();
        }
        last[i] = affine<Curve>(group, power.get(), context.get());
        twice();
    }
    for (std::size_t digit = 3; digit <= digit_max; ++digit) {
        rows_[digit - 1] = sums(rows_[digit - 2], rows_[0]);
    }
    // Each came of the one before, so that the last speaks for all.
    openssl_check(rows_.back() == last, kWhat);
}

/// Of points neither equal nor opposite; they share one inversion (Montgomery's trick).
template <typename Curve>
typename CurveMultiples<Curve>::Row CurveMultiples<Curve>::sums(const Row& a, const Row& b) {
    std::array<CurveField<Curve>, windows>
        before;  // the product of the differences before this one
    CurveField<Curve> product = CurveField<Curve>::of({1});
    for (std::size_t i = 0; i < windows; ++i) {
        before[i] = product;
        product = product * (a[i].x - b[i].x);
    }
    CurveField<Curve> inverse = product.inverse();
    Row row;
    for (std::size_t i = windows; i-- > 0;) {
        const CurveField<Curve> slope = (a[i].y - b[i].y) * before[i] * inverse;
        inverse = inverse * (a[i].x - b[i].x);
        row[i].x = slope * slope - a[i].x - b[i].x;
        row[i].y = slope * (b[i].x - row[i].x) - b[i].y;
    }
    return row;
}

template <typename Curve>
bool CurveSum<Curve>::add(const EC_GROUP* group,
                          const BIGNUM* factor,
                          const CurveMultiples<Curve>& point) {
    // Of factor and order - factor the lesser is below 2^255, so that its last digit carries
    // nothing.
    const BignumPtr rest = new_number();
    check(BN_sub(rest.get(), EC_GROUP_get0_order(group), factor));
    const bool opposite = BN_cmp(factor, rest.get()) > 0;
    const Limbs limbs = limbs_of(opposite ? rest.get() : factor);
    struct Part {
        const Affine* point;  // null for the digit 0
        bool opposite;
    };
    std::array<Part, CurveMultiples<Curve>::windows> parts{};
    std::size_t carry = 0;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const std::size_t value = (limbs[i / 8] >> i % 8 * 8 & 0xff) + carry;
        carry = value > CurveMultiples<Curve>::digit_max ? 1 : 0;
        const std::size_t digit = carry == 1 ? 256 - value : value;
        if (digit != 0) {
            parts[i] = {&point.of(i, digit), (carry == 1) != opposite};
            // Together, not one after the other, where they have left the caches.
            __builtin_prefetch(parts[i].point);
        }
    }
    return std::ranges::all_of(parts, [&](const Part& part) {
        return part.point == nullptr || add(*part.point, part.opposite);
    });
}

template <typename Curve>
bool CurveSum<Curve>::has_x(const BIGNUM* x) const {
    return zz_ != CurveField<Curve>() && x_ == CurveField<Curve>::of(limbs_of(x)) * zz_;
}

template <typename Curve>
bool CurveSum<Curve>::add(const Affine& point, bool opposite) {
    using Field = CurveField<Curve>;
    const Field y = opposite ? Field() - point.y : point.y;
    if (zz_ == Field()) {
        x_ = point.x;
        y_ = y;
        zz_ = zzz_ = Field::of({1});
        return true;
    }
    const Field h = point.x * zz_ - x_, r = y * zzz_ - y_;
    if (h == Field()) {
        return false;
    }
    const Field hh = h * h, hhh = hh * h, v = x_ * hh;
    x_ = r * r - hhh - v - v;
    y_ = r * (v - x_) - y_ * hhh;
    zz_ = zz_ * hh;
    zzz_ = zzz_ * hhh;
    return true;
}

template class CurveMultiples<Sm2Curve>;
template class CurveMultiples<P256Curve>;
template class CurveSum<Sm2Curve>;
template class CurveSum<P256Curve>;

}  // namespace yinxin::keys
