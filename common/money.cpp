// SPDX-License-Identifier: Apache-2.0
#include "common/money.h"

#include <algorithm>

#include "common/error.h"

namespace yinxin {
namespace {

[[noreturn]] void out_of_range() {
    throw Error(ErrorCode::Invalid, "an amount must stay below 10^16 yuan");
}

[[noreturn]] void too_many_digits() {
    throw Error(ErrorCode::Invalid,
                "the calculation needs more than 38 digits: use fewer decimals");
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

Decimal::Integer times_power_of_ten(Decimal::Integer value, int power) {
    for (; power > 0; --power) {
        if (__builtin_mul_overflow(value, Decimal::Integer{10}, &value)) {
            too_many_digits();
        }
    }
    return value;
}

/// The quotient rounded half away from zero. The divisor is positive.
Decimal::Integer divide_rounded(Decimal::Integer value, Decimal::Integer divisor) {
    const Decimal::Integer quotient = value / divisor;
    Decimal::Integer rest = value % divisor;
    if (rest < 0) {
        rest = -rest;
    }
    if (rest < divisor - rest) {
        return quotient;
    }
    return value < 0 ? quotient - 1 : quotient + 1;
}

Money to_range(Decimal::Integer fen) {
    if (fen <= -Decimal::Integer{Money::fen_limit} || fen >= Decimal::Integer{Money::fen_limit}) {
        out_of_range();
    }
    return Money::from_fen(static_cast<std::int64_t>(fen));
}

}  // namespace

Money Money::from_fen(std::int64_t fen) {
    if (fen <= -fen_limit || fen >= fen_limit) {
        out_of_range();
    }
    Money money;
    money.fen_ = fen;
    return money;
}

std::optional<Money> Money::parse(std::string_view text) {
    const bool negative = text.starts_with('-');
    const std::string_view digits = negative ? text.substr(1) : text;
    if (digits.size() < 4 || digits.size() > 19 || digits[digits.size() - 3] != '.') {
        return std::nullopt;
    }
    if (digits[0] == '0' && digits[1] != '.') {
        return std::nullopt;
    }
    std::int64_t fen = 0;
    for (std::size_t i = 0; i < digits.size(); ++i) {
        if (i == digits.size() - 3) {
            continue;
        }
        if (!is_digit(digits[i])) {
            return std::nullopt;
        }
        fen = fen * 10 + (digits[i] - '0');
    }
    if (negative && fen == 0) {
        return std::nullopt;
    }
    return from_fen(negative ? -fen : fen);
}

std::string Money::text() const {
    std::string digits = std::to_string(fen_ < 0 ? -fen_ : fen_);
    if (digits.size() < 3) {
        digits.insert(0, 3 - digits.size(), '0');
    }
    digits.insert(digits.size() - 2, 1, '.');
    return fen_ < 0 ? "-" + digits : digits;
}

std::string Money::grouped() const {
    std::string result = text();
    const std::size_t first = fen_ < 0 ? 1 : 0;
    for (std::size_t at = result.size() - 3; at > first + 3;) {
        at -= 3;
        result.insert(at, 1, ',');
    }
    return result;
}

Money Money::operator+(Money other) const {
    return from_fen(fen_ + other.fen_);
}
Money Money::operator-(Money other) const {
    return from_fen(fen_ - other.fen_);
}
Money Money::operator-() const {
    return from_fen(-fen_);
}

std::optional<Decimal> Decimal::parse(std::string_view text) {
    const bool negative = text.starts_with('-');
    const std::string_view digits = negative ? text.substr(1) : text;
    const std::size_t point = std::min(digits.find('.'), digits.size());
    const std::string_view whole = digits.substr(0, point);
    const std::string_view fraction =
        point == digits.size() ? std::string_view{} : digits.substr(point + 1);
    if (whole.empty() || whole.size() > integer_digits_max ||
        (whole[0] == '0' && whole.size() > 1) || (point != digits.size() && fraction.empty()) ||
        fraction.size() > decimals_max) {
        return std::nullopt;
    }
    Integer value = 0;
    for (const std::string_view part : {whole, fraction}) {
        for (const char c : part) {
            if (!is_digit(c)) {
                return std::nullopt;
            }
            value = value * 10 + (c - '0');
        }
    }
    // Without trailing zeros products stay short.
    int decimals = static_cast<int>(fraction.size());
    while (decimals > 0 && value % 10 == 0) {
        value /= 10;
        --decimals;
    }
    return Decimal(negative ? -value : value, decimals);
}

Decimal Decimal::times(const Decimal& other) const {
    Integer product = 0;
    if (__builtin_mul_overflow(value_, other.value_, &product)) {
        too_many_digits();
    }
    return {product, decimals_ + other.decimals_};
}

Decimal Decimal::plus(const Decimal& other) const {
    const int decimals = std::max(decimals_, other.decimals_);
    Integer sum = 0;
    if (__builtin_add_overflow(times_power_of_ten(value_, decimals - decimals_),
                               times_power_of_ten(other.value_, decimals - other.decimals_),
                               &sum)) {
        too_many_digits();
    }
    return {sum, decimals};
}

Money Decimal::to_money() const {
    if (decimals_ <= 2) {
        return to_range(times_power_of_ten(value_, 2 - decimals_));
    }
    return to_range(divide_rounded(value_, times_power_of_ten(1, decimals_ - 2)));
}

Money Decimal::divided_to_money(const Decimal& divisor) const {
    YINXIN_ASSERT(divisor.value_ != 0);
    // value/10^d : divisor/10^e in fen = value * 10^(e+2) : (divisor * 10^d)
    Integer above = times_power_of_ten(value_, divisor.decimals_ + 2);
    Integer below = times_power_of_ten(divisor.value_, decimals_);
    if (below < 0) {
        above = -above;
        below = -below;
    }
    return to_range(divide_rounded(above, below));
}

std::strong_ordering Decimal::compare(const Decimal& other) const {
    const int decimals = std::max(decimals_, other.decimals_);
    return times_power_of_ten(value_, decimals - decimals_) <=>
           times_power_of_ten(other.value_, decimals - other.decimals_);
}

std::string Decimal::text(int decimals_min) const {
    Integer rest = value_ < 0 ? -value_ : value_;
    int decimals = decimals_;
    while (decimals > decimals_min && rest % 10 == 0) {
        rest /= 10;
        --decimals;
    }
    for (; decimals < decimals_min; ++decimals) {
        rest *= 10;
    }
    std::string digits;
    for (int written = 0; rest > 0 || written <= decimals; ++written) {
        if (written == decimals && decimals > 0) {
            digits += '.';
        }
        digits += static_cast<char>('0' + static_cast<int>(rest % 10));
        rest /= 10;
    }
    std::reverse(digits.begin(), digits.end());
    return value_ < 0 ? "-" + digits : digits;
}

}  // namespace yinxin
