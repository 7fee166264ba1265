// SPDX-License-Identifier: Apache-2.0
// Sums and products of values that paths name.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/money.h"
#include "pdf/rules/scope.h"

namespace yinxin::pdf::rules {

/// The amounts of one or more paths, all rows, if "where" holds for the row. Reads the members "of"
/// and "where".
class Sum {
  public:
    static Sum read(Arguments& arguments);

    /// nullopt when a value is no amount (the schema has said so). Throws Error{Invalid} outside
    /// the range of amounts.
    std::optional<Money> of_valid(const Scope& scope) const;
    std::string text() const;  ///< "rows[].amount"

  private:
    std::vector<Path> of_;
    Condition where_;
};

/// An amount, decimal or integer; nullopt when it is absent or none.
std::optional<Decimal> find_decimal(const Path& path, const Scope& scope);
/// nullopt when a factor is missing.
std::optional<Decimal> product_of(const std::vector<Path>& paths, const Scope& scope);

}  // namespace yinxin::pdf::rules
