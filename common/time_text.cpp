// SPDX-License-Identifier: Apache-2.0
#include "common/time_text.h"

#include <cstdio>

namespace yinxin {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using std::chrono::sys_days;
using std::chrono::year_month_day;

constexpr hours kChinaOffset{8};

/// `count` digits at `at`; nullopt when one of them is none.
std::optional<int> digits(std::string_view text, std::size_t at, std::size_t count) {
    if (text.size() < at + count) {
        return std::nullopt;
    }
    int value = 0;
    for (const char c : text.substr(at, count)) {
        if (c < '0' || c > '9') {
            return std::nullopt;
        }
        value = value * 10 + (c - '0');
    }
    return value;
}

struct Fields {
    year_month_day day;
    int hour, minute, second;
};

Fields fields_of(Time time) {
    const auto day = std::chrono::floor<days>(time);
    const std::chrono::hh_mm_ss clock{std::chrono::floor<seconds>(time - day)};
    return {year_month_day{day},
            static_cast<int>(clock.hours().count()),
            static_cast<int>(clock.minutes().count()),
            static_cast<int>(clock.seconds().count())};
}

std::string formatted(const char* format, const Fields& f) {
    char text[64];
    std::snprintf(text,
                  sizeof text,
                  format,
                  static_cast<int>(f.day.year()),
                  static_cast<unsigned>(f.day.month()),
                  static_cast<unsigned>(f.day.day()),
                  f.hour,
                  f.minute,
                  f.second);
    return text;
}

/// "Z", "+08:00" ...; RFC 3339, 4.3: "-00:00" is a UTC time of unknown place.
std::optional<minutes> parse_offset(std::string_view text) {
    if (text == "Z" || text == "z") {
        return minutes{0};
    }
    if (text.size() != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':') {
        return std::nullopt;
    }
    const auto hour = digits(text, 1, 2);
    const auto minute = digits(text, 4, 2);
    if (!hour || !minute || *hour > 23 || *minute > 59) {
        return std::nullopt;
    }
    const minutes offset{*hour * 60 + *minute};
    return text[0] == '-' ? -offset : offset;
}

/// Digits behind the dot from `at`, cut to milliseconds; moves `at` behind them.
std::optional<milliseconds> parse_fraction(std::string_view text, std::size_t& at) {
    int value = 0;
    int scale = 100;
    const std::size_t begin = at;
    for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at) {
        value += (text[at] - '0') * scale;
        scale /= 10;
    }
    return at == begin ? std::nullopt : std::optional(milliseconds{value});
}

}  // namespace

std::string to_rfc3339(Time time) {
    // A server says the same second again and again.
    thread_local std::chrono::sys_seconds said{seconds::min()};
    thread_local std::string text;
    if (const auto second = std::chrono::floor<seconds>(time); second != said) {
        text = formatted("%04d-%02u-%02uT%02d:%02d:%02dZ", fields_of(time));
        said = second;
    }
    return text;
}

bool has_rfc3339(Time time) {
    using std::chrono::January;
    return time >= sys_days{year_month_day{std::chrono::year{0}, January, std::chrono::day{1}}} &&
           time < sys_days{year_month_day{std::chrono::year{10000}, January, std::chrono::day{1}}};
}

std::optional<Time> parse_rfc3339(std::string_view text) {
    if (text.size() < 20 || (text[10] != 'T' && text[10] != 't') || text[13] != ':' ||
        text[16] != ':') {
        return std::nullopt;
    }
    const auto day = parse_day(text.substr(0, 10));
    const auto hour = digits(text, 11, 2);
    const auto minute = digits(text, 14, 2);
    const auto second = digits(text, 17, 2);
    if (!day || !hour || !minute || !second || *hour > 23 || *minute > 59 || *second > 59) {
        return std::nullopt;
    }
    std::size_t at = 19;
    milliseconds fraction{0};
    if (text[at] == '.') {
        const auto parsed = parse_fraction(text, ++at);
        if (!parsed) {
            return std::nullopt;
        }
        fraction = *parsed;
    }
    const auto offset = parse_offset(text.substr(at));
    if (!offset) {
        return std::nullopt;
    }
    return Time{sys_days{*day} + hours{*hour} + minutes{*minute} + seconds{*second} + fraction -
                *offset};
}

year_month_day day_in_china(Time time) {
    return year_month_day{std::chrono::floor<days>(time + kChinaOffset)};
}

std::optional<year_month_day> parse_day(std::string_view text) {
    if (text.size() != 10 || text[4] != '-' || text[7] != '-') {
        return std::nullopt;
    }
    const auto year = digits(text, 0, 4);
    const auto month = digits(text, 5, 2);
    const auto day = digits(text, 8, 2);
    if (!year || !month || !day) {
        return std::nullopt;
    }
    const year_month_day result{std::chrono::year{*year},
                                std::chrono::month{static_cast<unsigned>(*month)},
                                std::chrono::day{static_cast<unsigned>(*day)}};
    return result.ok() ? std::optional(result) : std::nullopt;
}

std::string to_text(year_month_day day) {
    const int year = static_cast<int>(day.year());
    if (year < 0 || year > 9999) {
        return formatted("%04d-%02u-%02u", {day, 0, 0, 0});
    }
    std::string text = "0000-00-00";  // dates are said often; snprintf takes its time
    const auto put = [&text](std::size_t end, unsigned value) {
        for (; value != 0; value /= 10) {
            text[--end] = static_cast<char>('0' + value % 10);
        }
    };
    put(4, static_cast<unsigned>(year));
    put(7, static_cast<unsigned>(day.month()));
    put(10, static_cast<unsigned>(day.day()));
    return text;
}

std::string to_pdf_date(Time time) {
    return formatted("D:%04d%02u%02u%02d%02d%02d+08'00'", fields_of(time + kChinaOffset));
}

}  // namespace yinxin
