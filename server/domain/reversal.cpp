// SPDX-License-Identifier: Apache-2.0
#include "server/domain/reversal.h"

#include <map>
#include <nlohmann/json.hpp>

#include "common/error.h"
#include "common/money.h"

namespace yinxin::server {
namespace {

using Json = nlohmann::json;

std::string text_at(const Json& object, const char* member) {
    const auto at = object.find(member);
    return at != object.end() && at->is_string() ? at->get<std::string>() : std::string();
}

std::int64_t fen_at(const Json& line, const char* member) {
    const auto money = Money::parse(text_at(line, member));
    return money ? money->fen() : 0;  // an exempt line has words in place of its tax
}

struct Group {
    int index = 0;
    std::int64_t amount_fen = 0, tax_fen = 0;
    std::string pointer;
};
using Groups = std::map<std::pair<std::string, std::string>, Group>;

Groups groups_of(const Json& input) {
    Groups groups;
    const Json& lines = input.at("lines");
    for (std::size_t i = 0; i < lines.size(); ++i) {
        const Json& line = lines.at(i);
        const auto [at, added] =
            groups.try_emplace({text_at(line, "name"), text_at(line, "tax_rate")});
        Group& group = at->second;
        if (added) {
            group.index = static_cast<int>(groups.size()) - 1;
            group.pointer = "/lines/" + std::to_string(i);
        }
        group.amount_fen += fen_at(line, "amount");
        group.tax_fen += fen_at(line, "tax");
    }
    return groups;
}

void compare_party(const Json& red,
                   const Json& original,
                   const std::string& party,
                   std::vector<FieldError>& faults) {
    const Json none = Json::object();
    const Json& ours = red.contains(party) ? red.at(party) : none;
    const Json& theirs = original.contains(party) ? original.at(party) : none;
    for (const char* member : {"tax_id", "name"}) {
        if (text_at(ours, member) != text_at(theirs, member)) {
            faults.push_back(
                {"/" + party + "/" + member,
                 "reversal_party",
                 "This differs from the original invoice; a red invoice has the same parties."});
        }
    }
}

}  // namespace

std::optional<std::string> reversed_number(const Json& input) {
    const auto red = input.find("red");
    if (red == input.end() || !red->is_object()) {
        return std::nullopt;
    }
    return text_at(*red, "original_number");
}

Reversal plan_reversal(const Json& red, const Json& original, const std::string& original_id) {
    std::vector<FieldError> faults;
    if (reversed_number(original)) {
        faults.push_back(
            {"/red/original_number",
             "reversal_of_red",
             "This is a red invoice itself and cannot be reversed; issue a new invoice."});
    }
    if (text_at(red, "kind") != text_at(original, "kind")) {
        faults.push_back({"/kind", "reversal_kind", "The original invoice is of another kind."});
    }
    compare_party(red, original, "seller", faults);
    compare_party(red, original, "buyer", faults);

    Reversal reversal;
    reversal.original_id = original_id;
    const Groups given = groups_of(original);
    for (const auto& [key, group] : given) {
        reversal.original_gross_fen += group.amount_fen + group.tax_fen;
    }
    for (const auto& [key, group] : groups_of(red)) {
        const auto at = given.find(key);
        if (at == given.end()) {
            faults.push_back({group.pointer,
                              "reversal_line",
                              "The original invoice has no line with this name and tax rate."});
            continue;
        }
        if (group.amount_fen > 0 || group.tax_fen > 0) {
            faults.push_back({group.pointer + "/amount",
                              "reversal_sign",
                              "A red invoice takes back: lower than zero."});
            continue;
        }
        reversal.lines.push_back({at->second.index,
                                  -group.amount_fen,
                                  -group.tax_fen,
                                  at->second.amount_fen,
                                  at->second.tax_fen,
                                  group.pointer + "/amount"});
    }
    if (!faults.empty()) {
        throw Error(
            ErrorCode::Invalid, "the red invoice does not fit its original", std::move(faults));
    }
    return reversal;
}

}  // namespace yinxin::server
