// SPDX-License-Identifier: Apache-2.0
#include "common/time_text.h"

#include <gtest/gtest.h>

namespace yinxin {
namespace {

using namespace std::chrono_literals;
using std::chrono::sys_days;
using std::chrono::year_month_day;

constexpr year_month_day kNewYearsEve{2025y, std::chrono::December, 31d};

TEST(Rfc3339, WritesUtcWithSeconds) {
    EXPECT_EQ(to_rfc3339(Time{sys_days{kNewYearsEve} + 1h + 2min + 3s + 999ms}),
              "2025-12-31T01:02:03Z");
    EXPECT_EQ(to_rfc3339(Time{}), "1970-01-01T00:00:00Z");
    EXPECT_EQ(to_rfc3339(Time{-1ms}), "1969-12-31T23:59:59Z");
}

TEST(Rfc3339, ReadsEveryOffsetAndFraction) {
    const Time expected{sys_days{kNewYearsEve} + 17h};
    for (const char* text : {"2025-12-31T17:00:00Z",
                             "2025-12-31t17:00:00z",
                             "2026-01-01T01:00:00+08:00",
                             "2025-12-31T12:30:00-04:30",
                             "2025-12-31T17:00:00-00:00",
                             "2025-12-31T17:00:00.0Z",
                             "2025-12-31T17:00:00.0009Z"}) {
        EXPECT_EQ(parse_rfc3339(text), expected) << text;
    }
    EXPECT_EQ(parse_rfc3339("2025-12-31T17:00:00.25+00:00"), expected + 250ms);
}

TEST(Rfc3339, RefusesWhatIsNone) {
    for (const char* text : {"",
                             "2025-12-31",
                             "2025-12-31T17:00:00",
                             "2025-12-31 17:00:00Z",
                             "2025-12-31T24:00:00Z",
                             "2025-12-31T17:60:00Z",
                             "2025-12-31T17:00:61Z",
                             "2025-02-29T17:00:00Z",
                             "2025-12-31T17:00:00.Z",
                             "2025-12-31T17:00:00+0800",
                             "2025-12-31T17:00:00+24:00",
                             "2025-12-31T17:00:00Z ",
                             "+025-12-31T17:00:00Z",
                             "2025-12-31T1:000:00Z"}) {
        EXPECT_FALSE(parse_rfc3339(text).has_value()) << text;
    }
}

TEST(Day, IsTheDayInChina) {
    const Time evening{sys_days{kNewYearsEve} + 15h + 59min + 59s};
    EXPECT_EQ(to_text(day_in_china(evening)), "2025-12-31");
    EXPECT_EQ(to_text(day_in_china(evening + 1s)), "2026-01-01");
}

TEST(Day, HasFourDigitsForTheYear) {
    EXPECT_EQ(to_text(year_month_day{7y, std::chrono::February, 3d}), "0007-02-03");
    EXPECT_EQ(to_text(year_month_day{9999y, std::chrono::December, 31d}), "9999-12-31");
    EXPECT_EQ(to_text(year_month_day{10000y, std::chrono::October, 10d}), "10000-10-10");
}

TEST(Day, ExistsOrIsNone) {
    EXPECT_EQ(parse_day("2024-02-29"), (year_month_day{2024y, std::chrono::February, 29d}));
    for (const char* text : {"2025-02-29",
                             "2025-13-01",
                             "2025-00-10",
                             "2025-01-00",
                             "2025-1-01",
                             "2025/01/01",
                             "20250101",
                             "2025-01-01 ",
                             "-025-01-01",
                             ""}) {
        EXPECT_FALSE(parse_day(text).has_value()) << text;
    }
}

TEST(PdfDate, IsInChinaTime) {
    EXPECT_EQ(to_pdf_date(Time{sys_days{kNewYearsEve} + 17h}), "D:20260101010000+08'00'");
}

}  // namespace
}  // namespace yinxin
