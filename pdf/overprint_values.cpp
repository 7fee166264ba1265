// SPDX-License-Identifier: Apache-2.0
#include "pdf/overprint_values.h"

#include <nlohmann/json.hpp>

#include "common/error.h"
#include "common/time_text.h"
#include "common/utf8.h"
#include "pdf/typeface.h"

namespace yinxin::pdf {
namespace {

std::string dotted(const std::vector<std::string>& path) {
    std::string out;
    for (const auto& part : path) {
        out += (out.empty() ? "" : ".") + part;
    }
    return out;
}

std::string slashed(const std::vector<std::string>& path) {
    std::string out;
    for (const auto& part : path) {
        out += "/" + part;
    }
    return out;
}

const std::string* issuer_name(const IssuerNames& issuer, std::string_view name) {
    return name == "organ"           ? &issuer.organ
           : name == "organ_short"   ? &issuer.organ_short
           : name == "organ_code"    ? &issuer.organ_code
           : name == "province"      ? &issuer.province
           : name == "channel_digit" ? &issuer.channel_digit
           : name == "verify_host"   ? &issuer.verify_host
                                     : nullptr;
}

std::string grouped(const std::string& code) {
    std::string out;
    for (std::size_t i = 0; i < code.size(); ++i) {
        out += i > 0 && i % 4 == 0 ? "-" : "";
        out += code[i];
    }
    return out;
}

std::optional<std::string> issuance_name(const Issuance& issuance, const std::string& name) {
    if (name == "number") {
        return issuance.number;
    }
    if (name == "code") {
        return issuance.code;
    }
    if (name == "code_grouped") {
        return grouped(issuance.code);
    }
    if (name == "qr_text") {
        return issuance.qr_text;
    }
    if (name == "channel") {
        return issuance.channel;
    }
    if (name == "issued_at") {
        return to_rfc3339(issuance.issued_at);
    }
    const std::string day = to_text(day_in_china(issuance.issued_at));
    if (name == "issued_day") {
        return day;
    }
    if (name == "issued_day_cn") {
        return day.substr(0, 4) + "年" + day.substr(5, 2) + "月" + day.substr(8, 2) + "日";
    }
    if (name == "issued_time") {  // D:20260131090000+08'00'
        const std::string t = to_pdf_date(issuance.issued_at);
        return day + " " + t.substr(10, 2) + ":" + t.substr(12, 2) + ":" + t.substr(14, 2);
    }
    return std::nullopt;
}

std::string escaped(const std::string& name) {
    std::string out;
    for (const char c : name) {
        out += c == '~' ? std::string("~0") : c == '/' ? std::string("~1") : std::string(1, c);
    }
    return out;
}

/// The first text in the input that holds this character.
std::string locate(const Json& json, char32_t character, const std::string& at) {
    if (json.is_string()) {
        return code_points(json.get_ref<const std::string&>()).find(character) ==
                       std::u32string::npos
                   ? ""
                   : at;
    }
    if (json.is_object()) {
        for (const auto& [name, value] : json.items()) {
            if (name == "derived" || name == "@pointer") {
                continue;
            }
            if (std::string found = locate(value, character, at + "/" + escaped(name));
                !found.empty()) {
                return found;
            }
        }
    } else if (json.is_array()) {
        for (std::size_t i = 0; i < json.size(); ++i) {
            if (std::string found = locate(json[i], character, at + "/" + std::to_string(i));
                !found.empty()) {
                return found;
            }
        }
    }
    return "";
}

}  // namespace

const Json* member(const Json& object, const std::vector<std::string>& path) {
    const Json* at = &object;
    for (const std::string& name : path) {
        const auto* members = at->get_ptr<const Json::object_t*>();
        if (members == nullptr) {
            return nullptr;
        }
        const auto found = members->find(name);
        if (found == members->end()) {
            return nullptr;
        }
        at = &found->second;
    }
    return at;
}

std::optional<std::string> Scope::find(const std::vector<std::string>& path) const {
    std::string made;
    const std::optional<std::string_view> text = find(path, made);
    return text ? std::optional<std::string>(*text) : std::nullopt;
}

std::optional<std::string_view> Scope::find(const std::vector<std::string>& path,
                                            std::string& made) const {
    if (row == nullptr && path.size() == 2 && path[0] == "issuer") {
        const std::string* name = issuer_name(issuer, path[1]);
        return name == nullptr ? std::nullopt : std::optional<std::string_view>(*name);
    }
    if (row == nullptr && path.size() == 2 && path[0] == "issuance") {
        std::optional<std::string> text =
            issuance == nullptr ? std::nullopt : issuance_name(*issuance, path[1]);
        made = std::move(text).value_or("");
        return text ? std::optional<std::string_view>(made) : std::nullopt;
    }
    if (row == nullptr && path.size() >= 2 && path[0] == "page") {
        if (path[1] == "number" || path[1] == "count") {
            made = std::to_string(path[1] == "number" ? page.number : page.count);
            return made;
        }
        if (page.sums == nullptr) {
            return std::nullopt;
        }
        const auto sum = page.sums->find(dotted({path.begin() + 2, path.end()}));
        return sum == page.sums->end() ? std::nullopt
                                       : std::optional<std::string_view>(sum->second);
    }
    const Json* value = member(row == nullptr ? values : *row, path);
    if (value == nullptr) {
        return std::nullopt;
    }
    if (value->is_null()) {
        return "";
    }
    if (const auto* text = value->get_ptr<const std::string*>()) {
        return *text;
    }
    if (value->is_number_integer()) {
        made = std::to_string(value->get<std::int64_t>());
        return made;
    }
    throw Error(ErrorCode::Internal,
                "The layout prints " + dotted(path) + ", which is no text: name a member of it.");
}

std::string Scope::pointer(const std::vector<std::string>& path, char32_t character) const {
    if (path.empty() || path[0] == "issuer" || path[0] == "issuance" || path[0] == "page") {
        return "";
    }
    const std::string start =
        row != nullptr && row->contains("@pointer") ? row->at("@pointer").get<std::string>() : "";
    if (path[0] != "derived") {
        return start + slashed(path);
    }
    if (character != 0) {
        return locate(row == nullptr ? input : *row, character, start);
    }
    const std::vector<std::string> same(path.begin() + 1, path.end());
    return member(row == nullptr ? input : *row, same) == nullptr ? start : start + slashed(same);
}

}  // namespace yinxin::pdf
