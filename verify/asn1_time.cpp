// SPDX-License-Identifier: Apache-2.0
#include "verify/asn1_time.h"

#include <algorithm>

#include "common/time_text.h"

namespace yinxin::verify {

namespace {

bool only_digits(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

std::optional<Time> asn1_time(const Tlv& value) {
    std::string text(as_text(value.content));
    if (text.empty() || text.back() != 'Z') {
        return std::nullopt;
    }
    text.pop_back();
    if (value.tag == kUtcTime) {
        text.insert(0, text < "50" ? "20" : "19");  // RFC 5280, 4.1.2.5.1
    } else if (value.tag != kGeneralizedTime) {
        return std::nullopt;
    }
    if (value.tag == kGeneralizedTime && text.size() > 15 && text[14] == '.' &&
        only_digits(std::string_view(text).substr(15))) {
        text.resize(14);
    }
    if (text.size() != 14 || !only_digits(text)) {
        return std::nullopt;
    }
    const auto number = [&](std::size_t from, std::size_t count) {
        return std::stoi(text.substr(from, count));
    };
    const std::chrono::year_month_day day{std::chrono::year{number(0, 4)},
                                          std::chrono::month{static_cast<unsigned>(number(4, 2))},
                                          std::chrono::day{static_cast<unsigned>(number(6, 2))}};
    const int hour = number(8, 2), minute = number(10, 2), second = number(12, 2);
    if (!day.ok() || hour > 23 || minute > 59 || second > 60) {
        return std::nullopt;
    }
    const Time time = std::chrono::sys_days{day} + std::chrono::hours{hour} +
                      std::chrono::minutes{minute} + std::chrono::seconds{second};
    return has_rfc3339(time) ? std::optional(time) : std::nullopt;  // a leap second may end it all
}

}  // namespace yinxin::verify
