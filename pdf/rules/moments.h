// SPDX-License-Identifier: Apache-2.0
// Days and months side by side: a day is compared with a month by its month.
#pragma once

#include <chrono>
#include <compare>
#include <optional>
#include <string>
#include <string_view>

#include "pdf/rules/months.h"
#include "pdf/rules/scope.h"

namespace yinxin::pdf::rules {

/// Which end of a range of months counts.
enum class Edge { First, Last };

class Moment {
  public:
    explicit Moment(std::chrono::year_month_day day);
    /// A date, a month, a range of months, or a date-time (its day in UTC+8).
    static std::optional<Moment> parse(std::string_view text, Edge edge);

    std::string text() const;  ///< YYYY-MM or YYYY-MM-DD
    /// Equal when one is a month and the other lies in it.
    bool operator<(const Moment& other) const;
    /// As the texts are sorted: a month comes before its days.
    std::strong_ordering sorted(const Moment& other) const;

  private:
    explicit Moment(std::chrono::year_month month) : month_(month) {}

    std::chrono::year_month month_;
    unsigned day_ = 0;  ///< 0: it is the month
};

std::optional<Moment> find_moment(const Path& path, const Scope& scope, Edge edge);

}  // namespace yinxin::pdf::rules
