// SPDX-License-Identifier: Apache-2.0
#include "pdf/rules/moments.h"

#include <algorithm>

#include "common/time_text.h"

namespace yinxin::pdf::rules {

Moment::Moment(std::chrono::year_month_day day) : text_(to_text(day)) {}

std::optional<Moment> Moment::parse(std::string_view text, Edge edge) {
    Moment moment;
    if (parse_sane_day(text)) {
        moment.text_ = text;
        return moment;
    }
    if (const auto range = parse_month_range(text)) {
        moment.text_ = month_text(edge == Edge::First ? range->from : range->to);
        return moment;
    }
    if (const auto time = parse_rfc3339(text)) {
        return Moment(day_in_china(*time));
    }
    return std::nullopt;
}

bool Moment::operator<(const Moment& other) const {
    const std::size_t shorter = std::min(text_.size(), other.text_.size());
    return text_.compare(0, shorter, other.text_, 0, shorter) < 0;
}

std::optional<Moment> find_moment(const Path& path, const Scope& scope, Edge edge) {
    const std::optional<std::string> text = path.string(scope);
    return text ? Moment::parse(*text, edge) : std::nullopt;
}

}  // namespace yinxin::pdf::rules
