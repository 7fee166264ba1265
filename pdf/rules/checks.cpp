// SPDX-License-Identifier: Apache-2.0
// Each function below reads one rule's arguments and answers what is done with a scope: a row, or
// the whole document.
#include "pdf/rules/checks.h"

#include <array>
#include <nlohmann/json.hpp>

#include "common/money.h"
#include "common/time_text.h"
#include "pdf/rules/identity.h"
#include "pdf/rules/invoice.h"
#include "pdf/rules/moments.h"
#include "pdf/rules/named.h"
#include "pdf/rules/sums.h"
#include "pdf/rules/tables.h"

namespace yinxin::pdf::rules {
namespace {

using Action = std::function<void(const Examination&, const Scope&)>;

const std::vector<Kind> texts = {Kind::Text, Kind::Identifier};
const std::vector<Kind> moments = {Kind::Date, Kind::Month, Kind::MonthRange, Kind::DateTime};
const std::vector<Kind> numbers = {Kind::Amount, Kind::Decimal, Kind::Integer};

Action required(Arguments& arguments) {
    const Path at = arguments.path("at");
    const std::string because = arguments.text("because", "This field is required here.");
    return [at, because](const Examination& examination, const Scope& scope) {
        const Json* value = at.find(scope);
        if (value == nullptr || *value == "" || (value->is_array() && value->empty())) {
            examination.faults.add(at.pointer(scope), "required", because + " Add it.");
        }
    };
}

Action absent(Arguments& arguments) {
    const Path at = arguments.path("at");
    const std::string because = arguments.text("because", "This field may not be given here.");
    return [at, because](const Examination& examination, const Scope& scope) {
        const Json* value = at.find(scope);
        if (value != nullptr && *value != "") {
            examination.faults.add(
                at.pointer(scope), "absent", because + " Leave it out or send null.");
        }
    };
}

/// A rule that looks at one text by itself.
Action text_rule(Arguments& arguments,
                 const char* name,
                 std::function<Fault(const std::string&, std::chrono::year_month_day)> fault_of) {
    const Path at = arguments.path("at", texts);
    return [at, name, fault_of](const Examination& examination, const Scope& scope) {
        const std::optional<std::string> value = at.string(scope);
        if (!value || value->empty()) {
            return;
        }
        if (const Fault fault = fault_of(*value, day_in_china(examination.now))) {
            examination.faults.add(at.pointer(scope), name, *fault);
        }
    };
}

Action resident_id(Arguments& arguments) {
    return text_rule(arguments, "resident_id", [](const std::string& id, auto today) {
        return resident_id_fault(id, today);
    });
}

Action taxpayer_number(Arguments& arguments) {
    return text_rule(arguments, "taxpayer_number", [](const std::string& number, auto today) {
        return taxpayer_number_fault(number, today);
    });
}

Action credit_code(Arguments& arguments) {
    const bool strict = arguments.word("inner_check", {"ignore", "refuse"}, "ignore") == "refuse";
    return text_rule(arguments, "credit_code", [strict](const std::string& code, auto) {
        const CreditCodeFindings findings = check_credit_code(code);
        return findings.error || !strict ? findings.error : findings.warning;
    });
}

Action id_document(Arguments& arguments) {
    const Path at = arguments.path("at", texts);
    const Path type = arguments.path("type");
    const std::map<std::string, std::string> kinds = arguments.texts("kinds");
    for (const auto& [name, kind] : kinds) {
        if (!is_id_document_kind(kind)) {
            arguments.fault("kinds/" + pointer_token(name),
                            "\"" + kind +
                                "\" is not one of resident_id, permanent_residence, "
                                "hk_macao_permit, taiwan_permit, passport");
        }
    }
    return [at, type, kinds](const Examination& examination, const Scope& scope) {
        const std::optional<std::string> number = at.string(scope);
        const auto kind = kinds.find(type.string(scope).value_or(""));
        if (!number || kind == kinds.end()) {
            return;
        }
        const Fault fault = id_document_fault(kind->second, *number, day_in_china(examination.now));
        if (fault) {
            examination.faults.add(at.pointer(scope), "id_document", *fault);
        }
    };
}

Action order(Arguments& arguments) {
    const std::vector<Path> of = arguments.paths("of", {Kind::Date, Kind::Month});
    if (of.size() < 2) {
        arguments.fault("of", "names at least two values, the earlier one first");
    }
    return [of](const Examination& examination, const Scope& scope) {
        for (std::size_t i = 1; i < of.size(); ++i) {
            const std::optional<Moment> before = find_moment(of[i - 1], scope, Edge::First);
            const std::optional<Moment> after = find_moment(of[i], scope, Edge::Last);
            if (before && after && *after < *before) {
                examination.faults.add(of[i].pointer(scope),
                                       "order",
                                       "It is before " + of[i - 1].text() +
                                           ". Exchange the two or "
                                           "correct one.");
            }
        }
    };
}

/// Both not_after and not_before: the limit is a path, a date or month, or "today".
Action limit_rule(Arguments& arguments, bool after) {
    const Path at = arguments.path("at", moments);
    const std::string limit = arguments.text("limit", "today");
    std::optional<Path> limit_path;
    std::optional<Moment> fixed = Moment::parse(limit, Edge::Last);
    if (!fixed && limit != "today") {
        limit_path = arguments.path("limit", {Kind::Date, Kind::Month, Kind::DateTime});
    }
    return [=](const Examination& examination, const Scope& scope) {
        const std::optional<Moment> value =
            find_moment(at, scope, after ? Edge::Last : Edge::First);
        const std::optional<Moment> bound =
            limit_path         ? find_moment(*limit_path, scope, after ? Edge::Last : Edge::First)
            : limit == "today" ? std::optional(Moment(day_in_china(examination.now)))
                               : fixed;
        if (!value || !bound) {
            return;
        }
        const bool broken = after ? *bound < *value : *value < *bound;
        if (broken) {
            const std::string name = limit_path         ? limit_path->text() + ", "
                                     : limit == "today" ? "today, "
                                                        : "";
            examination.faults.add(at.pointer(scope),
                                   after ? "not_after" : "not_before",
                                   std::string(after ? "It is after " : "It is before ") + name +
                                       bound->text() + ". Correct the date.");
        }
    };
}

Action not_after(Arguments& arguments) {
    return limit_rule(arguments, true);
}
Action not_before(Arguments& arguments) {
    return limit_rule(arguments, false);
}

Action month_range(Arguments& arguments) {
    const Path from = arguments.path("from", {Kind::Month});
    const Path to = arguments.path("to", {Kind::Month});
    const int months_max = arguments.integer("months_max", 1200);
    return [=](const Examination& examination, const Scope& scope) {
        const auto first = parse_month(from.string(scope).value_or(""));
        const auto last = parse_month(to.string(scope).value_or(""));
        if (!first || !last) {
            return;
        }
        const std::chrono::year_month_day today = day_in_china(examination.now);
        if (*last < *first) {
            examination.faults.add(to.pointer(scope),
                                   "month_range",
                                   "The period ends before it begins. Exchange the two months.");
        } else if (months_in({*first, *last}) > months_max) {
            examination.faults.add(to.pointer(scope),
                                   "month_range",
                                   "The period has " + std::to_string(months_in({*first, *last})) +
                                       " months; at most " + std::to_string(months_max) +
                                       " are allowed. Ask for a shorter one.");
        }
        if (*last > today.year() / today.month()) {
            examination.faults.add(to.pointer(scope),
                                   "month_range",
                                   "The period ends in the future. It may end with " +
                                       month_text(today.year() / today.month()) + ".");
        }
    };
}

Action within_period(Arguments& arguments) {
    const Path at = arguments.path("at", moments);
    const Path from = arguments.path("from", {Kind::Month, Kind::Date});
    const Path to = arguments.path("to", {Kind::Month, Kind::Date});
    return [=](const Examination& examination, const Scope& scope) {
        const std::optional<Moment> value = find_moment(at, scope, Edge::Last);
        const std::optional<Moment> first = find_moment(from, scope, Edge::First);
        const std::optional<Moment> last = find_moment(to, scope, Edge::Last);
        if (value && first && last && (*value < *first || *last < *value)) {
            examination.faults.add(at.pointer(scope),
                                   "within_period",
                                   "It lies outside the period from " + first->text() + " to " +
                                       last->text() +
                                       ". Leave the row out or ask for a longer period.");
        }
    };
}

Action sum(Arguments& arguments) {
    const Sum terms = Sum::read(arguments);
    const Path equals = arguments.path("equals", {Kind::Amount});
    return [terms, equals](const Examination& examination, const Scope& scope) {
        const std::optional<Money> given = Money::parse(equals.string(scope).value_or(""));
        const std::optional<Money> sum = terms.of_valid(scope);
        if (given && sum && *given != *sum) {
            examination.faults.add(equals.pointer(scope),
                                   "sum",
                                   "The sum of " + terms.text() + " is " + sum->text() +
                                       ". Correct this total or the amounts.");
        }
    };
}

Action product(Arguments& arguments) {
    const std::vector<Path> of = arguments.paths("of", numbers);
    const Path equals = arguments.path("equals", {Kind::Amount});
    const std::optional<Money> tolerance = Money::parse(arguments.text("tolerance", "0.00"));
    if (!tolerance || tolerance->fen() < 0) {
        arguments.fault("tolerance", "must be an amount such as \"0.01\"");
    }
    return [=](const Examination& examination, const Scope& scope) {
        const std::optional<Money> given = Money::parse(equals.string(scope).value_or(""));
        const std::optional<Decimal> exact = product_of(of, scope);
        if (!given || !exact) {
            return;
        }
        const Decimal difference = exact->plus(Decimal(*given).negated());
        const Decimal allowed(*tolerance);
        if (tolerance->fen() == 0
                ? exact->to_money() != *given
                : difference.compare(allowed) > 0 || difference.negated().compare(allowed) > 0) {
            examination.faults.add(equals.pointer(scope),
                                   "product",
                                   "The product is " + exact->to_money().text() +
                                       ". Correct this amount or its factors.");
        }
    };
}

Action limits(Arguments& arguments) {
    const Path at = arguments.path("at", numbers);
    struct Bound {
        const char* name;
        const char* words;
        std::optional<Decimal> value;
    };
    std::array<Bound, 4> bounds = {{{"min", "at least ", {}},
                                    {"max", "at most ", {}},
                                    {"above", "more than ", {}},
                                    {"below", "less than ", {}}}};
    bool any = false;
    for (Bound& bound : bounds) {
        if (arguments.has(bound.name)) {
            any = true;
            bound.value = Decimal::parse(arguments.text(bound.name));
            if (!bound.value) {
                arguments.fault(bound.name, "must be a decimal in quotes, such as \"0.00\"");
            }
        }
    }
    if (!any) {
        arguments.fault("", "one of min, max, above, below is needed");
    }
    return [at, bounds](const Examination& examination, const Scope& scope) {
        const std::optional<Decimal> value = find_decimal(at, scope);
        if (!value) {
            return;
        }
        for (std::size_t i = 0; i < bounds.size(); ++i) {
            if (!bounds[i].value) {
                continue;
            }
            const auto relation = value->compare(*bounds[i].value);
            const std::array<bool, 4> broken = {
                relation<0, relation> 0, relation <= 0, relation >= 0};
            if (broken[i]) {
                examination.faults.add(at.pointer(scope),
                                       "limits",
                                       std::string("It must be ") + bounds[i].words +
                                           bounds[i].value->text() + ". Correct it.");
            }
        }
    };
}

Action in_table(Arguments& arguments) {
    const Path at = arguments.path("at");
    const std::string name = arguments.text("table", "?");
    const Table table(arguments.table("table"));
    const std::optional<Path> day = arguments.optional_path("day", {Kind::Date});
    return [=](const Examination& examination, const Scope& scope) {
        const std::optional<std::string> value = at.string(scope);
        if (!value) {
            return;
        }
        const std::string on = day ? day->string(scope).value_or("") : "";
        if (table.find(*value, on) == nullptr) {
            examination.faults.add(at.pointer(scope),
                                   "in_table",
                                   "It is not in the table \"" + name + "\"" +
                                       (on.empty() ? "" : " as valid on " + on) +
                                       ". Use one of: " + table.values(on) + ".");
        }
    };
}

Action invoice_lines(Arguments& arguments) {
    const Path lines = arguments.path("lines", {Kind::Array});
    const Table rates(arguments.table("rates"));
    const Path day = arguments.path("day", {Kind::Date});
    const Path red = arguments.path("red", {Kind::Object});
    for (const char* member :
         {"kind", "name", "quantity", "unit_price", "amount", "tax_rate", "tax"}) {
        const std::string path = lines.text() + "[]." + member;
        if (!lines.text().empty() && !arguments.catalog().kind(path)) {
            arguments.fault("lines",
                            "the rule needs \"" + path + "\", which input.schema.json has not");
        }
    }
    return [=](const Examination& examination, const Scope& scope) {
        check_invoice_lines({lines.find(scope),
                             lines.pointer(scope),
                             rates,
                             day.string(scope).value_or(""),
                             red.find(scope) != nullptr},
                            examination.faults);
    };
}

struct Entry {
    const char* name;
    Action (*make)(Arguments&);
    bool whole = false;  ///< looks at all rows at once
};

constexpr std::array<Entry, 16> entries = {{{"required", required},
                                            {"absent", absent},
                                            {"resident_id", resident_id},
                                            {"id_document", id_document},
                                            {"credit_code", credit_code},
                                            {"taxpayer_number", taxpayer_number},
                                            {"order", order},
                                            {"not_after", not_after},
                                            {"not_before", not_before},
                                            {"month_range", month_range},
                                            {"within_period", within_period},
                                            {"sum", sum, true},
                                            {"product", product},
                                            {"limits", limits},
                                            {"in_table", in_table},
                                            {"invoice_lines", invoice_lines, true}}};

}  // namespace

Check make_check(const Json& entry,
                 const std::string& pointer,
                 const Catalog& catalog,
                 const Json& tables,
                 Faults& faults) {
    if (!entry.is_object()) {
        faults.add(
            pointer,
            "form",
            "a rule is an object such as {\"rule\": \"resident_id\", \"at\": \"id_number\"}");
        return {};
    }
    Arguments arguments(entry, pointer, catalog, tables, faults);
    const std::string name = arguments.text("rule");
    const Entry* known = find_named(entries, name, "rule", pointer + "/rule", faults);
    if (known == nullptr) {
        return {};
    }
    const Action action = known->make(arguments);
    const Condition when = arguments.condition("when", !known->whole);
    const Rows rows(known->whole ? "" : arguments.rows());
    arguments.finish();
    const auto run = [action, when, rows](const Examination& examination) {
        rows.for_each(examination.data, [&](const Scope& scope) {
            try {
                if (!examination.faults.full() && when(scope)) {
                    action(examination, scope);
                }
            } catch (const Error& error) {
                examination.faults.add(scope.row_pointer(), "range", error.what());
            }
        });
    };
    return {run, arguments.uses_derived()};
}

}  // namespace yinxin::pdf::rules
