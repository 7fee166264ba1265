// SPDX-License-Identifier: Apache-2.0
// Numbers modulo the p of SM2's curve (GB/T 32918.5). Of its own because OpenSSL's take five times
// as long, most of it for allocating. For public data only: nothing secret may be reckoned here.
#pragma once

#include <array>
#include <cstdint>

namespace yinxin::keys {

/// Kept times 2^256, as Montgomery's multiplication wants it, and always below p, so that equal
/// numbers have equal limbs.
class Sm2Field {
  public:
    using Limbs = std::array<std::uint64_t, 4>;  ///< the least first

    static constexpr Limbs p{
        0xffffffffffffffff, 0xffffffff00000000, 0xffffffffffffffff, 0xfffffffeffffffff};

    /// 0.
    Sm2Field() = default;
    /// Of a number below p.
    static Sm2Field of(const Limbs& number);
    /// Below p.
    Limbs number() const;

    friend bool operator==(const Sm2Field&, const Sm2Field&) = default;
    friend Sm2Field operator+(const Sm2Field& a, const Sm2Field& b);
    friend Sm2Field operator-(const Sm2Field& a, const Sm2Field& b);
    friend Sm2Field operator*(const Sm2Field& a, const Sm2Field& b);

    /// Of a number that is not 0.
    Sm2Field inverse() const;

  private:
    explicit Sm2Field(const Limbs& limbs) : limbs_(limbs) {}

    Limbs limbs_{};
};

}  // namespace yinxin::keys
