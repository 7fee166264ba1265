// SPDX-License-Identifier: Apache-2.0
// Tables of form.json: values with days from and to which they are valid, and texts for paper.
#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "pdf/rules/faults.h"

namespace yinxin::pdf::rules {

class Table {
  public:
    struct Row {
        std::string value;
        std::string from, to;                      ///< YYYY-MM-DD or empty
        std::map<std::string, std::string> texts;  ///< the other members
    };

    /// Rows that are not well formed are left out; check() names them.
    explicit Table(const nlohmann::json& rows);
    /// Reports every row of a table that is not {"value": text, "from"?: day, "to"?: day, name:
    /// text ...}.
    static void check(const nlohmann::json& rows, const std::string& pointer, Faults& faults);

    /// Valid on `day` (any day when empty); nullptr when there is none.
    const Row* find(const std::string& value, const std::string& day) const;
    /// "0.13, 0.09": those valid on `day`.
    std::string values(const std::string& day) const;

  private:
    std::vector<Row> rows_;
};

}  // namespace yinxin::pdf::rules
