// SPDX-License-Identifier: Apache-2.0
#include "server/api/report.h"

#include <algorithm>

#include "common/utf8.h"
#include "server/api/answer_rows.h"
#include "server/api/handlers.h"
#include "server/api/page_state.h"
#include "server/api/upload.h"

namespace yinxin::server {
namespace {

constexpr std::size_t kRowsMax = 200;          // of the form
constexpr std::size_t kValueColumnsMax = 260;  // what four lines of its table hold
constexpr std::size_t kItemColumnsMax = 56;
constexpr std::size_t kWordMax = 64;   // letters in a row that is not broken
constexpr std::size_t kShortWord = 8;  // that a comma does not end

bool is_chinese(char32_t c) {
    return (c >= 0x3001 && c <= 0x301B) || (c >= 0x4E00 && c <= 0x9FA5) ||
           (c >= 0xFF01 && c <= 0xFF5E) || c == 0x2014 || c == 0x2018 || c == 0x2019 ||
           c == 0x201C || c == 0x201D || c == 0xA5 || c == 0xFFE5 || c == 0xB7;
}

bool has_a_place(char32_t c, Letters letters) {
    return (c > 0x20 && c < 0x7F) || (letters == Letters::Usual && is_chinese(c));
}

/// In both languages, as they stand beside each other in a table.
class Words {
  public:
    explicit Words(const Web& web) : web_(web) {}
    const std::string& zh(const std::string& key) const {
        return web_.text(Language::Chinese, key);
    }
    const std::string& en(const std::string& key) const {
        return web_.text(Language::English, key);
    }
    Json sentences(const std::string& key) const { return {{"zh", zh(key)}, {"en", en(key)}}; }
    /// <key>_next1, <key>_next2 ...
    Json steps(const std::string& key) const {
        Json all{{"zh", ""}, {"en", ""}};
        for (int n = 1;; ++n) {
            const std::string step = key + "_next" + std::to_string(n);
            if (!web_.has_text(Language::Chinese, step)) {
                return all;
            }
            all["zh"] = all.at("zh").get<std::string>() + zh(step);
            all["en"] = all.at("en").get<std::string>() + (n == 1 ? "" : " ") + en(step);
        }
    }

  private:
    const Web& web_;
};

class Rows {
  public:
    Rows(Words words, Letters letters) : words_(words), letters_(letters) {}

    void add(const std::string& zh, const std::string& en, const std::string& value) {
        const std::string text = printable(value, letters_, kValueColumnsMax);
        if (text.empty()) {
            return;
        }
        if (rows_.size() + 1 == kRowsMax) {
            rows_.push_back({{"item_zh", "其余"},
                             {"item_en", "More"},
                             {"value", "见机器报告（JSON） / see the machine report (JSON)"}});
        }
        if (rows_.size() < kRowsMax) {
            rows_.push_back({{"item_zh", printable(zh, letters_, kItemColumnsMax)},
                             {"item_en", printable(en, letters_, kItemColumnsMax)},
                             {"value", text}});
        }
    }
    void add(const AnswerRow& row) {
        add(words_.zh(row.label),
            words_.en(row.label),
            row.zh == row.en ? row.zh : row.zh + " / " + row.en);
    }
    Json take() { return std::move(rows_); }

  private:
    const Words words_;
    const Letters letters_;
    Json rows_ = Json::array();
};

/// What speaks against it first.
void add_findings(Rows& rows, const std::string& of, const Json& holder) {
    Json findings = holder.value("findings", Json::array());
    std::stable_partition(findings.begin(), findings.end(), [](const Json& finding) {
        return text_at(finding, "weight") == "fault";
    });
    for (const Json& finding : findings) {
        rows.add("所见" + of,
                 "Finding" + of,
                 text_at(finding, "weight") + ": " + text_at(finding, "detail") + " (" +
                     text_at(finding, "code") + ")");
    }
}

/// In the words of ETSI EN 319 102-1.
void add_signatures(Rows& rows, const Json& answer) {
    int number = 0;
    for (const Json& signature : answer.value("signatures", Json::array())) {
        const std::string of = " " + std::to_string(++number);
        std::string found = text_at(signature, "verdict");
        for (const char* word : {"indication", "sub_indication", "level", "sub_filter"}) {
            if (const std::string text = text_at(signature, word); !text.empty()) {
                found += ", " + text;
            }
        }
        rows.add("签名" + of, "Signature" + of, found);
        const Json& signer = member(signature, "signer");
        rows.add("签名者" + of, "Signer" + of, text_at(signer, "name"));
        add_findings(rows, of, signature);
    }
}

Json rows_of(const Web& web, const Json& answer, Letters letters) {
    Rows rows(Words(web), letters);
    for (const AnswerRow& row : file_rows(web, answer)) {
        rows.add(row);
    }
    const Json& picture = member(answer, "picture");
    if (picture.empty()) {
        rows.add("签章证书 SHA-256",
                 "Certificate",
                 text_at(member(answer, "issuer"), "certificate_sha256"));
        add_signatures(rows, answer);
        add_findings(rows, "", answer);
        return rows.take();
    }
    for (const Json& line : answer.value("compare", Json::array())) {
        rows.add("登记：" + text_at(line, "label_zh"),
                 "On record: " + text_at(line, "label_en"),
                 text_at(line, "value"));
    }
    return rows.take();
}

Response report(const ApiContext& context, const Web& web, const Request& request) {
    constexpr std::size_t kDocument = 1;  // beside the question
    const std::string key = idempotency_key(request);
    request.spend(kDocument);
    const std::string file =
        uploaded_file(request, static_cast<std::size_t>(context.config.limits.upload_bytes_max));
    const UseCases& use = context.use_cases;
    const Json answer = use.verify_file(as_bytes(file), request.origin);
    const auto issued = [&](Letters letters) {
        return use.report(*request.caller, as_bytes(file), report_data(web, answer, letters), key);
    };
    const Service::Report made = [&] {
        try {
            return issued(Letters::Usual);
        } catch (const Error& error) {
            if (error.code() != ErrorCode::Invalid) {
                throw;
            }
            return issued(Letters::Ascii);  // a face of this office lacks one of them
        }
    }();
    Response response = pdf_response(request, made.file);
    response.note = outcome_of(answer);
    if (!made.replayed && response.status == 200) {
        response.status = 201;
    }
    return response;
}

}  // namespace

std::string printable(const std::string& text, Letters letters, std::size_t columns_max) {
    std::u32string out;
    std::size_t columns = 0, word = 0;
    const auto put = [&](char32_t c) {
        out += c;
        columns += is_chinese(c) ? 2 : 1;
        word = c == U' ' || is_chinese(c) ? 0 : word + 1;
        if (word == kWordMax || (c == U',' && word > kShortWord)) {
            out += U' ';
            word = 0;
        }
    };
    constexpr std::size_t kEnd = 12;  // room for the longest of what is put at once, and for an end
    for (const char32_t c : to_code_points(text).value_or(U"?")) {
        if (columns + kEnd > columns_max) {
            for (const char dot : std::string_view(" ...")) {
                put(static_cast<char32_t>(dot));
            }
            break;
        }
        if (has_a_place(c, letters)) {
            put(c);
        } else if (c == U' ' || c == U'\n' || c == U'\t') {
            if (!out.empty() && out.back() != U' ') {
                put(U' ');
            }
        } else {
            for (const char each : code_point_name(c) + " ") {
                put(static_cast<char32_t>(each));
            }
        }
    }
    while (!out.empty() && out.back() == U' ') {
        out.pop_back();
    }
    return to_utf8(out);
}

Json report_data(const Web& web, const Json& answer, Letters letters) {
    const Words words(web);
    const PageState state =
        answer.contains("picture") ? state_by_picture(answer) : state_by_file(answer);
    return {{"checked_at", answer.at("checked_at")},
            {"outcome", answer.at("outcome")},
            {"conclusion", words.sentences(state.key + "_title")},
            {"meaning", words.sentences(state.key + "_meaning")},
            {"advice", words.steps(state.key)},
            {"rows", rows_of(web, answer, letters)}};
}

void add_report_routes(Routes& routes,
                       const ContextPtr& context,
                       const std::shared_ptr<const Web>& web) {
    routes.push_back({.method = "POST",
                      .path = "/api/v1/verifications/report",
                      .access = Access::Key,
                      .body = BodyKind::Upload,
                      .roles = {Role::Verifier, Role::Issuer, Role::Admin},
                      .handler = [context, web](const Request& request) {
                          return report(*context, *web, request);
                      }});
}

}  // namespace yinxin::server
