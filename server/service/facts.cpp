// SPDX-License-Identifier: Apache-2.0
#include "server/service/facts.h"

#include <algorithm>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>
#include <utility>

#include "common/error.h"
#include "common/json_text.h"
#include "common/money.h"
#include "keys/crypto/digest.h"

namespace yinxin::server {
namespace {

using nlohmann::json;

/// As the paper may be typed: "1,234.50", "¥1234.5", "1234.50".
std::string normal_amount(std::string_view typed) {
    std::string digits;
    for (const char c : typed) {
        if ((c >= '0' && c <= '9') || c == '.' || c == '-') {
            digits += c;
        }
    }
    const auto amount = Decimal::parse(digits);
    return amount ? amount->text(2) : std::string();
}

std::string normal_id(std::string_view typed) {
    std::string id;
    for (const char c : typed) {
        if (c != ' ') {
            id += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
        }
    }
    return id;
}

std::string normal_fact(const std::string& kind, std::string_view typed) {
    return kind == "amount" ? normal_amount(typed) : normal_id(typed);
}

constexpr std::size_t amount_digits_max = 15;  // an identity number has 18

bool can_be_id(std::string_view typed) {
    const std::string id = normal_id(typed);
    return !id.empty() && std::all_of(id.begin(), id.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z');
    });
}

/// Digits with what people write around them.
bool can_be_amount(std::string_view typed) {
    std::string rest(typed);
    for (const std::string_view around :
         {" ", ",", "，", "¥", "￥", "元", "CNY", "RMB", "cny", "rmb"}) {
        for (std::size_t at = 0; (at = rest.find(around)) != std::string::npos;) {
            rest.erase(at, around.size());
        }
    }
    return Decimal::parse(rest) && std::min(rest.find('.'), rest.size()) <= amount_digits_max;
}

[[noreturn]] void refuse_facts() {
    throw Error(ErrorCode::Internal, "register: the facts of a document cannot be read");
}

/// Takes `name` and the string behind it from the front; nullopt when something else stands there,
/// or an escape.
std::optional<std::string> take_plain_member(std::string_view& text, std::string_view name) {
    if (!text.starts_with(name)) {
        return std::nullopt;
    }
    const std::string_view rest = text.substr(name.size());
    const auto end = rest.find('"');
    const std::string_view value = rest.substr(0, end);
    if (end == std::string_view::npos || value.find('\\') != std::string_view::npos) {
        return std::nullopt;
    }
    text = rest.substr(end + 1);
    return std::string(value);
}

}  // namespace

/// Written as it goes: a tree of all these would cost more than it says.
std::string facts_to_text(const StoredFacts& facts) {
    std::string out = "{";
    const auto members =
        [&out](std::initializer_list<std::pair<std::string_view, const std::string*>> list) {
            for (const auto& [name, text] : list) {
                out += out.back() == '{' ? "\"" : ",\"";
                out += name;
                out += "\":";
                append_json_text(out, *text);
            }
        };
    members({{"title_zh", &facts.title_zh}, {"title_en", &facts.title_en}});
    out += ",\"shown\":[";
    for (const pdf::ShownFact& f : facts.shown) {
        out += out.back() == '[' ? "{" : ",{";
        members({{"name", &f.name},
                 {"label_zh", &f.label_zh},
                 {"label_en", &f.label_en},
                 {"value", &f.value},
                 {"closer_value", &f.closer_value},
                 {"closer_after", &f.closer_after}});
        out += '}';
    }
    out += "],\"asked\":[";
    for (const pdf::AskedFact& f : facts.asked) {
        out += out.back() == '[' ? "{" : ",{";
        members({{"name", &f.name},
                 {"label_zh", &f.label_zh},
                 {"label_en", &f.label_en},
                 {"hint_zh", &f.hint_zh},
                 {"hint_en", &f.hint_en},
                 {"kind", &f.kind},
                 {"expected", &f.expected}});
        out += '}';
    }
    return out + "]}";
}

StoredFacts facts_from_text(std::string_view text) {
    try {
        const json stored = json::parse(text);
        StoredFacts facts;
        facts.title_zh = stored.at("title_zh");
        facts.title_en = stored.at("title_en");
        for (const json& f : stored.at("shown")) {
            facts.shown.push_back({f.at("name"),
                                   f.at("label_zh"),
                                   f.at("label_en"),
                                   f.at("value"),
                                   f.at("closer_value"),
                                   f.at("closer_after")});
        }
        for (const json& f : stored.at("asked")) {
            facts.asked.push_back({f.at("name"),
                                   f.at("label_zh"),
                                   f.at("label_en"),
                                   f.at("hint_zh"),
                                   f.at("hint_en"),
                                   f.at("kind"),
                                   f.at("expected")});
        }
        return facts;
    } catch (const json::exception&) {
        refuse_facts();
    }
}

/// facts_to_text() writes them first; of a title with an escape in it everything is read.
Titles titles_from_text(std::string_view text) {
    std::string_view rest = text;
    if (auto zh = take_plain_member(rest, R"({"title_zh":")")) {
        if (auto en = take_plain_member(rest, R"(,"title_en":")")) {
            return {std::move(*zh), std::move(*en)};
        }
    }
    StoredFacts facts = facts_from_text(text);
    return {std::move(facts.title_zh), std::move(facts.title_en)};
}

std::vector<pdf::AskedFact> usual_facts() {
    return {{"id_last6",
             "身份证件号码或纳税人识别号后 6 位",
             "Last 6 characters of the ID number or taxpayer number",
             "例如 24003X",
             "for example 24003X",
             "id_tail",
             ""},
            {"total",
             "金额合计或价税合计",
             "Total amount or total with tax",
             "例如 6050.56",
             "for example 6050.56",
             "amount",
             ""}};
}

std::string mistyped_kind(const std::string& name, std::string_view typed) {
    for (const pdf::AskedFact& usual : usual_facts()) {
        if (usual.name == name) {
            return (usual.kind == "amount" ? can_be_amount(typed) : can_be_id(typed)) ? ""
                                                                                      : usual.kind;
        }
    }
    return "";
}

bool is_fact(const pdf::AskedFact& asked, std::string_view typed) {
    const std::string expected = normal_fact(asked.kind, asked.expected);
    std::string given = normal_fact(asked.kind, typed);
    if (asked.kind == "id_tail" && given.size() > expected.size()) {
        given.erase(0, given.size() - expected.size());  // the whole number, where its end is asked
    }
    // Digests have one length, so the comparison tells nothing about that of the fact.
    const bool equal =
        equal_constant_time(keys::sha256(as_bytes(expected)), keys::sha256(as_bytes(given)));
    return equal && !expected.empty();
}

}  // namespace yinxin::server
