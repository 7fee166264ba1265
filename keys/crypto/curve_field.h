// SPDX-License-Identifier: Apache-2.0
// Numbers modulo the p of a curve. Of their own because OpenSSL's take five times as long, most of
// it for allocating. For public data only: nothing secret may be reckoned here.
#pragma once

#include "keys/crypto/curve.h"

namespace yinxin::keys {

/// Kept times 2^256, as Montgomery's multiplication wants it, and always below p, so that equal
/// numbers have equal limbs.
template <typename Curve>
class CurveField {
  public:
    /// 0.
    CurveField() = default;
    /// Of a number below p.
    static CurveField of(const Limbs& number);
    /// Below p.
    Limbs number() const;

    friend bool operator==(const CurveField&, const CurveField&) = default;
    friend CurveField operator+(const CurveField& a, const CurveField& b) { return a.plus(b); }
    friend CurveField operator-(const CurveField& a, const CurveField& b) { return a.minus(b); }
    friend CurveField operator*(const CurveField& a, const CurveField& b) { return a.times(b); }

    /// Of a number that is not 0.
    CurveField inverse() const;

  private:
    explicit CurveField(const Limbs& limbs) : limbs_(limbs) {}

    CurveField plus(const CurveField& other) const;
    CurveField minus(const CurveField& other) const;
    CurveField times(const CurveField& other) const;

    Limbs limbs_{};
};

extern template class CurveField<Sm2Curve>;
extern template class CurveField<P256Curve>;

}  // namespace yinxin::keys
