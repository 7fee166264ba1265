// SPDX-License-Identifier: Apache-2.0
#include "pdf/rules/sums.h"

#include <nlohmann/json.hpp>

namespace yinxin::pdf::rules {

Sum Sum::read(Arguments& arguments) {
    Sum sum;
    sum.of_ = arguments.paths("of", {Kind::Amount});
    sum.where_ = arguments.condition("where");
    return sum;
}

std::optional<Money> Sum::of_valid(const Scope& scope) const {
    Money total;
    bool valid = true;
    for (const Path& path : of_) {
        path.for_each_row(scope.root, [&](const Scope& row) {
            const Json* value = where_(row) ? path.find(row) : nullptr;
            if (value == nullptr) {
                return;
            }
            const std::optional<Money> amount =
                value->is_string() ? Money::parse(value->get_ref<const std::string&>())
                                   : std::nullopt;
            valid = valid && amount;
            total += amount.value_or(Money());
        });
    }
    return valid ? std::optional(total) : std::nullopt;
}

std::string Sum::text() const {
    std::string text;
    for (const Path& path : of_) {
        text += (text.empty() ? "" : " + ") + path.text();
    }
    return text;
}

std::optional<Decimal> find_decimal(const Path& path, const Scope& scope) {
    const Json* value = path.find(scope);
    if (value == nullptr) {
        return std::nullopt;
    }
    if (value->is_number_integer()) {
        return Decimal(value->get<std::int64_t>(), 0);
    }
    return value->is_string() ? Decimal::parse(value->get_ref<const std::string&>()) : std::nullopt;
}

std::optional<Decimal> product_of(const std::vector<Path>& paths, const Scope& scope) {
    Decimal product(1, 0);
    for (const Path& path : paths) {
        const std::optional<Decimal> factor = find_decimal(path, scope);
        if (!factor) {
            return std::nullopt;
        }
        product = product.times(*factor);
    }
    return product;
}

}  // namespace yinxin::pdf::rules
