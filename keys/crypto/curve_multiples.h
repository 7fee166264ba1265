// SPDX-License-Identifier: Apache-2.0
// Sums of multiples of points of a curve that come again: with a table for each window of eight
// bits of the factor, 32 additions and no doubling for each point. For public data only: how long
// it takes, and what is read, depends on the numbers.
#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include "keys/crypto/curve_field.h"
#include "keys/crypto/openssl.h"

namespace yinxin::keys {

/// digit * 256^i * point for all i and digits above 0; 262 KB.
template <typename Curve>
class CurveMultiples {
  public:
    /// One to a line of the cache.
    struct alignas(64) Affine {
        CurveField<Curve> x, y;

        friend bool operator==(const Affine&, const Affine&) = default;
    };

    static constexpr std::size_t windows = 32;
    /// A factor is written with as many digits as it has bytes, from -127 to 128.
    static constexpr std::size_t digit_max = 128;

    /// `group` is the curve; `point` is one of it, not that at infinity.
    CurveMultiples(const EC_GROUP* group, const EC_POINT* point);

    const Affine& of(std::size_t window, std::size_t digit) const {
        return rows_[digit - 1][window];
    }

  private:
    using Row = std::array<Affine, windows>;  // one digit's

    static Row sums(const Row& a, const Row& b);

    std::vector<Row> rows_ = std::vector<Row>(digit_max);
};

/// A point as X, Y, ZZ and ZZZ with x = X / ZZ, y = Y / ZZZ and ZZ^3 = ZZZ^2. It does not double
/// and has no point at infinity.
template <typename Curve>
class CurveSum {
  public:
    /// Adds factor * point; false where an addition would have been one of a point to itself or to
    /// its opposite: the sum is not known then. `factor` from 1 to the order - 1.
    bool add(const EC_GROUP* group, const BIGNUM* factor, const CurveMultiples<Curve>& point);

    /// Whether x, which is below p, is that of the sum.
    bool has_x(const BIGNUM* x) const;

  private:
    using Affine = typename CurveMultiples<Curve>::Affine;

    bool add(const Affine& point, bool opposite);

    CurveField<Curve> x_, y_, zz_, zzz_;  // the last two are 0 before the first point
};

extern template class CurveMultiples<Sm2Curve>;
extern template class CurveMultiples<P256Curve>;
extern template class CurveSum<Sm2Curve>;
extern template class CurveSum<P256Curve>;

}  // namespace yinxin::keys
