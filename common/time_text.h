// SPDX-License-Identifier: Apache-2.0
// Times as text. Stored and sent times are UTC; printed days are those of Asia/Shanghai (UTC+8, no
// daylight saving).
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "common/ports.h"

namespace yinxin {

/// RFC 3339 in UTC with seconds: 2026-01-31T01:00:00Z.
std::string to_rfc3339(Time time);
/// Whether to_rfc3339 can say it: the years have four digits.
bool has_rfc3339(Time time);
/// Strict RFC 3339 with any offset; nullopt when it is not one.
std::optional<Time> parse_rfc3339(std::string_view text);
/// The day in UTC+8 at this time.
std::chrono::year_month_day day_in_china(Time time);
/// YYYY-MM-DD, a day that exists; nullopt otherwise.
std::optional<std::chrono::year_month_day> parse_day(std::string_view text);
std::string to_text(std::chrono::year_month_day day);
/// PDF date in UTC+8, ISO 32000-1 7.9.4: D:20260131090000+08'00'.
std::string to_pdf_date(Time time);

}  // namespace yinxin
