// SPDX-License-Identifier: Apache-2.0
#include "pdf/rules/words.h"

#include <array>
#include <cstdint>

namespace yinxin::pdf::rules {
namespace {

constexpr std::array<std::string_view, 10> digit_words = {
    "零", "壹", "贰", "叁", "肆", "伍", "陆", "柒", "捌", "玖"};

/// 0 to 9999: a single 零 for inner zeros, none for trailing ones.
std::string four_digits(std::int64_t number) {
    static constexpr std::array<std::pair<std::int64_t, std::string_view>, 4> units = {
        {{1000, "仟"}, {100, "佰"}, {10, "拾"}, {1, ""}}};
    std::string words;
    bool gap = false;
    for (const auto& [unit, name] : units) {
        const auto digit = static_cast<std::size_t>(number / unit % 10);
        if (digit == 0) {
            gap = true;
            continue;
        }
        if (gap && !words.empty()) {
            words += digit_words[0];
        }
        gap = false;
        words += digit_words[digit];
        words += name;
    }
    return words;
}

std::string eight_digits(std::int64_t number) {
    const std::int64_t high = number / 10'000;
    const std::int64_t low = number % 10'000;
    std::string words = high > 0 ? four_digits(high) + "万" : "";
    if (high > 0 && low > 0 && low < 1000) {
        words += digit_words[0];
    }
    return words + four_digits(low);
}

std::string whole_yuan(std::int64_t yuan) {
    constexpr std::int64_t hundred_million = 100'000'000;
    const std::int64_t high = yuan / hundred_million;
    const std::int64_t low = yuan % hundred_million;
    std::string words = high > 0 ? eight_digits(high) + "亿" : "";
    if (high > 0 && low > 0 && low < hundred_million / 10) {
        words += digit_words[0];
    }
    return words + eight_digits(low);
}

/// Takes `prefix` off the front of `text`.
bool take(std::string_view& text, std::string_view prefix) {
    if (!text.starts_with(prefix)) {
        return false;
    }
    text.remove_prefix(prefix.size());
    return true;
}

void skip_zeros(std::string_view& text) {
    while (take(text, "零") || take(text, "〇")) {
    }
}

std::optional<std::int64_t> take_digit(std::string_view& text) {
    for (std::size_t digit = 1; digit < digit_words.size(); ++digit) {
        if (take(text, digit_words[digit])) {
            return static_cast<std::int64_t>(digit);
        }
    }
    return std::nullopt;
}

/// Up to 仟, in falling units; 0 when there is none.
std::int64_t take_four_digits(std::string_view& text) {
    std::int64_t number = 0;
    std::int64_t smaller_than = 10'000;
    for (;;) {
        std::string_view rest = text;
        skip_zeros(rest);
        const std::optional<std::int64_t> digit = take_digit(rest);
        if (!digit) {
            return number;
        }
        const std::int64_t unit = take(rest, "仟")   ? 1000
                                  : take(rest, "佰") ? 100
                                  : take(rest, "拾") ? 10
                                                     : 1;
        if (unit >= smaller_than || rest.starts_with("角") || rest.starts_with("分")) {
            return number;
        }
        number += *digit * unit;
        smaller_than = unit;
        text = rest;
    }
}

std::int64_t take_eight_digits(std::string_view& text) {
    std::int64_t number = take_four_digits(text);
    if (number > 0 && take(text, "万")) {
        number = number * 10'000 + take_four_digits(text);
    }
    return number;
}

}  // namespace

std::string amount_in_words(Money amount, WordsStyle style) {
    const bool invoice = style == WordsStyle::Invoice;
    const std::string_view yuan_word = invoice ? "圆" : "元";
    const std::int64_t fen = amount.fen() < 0 ? -amount.fen() : amount.fen();
    const std::int64_t yuan = fen / 100;
    const auto jiao = static_cast<std::size_t>(fen / 10 % 10);
    const auto cent = static_cast<std::size_t>(fen % 10);

    std::string words = amount.fen() < 0 ? (invoice ? "（负数）" : "负") : "";
    if (fen == 0) {
        words += digit_words[0];
    }
    words += whole_yuan(yuan);
    if (yuan > 0 || fen == 0) {
        words += yuan_word;
    }
    if (jiao > 0) {
        words += std::string(digit_words[jiao]) + "角";
    } else if (cent > 0 && yuan > 0) {
        words += digit_words[0];
    }
    return words + (cent > 0 ? std::string(digit_words[cent]) + "分" : "整");
}

std::optional<Money> parse_words(std::string_view words) {
    take(words, "⊗");
    take(words, "人民币");
    const bool negative = take(words, "（负数）") || take(words, "(负数)") || take(words, "负");
    take(words, "⊗");

    const std::string_view start = words;
    std::int64_t yuan = take_eight_digits(words);
    if (yuan > 0 && take(words, "亿")) {
        yuan = yuan * 100'000'000 + take_eight_digits(words);
    }
    skip_zeros(words);
    const bool zero = words.size() < start.size() && yuan == 0;
    const bool yuan_written = take(words, "元") || take(words, "圆");
    if ((yuan > 0 && !yuan_written) || (yuan_written && yuan == 0 && !zero)) {
        return std::nullopt;
    }
    std::int64_t fen = yuan * 100;
    bool fraction = false;
    for (const auto& [unit, value] :
         std::array<std::pair<std::string_view, std::int64_t>, 2>{{{"角", 10}, {"分", 1}}}) {
        std::string_view rest = words;
        skip_zeros(rest);
        const std::optional<std::int64_t> digit = take_digit(rest);
        if (digit && take(rest, unit)) {
            fen += *digit * value;
            words = rest;
            fraction = true;
        }
    }
    if (!(take(words, "整") || take(words, "正")) && !fraction && !yuan_written) {
        return std::nullopt;
    }
    if (!words.empty() || (!yuan_written && !fraction)) {
        return std::nullopt;
    }
    return Money::from_fen(negative ? -fen : fen);
}

}  // namespace yinxin::pdf::rules
