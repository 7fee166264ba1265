// SPDX-License-Identifier: Apache-2.0
#include "pdf/rules/moments.h"

#include "common/time_text.h"

namespace yinxin::pdf::rules {

Moment::Moment(std::chrono::year_month_day day)
    : month_(day.year() / day.month()), day_(static_cast<unsigned>(day.day())) {}

std::optional<Moment> Moment::parse(std::string_view text, Edge edge) {
    if (const auto day = parse_sane_day(text)) {
        return Moment(*day);
    }
    if (const auto range = parse_month_range(text)) {
        return Moment(edge == Edge::First ? range->from : range->to);
    }
    if (const auto time = parse_rfc3339(text)) {
        return Moment(day_in_china(*time));
    }
    return std::nullopt;
}

bool Moment::operator<(const Moment& other) const {
    return month_ == other.month_ ? day_ != 0 && other.day_ != 0 && day_ < other.day_
                                  : month_ < other.month_;
}

std::strong_ordering Moment::sorted(const Moment& other) const {
    const auto months = month_ <=> other.month_;
    return months == 0 ? day_ <=> other.day_ : months;
}

std::string Moment::text() const {
    return day_ == 0 ? month_text(month_) : to_text(month_ / std::chrono::day(day_));
}

std::optional<Moment> find_moment(const Path& path, const Scope& scope, Edge edge) {
    const std::string* text = path.find_text(scope);
    return text != nullptr ? Moment::parse(*text, edge) : std::nullopt;
}

}  // namespace yinxin::pdf::rules
