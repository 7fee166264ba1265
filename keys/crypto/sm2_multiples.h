// SPDX-License-Identifier: Apache-2.0
// Sums of multiples of points of SM2's curve that come again: with a table for each window of eight
// bits of the factor, 32 additions and no doubling for each point. For public data only: how long
// it takes, and what is read, depends on the numbers.
#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include "keys/crypto/openssl.h"
#include "keys/crypto/sm2_field.h"

namespace yinxin::keys {

/// Of a number from 0 to 2^256 - 1.
Sm2Field::Limbs limbs_of(const BIGNUM* number);

/// digit * 256^i * point for all i and digits above 0; 262 KB.
class Sm2Multiples {
  public:
    /// One to a line of the cache.
    struct alignas(64) Affine {
        Sm2Field x, y;

        friend bool operator==(const Affine&, const Affine&) = default;
    };

    static constexpr std::size_t windows = 32;
    /// A factor is written with as many digits as it has bytes, from -127 to 128.
    static constexpr std::size_t digit_max = 128;

    /// `point` is one of the curve `group`, not that at infinity.
    Sm2Multiples(const EC_GROUP* group, const EC_POINT* point);

    const Affine& of(std::size_t window, std::size_t digit) const {
        return rows_[digit - 1][window];
    }

  private:
    using Row = std::array<Affine, windows>;  // one digit's

    static Row sums(const Row& a, const Row& b);

    std::vector<Row> rows_ = std::vector<Row>(digit_max);
};

/// A point as X, Y, Z with x = X / Z^2 and y = Y / Z^3. It does not double and has no point at
/// infinity.
class Sm2Sum {
  public:
    /// Adds factor * point; false where an addition would have been one of a point to itself or to
    /// its opposite: the sum is not known then. `factor` from 1 to the order - 1.
    bool add(const EC_GROUP* group, const BIGNUM* factor, const Sm2Multiples& point);

    /// Whether x, which is below p, is that of the sum.
    bool has_x(const BIGNUM* x) const;

  private:
    bool add(const Sm2Multiples::Affine& point, bool opposite);

    Sm2Field x_, y_, z_;  // Z is 0 before the first point
};

}  // namespace yinxin::keys
