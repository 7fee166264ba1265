// SPDX-License-Identifier: Apache-2.0
// Amounts as whole fen and exact decimals for quantities, prices and rates. No floating point
// anywhere.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace yinxin {

/// An amount of money: |amount| < 10^16 yuan, so that every amount can be written in words.
class Money {
  public:
    static constexpr std::int64_t fen_limit = 1'000'000'000'000'000'000;

    constexpr Money() = default;
    /// Throws Error{Invalid} outside the range.
    static Money from_fen(std::int64_t fen);
    /// Strict: optional minus, no leading zeros, exactly two decimals, no "-0.00"; nullopt
    /// otherwise.
    static std::optional<Money> parse(std::string_view text);

    std::int64_t fen() const { return fen_; }
    std::string text() const;     ///< -1251.50
    std::string grouped() const;  ///< -1,251.50

    /// Both throw Error{Invalid} when the result leaves the range.
    Money operator+(Money other) const;
    Money operator-(Money other) const;
    Money operator-() const;
    Money& operator+=(Money other) { return *this = *this + other; }
    auto operator<=>(const Money&) const = default;

  private:
    std::int64_t fen_ = 0;
};

/// An exact decimal: an integer of at most 127 bits and a count of decimals.
class Decimal {
  public:
    __extension__ typedef __int128 Integer;
    static constexpr int integer_digits_max = 16;
    static constexpr int decimals_max = 13;

    constexpr Decimal() = default;
    constexpr Decimal(Integer value, int decimals) : value_(value), decimals_(decimals) {}
    explicit Decimal(Money money) : value_(money.fen()), decimals_(2) {}
    /// Optional minus, no leading zeros, at most 16 digits before and 13 after the point; nullopt
    /// otherwise.
    static std::optional<Decimal> parse(std::string_view text);

    /// Exact; throws Error{Invalid} when 127 bits do not hold it.
    Decimal times(const Decimal& other) const;
    Decimal plus(const Decimal& other) const;
    Decimal negated() const { return {-value_, decimals_}; }

    /// Half away from zero. Throw Error{Invalid} outside the range of Money.
    Money to_money() const;
    /// this / divisor, rounded once. The divisor is not zero.
    Money divided_to_money(const Decimal& divisor) const;

    int sign() const { return value_ < 0 ? -1 : value_ > 0 ? 1 : 0; }
    /// By value: 1.5 equals 1.50.
    std::strong_ordering compare(const Decimal& other) const;
    bool operator==(const Decimal& other) const { return compare(other) == 0; }
    /// With its decimals, trailing zeros removed down to `decimals_min`.
    std::string text(int decimals_min = 0) const;

  private:
    Integer value_ = 0;
    int decimals_ = 0;
};

}  // namespace yinxin
