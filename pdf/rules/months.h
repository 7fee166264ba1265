// SPDX-License-Identifier: Apache-2.0
// Calendar months and ranges of them: YYYY-MM, YYYY-MM 至 YYYY-MM.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace yinxin::pdf::rules {

struct MonthRange {
    std::chrono::year_month from, to;
};

std::optional<std::chrono::year_month> parse_month(std::string_view text);
/// A month or a range in order.
std::optional<MonthRange> parse_month_range(std::string_view text);
std::string month_text(std::chrono::year_month month);
/// Months from the first to the last, both counted.
int months_in(const MonthRange& range);
/// A day between the years 1900 and 2199.
std::optional<std::chrono::year_month_day> parse_sane_day(std::string_view text);

}  // namespace yinxin::pdf::rules
