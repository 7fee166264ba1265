// SPDX-License-Identifier: Apache-2.0
#include "server/api/answer_rows.h"

#include <map>

#include "server/api/handlers.h"
#include "server/api/page_state.h"

namespace yinxin::server {
namespace {

bool is_hex(char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F') || (c >= 'a' && c <= 'f');
}

AnswerRow same(const std::string& label, const std::string& value) {
    return {label, value, value};
}

/// <prefix><word> names a text; no word, no text.
AnswerRow worded(const Web& web,
                 const std::string& label,
                 const std::string& prefix,
                 const std::string& word) {
    if (word.empty()) {
        return {label, "", ""};
    }
    return {label,
            web.text(Language::Chinese, prefix + word),
            web.text(Language::English, prefix + word)};
}

}  // namespace

AnswerRows document_rows(const Web& web, const Json& answer) {
    const Json& document = member(answer, "document");
    const std::string type = text_at(document, "type");
    const auto title = [&](const char* name) {
        const std::string text = text_at(document, name);
        return text.empty() ? type : text;
    };
    AnswerRows rows{{"label_type", title("title_zh"), title("title_en")},
                    same("label_issuer", text_at(document, "issuer")),
                    same("label_issued", text_at(document, "issued_on")),
                    worded(web, "label_reversal", "reversal_", text_at(document, "reversal"))};
    const std::string status = text_at(answer, "status");
    if (status == "superseded" || status == "revoked") {
        rows.push_back(same("label_" + status + "_at", china_time(text_at(answer, "status_at"))));
    }
    rows.push_back(worded(web, "label_reason", "reason_", text_at(answer, "status_reason")));
    rows.push_back(worded(web, "label_key", "key_", text_at(member(answer, "issuer"), "key")));
    return rows;
}

AnswerRows file_rows(const Web& web, const Json& answer) {
    AnswerRows rows{worded(web, "integrity_label", "integrity_", text_at(answer, "integrity"))};
    const bool picture = answer.contains("picture");
    const std::string status = text_at(answer, "status");
    // Beside an altered file the register's "valid" would speak of another one, and what cannot be
    // judged may still be a document of the register.
    if (outcome_of(answer) != "altered" &&
        (status != "unknown" || text_at(answer, "integrity") == "intact")) {
        rows.push_back(
            worded(web, picture ? "paper_status_label" : "status_label", "status_", status));
    }
    rows.push_back(same("label_number", text_at(member(answer, "document"), "number")));
    const Json& issuer = member(answer, "issuer");
    if (picture) {  // whose seal the paper has nobody looked at
        rows.push_back({"paper_not_judged_label",
                        web.text(Language::Chinese, "paper_not_judged"),
                        web.text(Language::English, "paper_not_judged")});
    } else if (const std::string name = text_at(issuer, "name"); !name.empty()) {
        const std::string trusted = text_at(issuer, "trusted");
        rows.push_back(
            same(trusted == "yes" ? "signer_label" : "signer_claimed_label", name_in_words(name)));
        rows.push_back(worded(web, "trusted_label", "trusted_", trusted));
    }
    for (AnswerRow& row : document_rows(web, answer)) {
        rows.push_back(std::move(row));
    }
    return rows;
}

std::string name_in_words(const std::string& distinguished_name) {
    std::map<std::string, std::string> first;  // of each attribute
    std::string type, value;
    bool in_value = false;
    const std::string text = distinguished_name + ",";
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char c = text[at];
        if (!in_value) {
            in_value = c == '=';
            type += in_value ? "" : std::string(1, c);
        } else if (c == ',' || c == '+') {
            first.emplace(type, value);
            type = value = "";
            in_value = false;
        } else if (c == '\\' && at + 2 < text.size() && is_hex(text[at + 1]) &&
                   is_hex(text[at + 2])) {
            value += static_cast<char>(std::stoi(text.substr(at + 1, 2), nullptr, 16));
            at += 2;
        } else {
            value += c == '\\' && at + 1 < text.size() ? text[++at] : c;
        }
    }
    if (first.empty())
        return distinguished_name;
    const std::string any = first.begin()->second, name = first["CN"], organ = first["O"];
    if (name.empty() || organ.empty() || name == organ)
        return !name.empty() ? name : !organ.empty() ? organ : any;
    return name + " (" + organ + ")";
}

}  // namespace yinxin::server
