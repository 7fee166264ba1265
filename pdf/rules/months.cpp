// SPDX-License-Identifier: Apache-2.0
#include "pdf/rules/months.h"

#include <array>

#include "common/time_text.h"

namespace yinxin::pdf::rules {

std::optional<std::chrono::year_month_day> parse_sane_day(std::string_view text) {
    const auto day = parse_day(text);
    if (!day || day->year() < std::chrono::year(1900) || day->year() > std::chrono::year(2199)) {
        return std::nullopt;
    }
    return day;
}

std::optional<std::chrono::year_month> parse_month(std::string_view text) {
    if (text.size() != 7) {
        return std::nullopt;
    }
    std::array<char, 10> first_day{'0', '0', '0', '0', '-', '0', '0', '-', '0', '1'};
    text.copy(first_day.data(), text.size());
    const auto day = parse_sane_day({first_day.data(), first_day.size()});
    return day ? std::optional(day->year() / day->month()) : std::nullopt;
}

std::optional<MonthRange> parse_month_range(std::string_view text) {
    static constexpr std::string_view word = " 至 ";
    const std::size_t at = text.find(word);
    const auto from = parse_month(text.substr(0, at));
    const auto to =
        at == std::string_view::npos ? from : parse_month(text.substr(at + word.size()));
    if (!from || !to || *to < *from) {
        return std::nullopt;
    }
    return MonthRange{*from, *to};
}

std::string month_text(std::chrono::year_month month) {
    return to_text(month / std::chrono::day(1)).substr(0, 7);
}

int months_in(const MonthRange& range) {
    return static_cast<int>((range.to - range.from).count()) + 1;
}

}  // namespace yinxin::pdf::rules
