// SPDX-License-Identifier: Apache-2.0
// Each function below reads its arguments and answers how a value is computed; nullopt leaves the
// value unset.
#include "pdf/rules/functions.h"

#include <array>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "common/money.h"
#include "common/time_text.h"
#include "pdf/rules/invoice.h"
#include "pdf/rules/moments.h"
#include "pdf/rules/named.h"
#include "pdf/rules/sums.h"
#include "pdf/rules/tables.h"
#include "pdf/rules/words.h"

namespace yinxin::pdf::rules {
namespace {

using Function = std::function<std::optional<std::string>(const Scope&)>;

const std::vector<Kind> numbers = {Kind::Amount, Kind::Decimal, Kind::Integer};

std::string shown(const Json* value) {
    return value == nullptr ? "" : value->is_string() ? value->get<std::string>() : value->dump();
}

Function text(Arguments& arguments) {
    return
        [text = arguments.text_template("text")](const Scope& scope) { return text.fill(scope); };
}

Function fallback(Arguments& arguments) {
    return
        [of = arguments.path("of"), otherwise = arguments.text("otherwise")](const Scope& scope) {
            const std::string value = shown(of.find(scope));
            return value.empty() ? otherwise : value;
        };
}

Function map(Arguments& arguments) {
    const Path of = arguments.path("of");
    const std::map<std::string, std::string> to = arguments.texts("to");
    const std::optional<std::string> otherwise =
        arguments.has("otherwise") ? std::optional(arguments.text("otherwise")) : std::nullopt;
    return [=](const Scope& scope) {
        const auto found = to.find(shown(of.find(scope)));
        return found == to.end() ? otherwise : std::optional(found->second);
    };
}

Function lookup(Arguments& arguments) {
    const Path of = arguments.path("of");
    const Table table(arguments.table("table"));
    const std::string field = arguments.text("field", "text");
    const std::optional<Path> day = arguments.optional_path("day", {Kind::Date});
    return [=](const Scope& scope) -> std::optional<std::string> {
        const Table::Row* row =
            table.find(shown(of.find(scope)), day ? day->string(scope).value_or("") : "");
        if (row == nullptr || !row->texts.contains(field)) {
            return std::nullopt;
        }
        return row->texts.at(field);
    };
}

/// Joins what is not empty: of one row's or the document's values, or one value of all rows.
Function join(Arguments& arguments) {
    const std::vector<Path> of = arguments.paths("of");
    const std::string separator = arguments.text("separator", " ");
    return [=](const Scope& scope) {
        std::string joined;
        const auto add = [&](const std::string& part) {
            if (!part.empty()) {
                joined += (joined.empty() ? "" : separator) + part;
            }
        };
        for (const Path& path : of) {
            if (path.in_rows() && scope.row == nullptr) {
                path.for_each_row(scope.root,
                                  [&](const Scope& row) { add(shown(path.find(row))); });
            } else {
                add(shown(path.find(scope)));
            }
        }
        return joined;
    };
}

Function sum(Arguments& arguments) {
    return [sum = Sum::read(arguments)](const Scope& scope) -> std::optional<std::string> {
        const std::optional<Money> total = sum.of_valid(scope);
        return total ? std::optional(total->text()) : std::nullopt;
    };
}

Function difference(Arguments& arguments) {
    const std::vector<Path> of = arguments.paths("of", {Kind::Amount});
    return [of](const Scope& scope) -> std::optional<std::string> {
        std::optional<Money> result;
        for (const Path& path : of) {
            const std::optional<Money> value = Money::parse(shown(path.find(scope)));
            if (!value) {
                return std::nullopt;
            }
            result = result ? *result - *value : *value;
        }
        return result ? std::optional(result->text()) : std::nullopt;
    };
}

Function product(Arguments& arguments) {
    return [of = arguments.paths("of", numbers)](const Scope& scope) -> std::optional<std::string> {
        const std::optional<Decimal> value = product_of(of, scope);
        return value ? std::optional(value->to_money().text()) : std::nullopt;
    };
}

Function count(Arguments& arguments) {
    const Path of = arguments.path("of", {Kind::Array});
    const Condition where = arguments.condition("where");
    if (!arguments.rows().empty() && arguments.rows() != of.text()) {
        arguments.fault("where", "chooses among the rows of " + of.text());
    }
    const Rows every(of.text());
    return [=](const Scope& scope) {
        std::size_t rows = 0;
        every.for_each(scope.root, [&](const Scope& row) { rows += where(row) ? 1 : 0; });
        return std::to_string(rows);
    };
}

/// The first or last of the dates or months of all rows.
Function extreme(Arguments& arguments, Edge edge) {
    const Path of = arguments.path("of", {Kind::Date, Kind::Month, Kind::MonthRange});
    return [=](const Scope& scope) {
        std::optional<Moment> best;
        of.for_each_row(scope.root, [&](const Scope& row) {
            const std::optional<Moment> here = find_moment(of, row, edge);
            if (here && (!best || (edge == Edge::First ? *here < *best : *best < *here))) {
                best = here;
            }
        });
        return best ? std::optional(best->text()) : std::nullopt;
    };
}

Function earliest(Arguments& arguments) {
    return extreme(arguments, Edge::First);
}
Function latest(Arguments& arguments) {
    return extreme(arguments, Edge::Last);
}

Function words(Arguments& arguments) {
    const Path of = arguments.path("of", {Kind::Amount});
    const WordsStyle style =
        arguments.word("style", {"certificate", "invoice"}, "certificate") == "invoice"
            ? WordsStyle::Invoice
            : WordsStyle::Certificate;
    return [=](const Scope& scope) -> std::optional<std::string> {
        const std::optional<Money> amount = Money::parse(shown(of.find(scope)));
        return amount ? std::optional(amount_in_words(*amount, style)) : std::nullopt;
    };
}

Function money(Arguments& arguments) {
    const Path of = arguments.path("of", {Kind::Amount});
    const bool grouped = arguments.word("style", {"grouped", "plain"}, "grouped") == "grouped";
    const std::string prefix = arguments.text("prefix", "");
    return [=](const Scope& scope) -> std::optional<std::string> {
        const std::optional<Money> amount = Money::parse(shown(of.find(scope)));
        if (!amount) {
            return std::nullopt;
        }
        const Money size = amount->fen() < 0 ? -*amount : *amount;
        return (amount->fen() < 0 ? "-" : "") + prefix + (grouped ? size.grouped() : size.text());
    };
}

Function percent(Arguments& arguments) {
    return [of = arguments.path("of", {Kind::Decimal})](
               const Scope& scope) -> std::optional<std::string> {
        const std::optional<Decimal> value = find_decimal(of, scope);
        return value ? std::optional(value->times(Decimal(100, 0)).text() + "%") : std::nullopt;
    };
}

Function date(Arguments& arguments) {
    const Path of =
        arguments.path("of", {Kind::Date, Kind::Month, Kind::MonthRange, Kind::DateTime});
    const std::string style = arguments.word("style", {"iso", "cn", "minute"}, "iso");
    return [=](const Scope& scope) -> std::optional<std::string> {
        const std::string value = shown(of.find(scope));
        const std::optional<Moment> first = Moment::parse(value, Edge::First);
        if (!first) {
            return std::nullopt;
        }
        if (style == "minute") {
            const std::optional<Time> time = parse_rfc3339(value);
            return time
                       ? to_rfc3339(*time + std::chrono::hours(8)).substr(0, 16).replace(10, 1, " ")
                       : first->text();
        }
        const auto written = [&](const std::string& iso) {
            return style == "iso" ? iso
                                  : iso.substr(0, 4) + "年" + iso.substr(5, 2) + "月" +
                                        (iso.size() > 7 ? iso.substr(8, 2) + "日" : "");
        };
        const std::string last = Moment::parse(value, Edge::Last)->text();
        return written(first->text()) + (last == first->text() ? "" : " 至 " + written(last));
    };
}

Function invoice_qr(Arguments& arguments) {
    const Path kind = arguments.path("kind");
    const Path number = arguments.path("number");
    const Path amount = arguments.path("amount", {Kind::Amount});
    const Path day = arguments.path("day", {Kind::Date});
    return [=](const Scope& scope) -> std::optional<std::string> {
        std::string digits = shown(day.find(scope));
        std::erase(digits, '-');
        return invoice_qr_payload({shown(kind.find(scope)),
                                   "",
                                   shown(number.find(scope)),
                                   shown(amount.find(scope)),
                                   digits,
                                   ""});
    };
}

struct Entry {
    const char* name;
    Function (*make)(Arguments&);
    Kind result;
    bool gathers = false;  ///< looks at all rows at once
};

constexpr std::array<Entry, 16> entries = {{{"text", text, Kind::Text},
                                            {"default", fallback, Kind::Text},
                                            {"map", map, Kind::Text},
                                            {"lookup", lookup, Kind::Text},
                                            {"join", join, Kind::Text, true},
                                            {"sum", sum, Kind::Amount, true},
                                            {"difference", difference, Kind::Amount},
                                            {"product", product, Kind::Amount},
                                            {"count", count, Kind::Text, true},
                                            {"earliest", earliest, Kind::Date, true},
                                            {"latest", latest, Kind::Date, true},
                                            {"words", words, Kind::Text},
                                            {"money", money, Kind::Text},
                                            {"percent", percent, Kind::Text},
                                            {"date", date, Kind::Text},
                                            {"invoice_qr", invoice_qr, Kind::Text}}};

/// Where a value may be put: derived.x or rows[].derived.x.
bool is_target(const Path& path) {
    const std::string prefix = path.in_rows() ? path.rows() + "[].derived." : "derived.";
    return path.text().starts_with(prefix) &&
           path.text().find('.', prefix.size()) == std::string::npos;
}

void put(Json& values, const Path& target, const Condition& when, const Function& function) {
    if (!target.in_rows()) {
        const Scope scope{values};
        if (when(scope)) {
            if (std::optional<std::string> value = function(scope)) {
                target.set(values, *std::move(value));
            }
        }
        return;
    }
    std::vector<std::optional<std::string>> results;
    target.for_each_row(values, [&](const Scope& scope) {
        results.push_back(when(scope) ? function(scope) : std::nullopt);
    });
    if (results.empty()) {
        return;
    }
    Json* array = Rows(target.rows()).find(values);
    for (std::size_t i = 0; i < results.size(); ++i) {
        if (results[i]) {
            target.set(array->at(i), *std::move(results[i]));
        }
    }
}

}  // namespace

Derivation make_derivation(const Json& entry,
                           const std::string& pointer,
                           Catalog& catalog,
                           const Json& tables,
                           Faults& faults) {
    if (!entry.is_object()) {
        faults.add(
            pointer,
            "form",
            "a derivation is an object such as {\"set\": \"derived.total\", \"function\": \"sum\", "
            "\"of\": \"rows[].amount\"}");
        return {};
    }
    Arguments arguments(entry, pointer, catalog, tables, faults);
    const std::optional<Path> target = Path::parse(arguments.text("set"));
    const std::string name = arguments.text("function");
    if (!target || !is_target(*target) ||
        (target->in_rows() && catalog.kind(target->rows()) != Kind::Array)) {
        arguments.fault("set",
                        "must be derived.NAME, or ARRAY[].derived.NAME for a value of each row");
        return {};
    }
    const Entry* known = find_named(entries, name, "function", pointer + "/function", faults);
    if (known == nullptr) {
        return {};
    }
    const Function function = known->make(arguments);
    const bool whole = !target->in_rows();
    const std::string gathered = known->gathers ? arguments.rows() : "";
    const Condition when = arguments.condition("when", !whole);
    if (!arguments.rows().empty() && whole && gathered.empty()) {
        arguments.fault(
            "set",
            "is one value for the document, but the values used are those of rows: set \"" +
                arguments.rows() + "[].derived.NAME\" instead");
    } else if (!whole && !arguments.rows().empty() && arguments.rows() != target->rows()) {
        arguments.fault("set",
                        "is a value of the rows of " + target->rows() +
                            ", but the values used are of " + arguments.rows());
    } else if (!whole && known->gathers && name != "join") {
        arguments.fault("set", "\"" + name + "\" looks at all rows, so it sets derived.NAME");
    }
    arguments.finish();
    catalog.add(target->text(), known->result);
    return
        [target = *target, when, function](Json& values) { put(values, target, when, function); };
}

}  // namespace yinxin::pdf::rules
