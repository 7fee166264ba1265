// SPDX-License-Identifier: Apache-2.0
#include "pdf/rules/tables.h"

#include <nlohmann/json.hpp>

#include "common/money.h"
#include "pdf/rules/months.h"
#include "pdf/rules/scope.h"

namespace yinxin::pdf::rules {
namespace {

bool is_valid_on(const Table::Row& row, const std::string& day) {
    return day.empty() ||
           ((row.from.empty() || row.from <= day) && (row.to.empty() || day <= row.to));
}

/// 0.1 and 0.10 are one rate.
bool is_same(const std::string& a, const std::string& b) {
    if (a == b) {
        return true;
    }
    const std::optional<Decimal> x = Decimal::parse(a);
    const std::optional<Decimal> y = Decimal::parse(b);
    return x && y && *x == *y;
}

}  // namespace

Table::Table(const Json& rows) {
    for (const Json& entry : rows) {
        if (!entry.is_object()) {
            continue;
        }
        Row row;
        for (const auto& [name, value] : entry.items()) {
            if (!value.is_string()) {
                continue;
            }
            (name == "value"  ? row.value
             : name == "from" ? row.from
             : name == "to"   ? row.to
                              : row.texts[name]) = value.get<std::string>();
        }
        rows_.push_back(std::move(row));
    }
}

void Table::check(const Json& rows, const std::string& pointer, Faults& faults) {
    if (!rows.is_array() || rows.empty()) {
        faults.add(pointer,
                   "form",
                   "a table is an array of rows such as {\"value\": \"0.13\", \"text\": \"13%\"}");
        return;
    }
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const std::string place = pointer + "/" + std::to_string(i);
        if (!rows[i].is_object() || !rows[i].contains("value")) {
            faults.add(place, "form", "a row of a table is an object with a \"value\"");
            continue;
        }
        for (const auto& [name, value] : rows[i].items()) {
            const bool day = name == "from" || name == "to";
            if (!value.is_string() || (day && !parse_sane_day(value.get<std::string>()))) {
                faults.add(place + "/" + pointer_token(name),
                           "form",
                           day ? "must be a day, YYYY-MM-DD" : "must be a text in quotes");
            }
        }
    }
}

const Table::Row* Table::find(const std::string& value, const std::string& day) const {
    for (const Row& row : rows_) {
        if (is_same(row.value, value) && is_valid_on(row, day)) {
            return &row;
        }
    }
    return nullptr;
}

std::string Table::values(const std::string& day) const {
    std::string list;
    for (const Row& row : rows_) {
        if (is_valid_on(row, day)) {
            list += (list.empty() ? "" : ", ") + row.value;
        }
    }
    return list;
}

}  // namespace yinxin::pdf::rules
