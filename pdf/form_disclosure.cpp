// SPDX-License-Identifier: Apache-2.0
#include "pdf/form_disclosure.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "common/money.h"
#include "pdf/rules/text.h"

namespace yinxin::pdf::rules {
namespace {

const Json& list_at(const Json& disclosure, const char* name, Faults& faults) {
    static const Json none = Json::array();
    const auto found = disclosure.find(name);
    if (found == disclosure.end() || !found->is_array() || found->empty()) {
        faults.add(std::string("/") + name, "form", "must be an array with at least one entry");
        return none;
    }
    return *found;
}

}  // namespace

/// Reads `of` (a path, or "pages") and `mask`, and "by" for the masks that need a tax number.
DisclosurePlan::Reading DisclosurePlan::read_masked(Arguments& arguments,
                                                    const std::string& of,
                                                    const std::string& mask) {
    const std::string word =
        arguments.word(mask, {"none", "name", "id", "id_short", "party_name", "party_id"}, "none");
    if (arguments.text(of) == "pages") {
        return [](const Scope&, int pages) { return std::to_string(pages); };
    }
    const Path path = arguments.path(of);
    std::optional<Path> by;
    if (word == "party_name") {
        by = arguments.path("by");
    }
    if (path.in_rows()) {
        arguments.fault(of, "names a value of rows; only values of the whole document are shown");
    }
    return [=](const Scope& scope, int) -> std::string {
        const std::string value = path.string(scope).value_or("");
        if (value.empty() || word == "none") {
            return value;
        }
        return word == "name"         ? mask_name(value)
               : word == "id"         ? mask_id(value)
               : word == "id_short"   ? mask_id_short(value)
               : word == "party_name" ? mask_party_name(value, by->string(scope).value_or(""))
                                      : mask_party_id(value);
    };
}

void DisclosurePlan::read_asked(const Json& list,
                                const Catalog& catalog,
                                const Json& tables,
                                Faults& faults) {
    for (std::size_t i = 0; i < list.size(); ++i) {
        const Json entry = list[i].is_object() ? list[i] : Json::object();
        Arguments arguments(entry, "/asked/" + std::to_string(i), catalog, tables, faults);
        Asked asked;
        asked.fact.name = arguments.text("name");
        asked.fact.label_zh = arguments.text("label_zh");
        asked.fact.label_en = arguments.text("label_en");
        asked.fact.hint_zh = arguments.text("hint_zh");
        asked.fact.hint_en = arguments.text("hint_en");
        asked.fact.kind = arguments.word("kind", {"id_tail", "amount"});
        asked.of =
            arguments.path("of",
                           asked.fact.kind == "amount" ? std::vector<Kind>{Kind::Amount}
                                                       : std::vector<Kind>{Kind::Identifier});
        asked.when = arguments.condition("when");
        if (asks(asked.fact.name)) {
            arguments.fault("name", "\"" + asked.fact.name + "\" stands here twice");
        }
        if (asked.of.in_rows()) {
            arguments.fault("of", "names a value of rows; a fact is one value of the document");
        }
        arguments.finish();
        asked_.push_back(std::move(asked));
    }
}

void DisclosurePlan::read_shown(const Json& list,
                                const Catalog& catalog,
                                const Json& tables,
                                Faults& faults) {
    for (std::size_t i = 0; i < list.size(); ++i) {
        const Json entry = list[i].is_object() ? list[i] : Json::object();
        Arguments arguments(entry, "/shown/" + std::to_string(i), catalog, tables, faults);
        Shown shown;
        shown.fact.name = arguments.text("name");
        shown.fact.label_zh = arguments.text("label_zh");
        shown.fact.label_en = arguments.text("label_en");
        shown.value = read_masked(arguments, "of", "mask");
        shown.when = arguments.condition("when");
        if (arguments.has("closer_after") || arguments.has("closer_mask")) {
            shown.fact.closer_after = arguments.text("closer_after");
            shown.closer = read_masked(arguments, "of", "closer_mask");
            if (!asks(shown.fact.closer_after)) {
                arguments.fault("closer_after", "must be the name of a fact in \"asked\"");
            }
        }
        arguments.finish();
        shown_.push_back(std::move(shown));
    }
}

void DisclosurePlan::read_token(const Json& token,
                                const Catalog& catalog,
                                const Json& tables,
                                Faults& faults) {
    const Json entry = token.is_object() ? token : Json::object();
    Arguments arguments(entry, "/token", catalog, tables, faults);
    const std::vector<Kind> moments = {Kind::Date, Kind::Month};
    period_from_ = arguments.optional_path("period_from", moments);
    period_to_ = arguments.optional_path("period_to", moments);
    total_ = arguments.optional_path("total", {Kind::Amount});
    name_ = read_masked(arguments, "name", "name_mask");
    if (arguments.has("id")) {
        id_ = read_masked(arguments, "id", "id_mask");
    }
    arguments.finish();
}

bool DisclosurePlan::asks(const std::string& name) const {
    return std::any_of(asked_.begin(), asked_.end(), [&name](const Asked& asked) {
        return asked.fact.name == name;
    });
}

DisclosurePlan DisclosurePlan::read(const Json& disclosure,
                                    const Catalog& catalog,
                                    const Json& tables,
                                    Faults& faults) {
    DisclosurePlan plan;
    for (const auto& [name, value] : disclosure.items()) {
        if (name != "shown" && name != "asked" && name != "token" && name != "$comment") {
            faults.add("/" + pointer_token(name),
                       "form",
                       "unknown member; known here: asked, shown, token");
        }
    }
    plan.read_asked(list_at(disclosure, "asked", faults), catalog, tables, faults);
    plan.read_shown(list_at(disclosure, "shown", faults), catalog, tables, faults);
    plan.read_token(disclosure.value("token", Json::object()), catalog, tables, faults);
    return plan;
}

Disclosure DisclosurePlan::disclose(const std::string& type, const Json& values, int pages) const {
    const Scope scope{values};
    Disclosure disclosure;
    for (const Shown& shown : shown_) {
        std::string value = shown.value(scope, pages);
        if (value.empty() || !shown.when(scope)) {
            continue;
        }
        ShownFact fact = shown.fact;
        fact.value = std::move(value);
        fact.closer_value = shown.closer ? shown.closer(scope, pages) : "";
        disclosure.shown.push_back(std::move(fact));
    }
    for (const Asked& asked : asked_) {
        const std::string value = asked.of.string(scope).value_or("");
        // "0.00" is what a stranger would try first.
        if (value.empty() || !asked.when(scope) ||
            (asked.fact.kind == "amount" && value == "0.00")) {
            continue;
        }
        AskedFact fact = asked.fact;
        fact.expected = fact.kind == "id_tail"
                            ? value.substr(value.size() - std::min<std::size_t>(6, value.size()))
                            : value;
        disclosure.asked.push_back(std::move(fact));
    }
    const auto text = [&scope](const std::optional<Path>& path) {
        return path ? path->string(scope).value_or("") : "";
    };
    const std::optional<Money> total = Money::parse(text(total_));
    disclosure.token = {type,
                        text(period_from_),
                        text(period_to_),
                        total ? std::optional(total->fen()) : std::nullopt,
                        pages,
                        shorten(name_(scope, pages)),
                        id_ ? id_(scope, pages) : ""};
    return disclosure;
}

}  // namespace yinxin::pdf::rules
