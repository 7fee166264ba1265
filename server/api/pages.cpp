// SPDX-License-Identifier: Apache-2.0
#include "server/api/pages.h"

#include <algorithm>
#include <map>

#include "server/api/upload.h"
#include "server/domain/verification_code.h"
#include "server/service/facts.h"

namespace yinxin::server {
namespace {

namespace mustache = kainjow::mustache;
using Data = mustache::data;

Data object() {
    return Data(Data::type::object);
}
Data list() {
    return Data(Data::type::list);
}

std::string in_language(const Json& json, const std::string& name, Language language) {
    const char* end = language == Language::Chinese ? "_zh" : "_en";
    return text_at(json, (name + end).c_str());
}

bool is_hex(char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F') || (c >= 'a' && c <= 'f');
}

// A page under construction: values for the template in one language.
class Page {
  public:
    Page(const ApiContext& context, const Web& web, const Request& request)
        : web_(web),
          language_(language_of(request.head)),
          values_(page_values(context, request, language_)) {}

    Language language() const { return language_; }
    const std::string& text(const std::string& key) const { return web_.text(language_, key); }
    void set(const std::string& name, const Data& value) { values_.set(name, value); }
    void title(const std::string& title) { values_.set("title", title); }
    void error(const std::string& key) {
        values_.set("has_error", true);
        values_.set("error", text(key));
    }
    void verdict(const PageState& state) {
        title(text(state.key + "_title"));
        set("headline", text(state.key + "_title"));
        set("meaning", text(state.key + "_meaning"));
        set("tone", state.tone);
        Data next = list();
        for (int n = 1; web_.has_text(language_, state.key + "_next" + std::to_string(n)); ++n) {
            Data step = object();
            step.set("text", text(state.key + "_next" + std::to_string(n)));
            next.push_back(step);
        }
        set("has_next", !next.is_empty_list());
        set("next", next);
    }
    Response render(const std::string& name) const { return web_.page(name, language_, values_); }

  private:
    const Web& web_;
    Language language_;
    Data values_;
};

// Rows of label and value; empty values are left out.
class Rows {
  public:
    explicit Rows(const Page& page) : page_(page) {}
    void add(const std::string& label, const std::string& value) {
        if (value.empty())
            return;
        Data row = object();
        row.set("label", label);
        row.set("value", value);
        rows_.push_back(row);
    }
    void add_known(const std::string& key, const std::string& value) {
        add(page_.text(key), value);
    }
    const Data& data() const { return rows_; }
    bool any() const { return !rows_.is_empty_list(); }

  private:
    const Page& page_;
    Data rows_ = list();
};

}  // namespace

Data page_values(const ApiContext& context, const Request& request, Language language) {
    const bool chinese = language == Language::Chinese;
    Data values = object();
    values.set("lang", chinese ? "zh-CN" : "en");
    values.set("other_lang", chinese ? "en" : "zh-CN");
    values.set(
        "query",
        request.head.parameter("lang") ? std::string("?lang=") + (chinese ? "zh-CN" : "en") : "");
    values.set("path", request.head.path.empty() ? "/" : request.head.path);
    values.set("organ", context.config.issuer.organ);
    values.set("demo", context.config.demo);
    values.set("public_url", context.config.public_url);
    return values;
}

std::string typing_error(const std::string& typed) {
    try {
        read_verification_code(typed);
        return "";
    } catch (const Error&) {
        std::string symbols;
        for (const char c : typed)
            if (c != ' ' && c != '-')
                symbols += static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
        if (symbols.empty())
            return "error_code_empty";
        if (symbols.find_first_not_of(code_alphabet) != std::string::npos)
            return "error_code_alphabet";
        return symbols.size() == code_symbols ? "error_code_check" : "error_code_length";
    }
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

namespace {

// The register's part of an answer: what tier 0 may say.
void add_document(Rows& rows, const Page& page, const Json& answer) {
    const Json& document = member(answer, "document");
    const std::string type = in_language(document, "title", page.language());
    rows.add_known("label_type", type.empty() ? text_at(document, "type") : type);
    rows.add_known("label_issuer", text_at(document, "issuer"));
    rows.add_known("label_issued", text_at(document, "issued_on"));
    if (const auto word = text_at(document, "reversal"); !word.empty())
        rows.add_known("label_reversal", page.text("reversal_" + word));
    const std::string status = text_at(answer, "status");
    if (status == "superseded" || status == "revoked")
        rows.add_known("label_" + status + "_at", china_time(text_at(answer, "status_at")));
    if (const auto word = text_at(answer, "status_reason"); !word.empty())
        rows.add_known("label_reason", page.text("reason_" + word));
    if (const auto word = text_at(member(answer, "issuer"), "key"); !word.empty())
        rows.add_known("label_key", page.text("key_" + word));
}

void show_rows(Page& page, const Rows& rows, const std::string& title) {
    page.set("has_about", rows.any());
    page.set("about_title", page.text(title));
    page.set("about", rows.data());
}

void about(Page& page, const Json& answer) {
    Rows rows(page);
    add_document(rows, page, answer);
    if (rows.any())
        rows.add_known("label_checked_at", china_time(text_at(answer, "checked_at")));
    show_rows(page, rows, "result_about_title");
}

// What to compare with the picture's paper, and by which code to ask on.
void compare(Page& page, const Json& answer) {
    const auto lines = answer.find("compare");
    if (lines == answer.end() || !lines->is_array())
        return;
    Rows rows(page);
    for (const Json& line : *lines) {
        rows.add(in_language(line, "label", page.language()), text_at(line, "value"));
        if (text_at(line, "name") == "code")
            page.set("code", text_at(line, "value"));
    }
    if (const auto sha256 = text_at(member(answer, "document"), "sha256"); !sha256.empty())
        page.set("sha256", sha256);
    page.set("has_facts", rows.any());
    page.set("facts", rows.data());
}

// Tier 1: what to compare with the paper.
void facts(Page& page, const Json& answer) {
    Rows rows(page);
    const Json& document = member(answer, "document");
    rows.add_known("label_number", text_at(document, "number"));
    bool pages_shown = false;  // most types list them among their facts
    if (answer.contains("facts") && answer.at("facts").is_array())
        for (const Json& fact : answer.at("facts")) {
            rows.add(in_language(fact, "label", page.language()), text_at(fact, "value"));
            pages_shown |= text_at(fact, "name") == "pages";
        }
    if (!pages_shown && document.contains("pages") && document.at("pages").is_number_integer())
        rows.add_known("label_pages", document.at("pages").dump());
    page.set("sha256", text_at(document, "sha256"));
    page.set("has_facts", rows.any());
    page.set("facts", rows.data());
}

void asks(Page& page, const std::vector<pdf::AskedFact>& facts, const std::string& chosen) {
    Data choices = list();
    bool first = true;
    const bool chinese = page.language() == Language::Chinese;
    const bool known = std::any_of(facts.begin(), facts.end(), [&](const pdf::AskedFact& fact) {
        return fact.name == chosen;
    });
    for (const auto& fact : facts) {
        Data choice = object();
        choice.set("name", fact.name);
        choice.set("label", chinese ? fact.label_zh : fact.label_en);
        choice.set("hint", chinese ? fact.hint_zh : fact.hint_en);
        choice.set("checked", known ? fact.name == chosen : first);
        choices.push_back(choice);
        first = false;
    }
    page.set("has_asks", !facts.empty());
    page.set("asks", choices);
}

void show_code(Page& page, const std::string& code) {
    page.set("code", print_verification_code(code));
    page.set("kicker", page.text("result_title"));
}

Response home(const ApiContext& context,
              const Web& web,
              const Request& request,
              const std::string& error = "",
              const std::string& typed = "") {
    Page page(context, web, request);
    page.title(page.text("home_title"));
    page.set("path", "/");
    page.set("typed_code", typed.substr(0, 40));
    if (error.empty())
        return page.render("home");
    page.error(error);
    const bool of_file = error == "error_file_missing";
    page.set("error_field", of_file ? "file" : "code");
    page.set(of_file ? "file_error" : "code_error", true);
    Response response = page.render("home");
    response.status = 400;
    response.note = "typing_error";
    return response;
}

Response offline(const ApiContext& context, const Web& web, const Request& request) {
    Page page(context, web, request);
    page.title(page.text("offline_title"));
    page.set("script_offline", true);
    return page.render("offline");
}

Response result_of_code(const ApiContext& context, const Web& web, const Request& request) {
    const std::string& typed = request.path_value("code");
    if (const auto error = typing_error(typed); !error.empty())
        return home(context, web, request, error, typed);
    const std::string code = read_verification_code(typed);
    const Json answer = context.use_cases.verify_code(code);
    const PageState state = state_by_code(answer, false);
    Page page(context, web, request);
    page.verdict(state);
    show_code(page, code);
    about(page, answer);
    // The scripted part asks with the QR's token, which only this page's address holds.
    page.set("token", true);
    page.set("script", true);
    page.set("token_code", code);
    if (state.key == "valid")
        asks(page, context.use_cases.askable(code), "");
    Response response = page.render("result");
    response.note = outcome_of(answer);
    return response;
}

Response result_of_fact(const ApiContext& context, const Web& web, const Request& request) {
    const std::string& typed = request.path_value("code");
    if (const auto error = typing_error(typed); !error.empty())
        return home(context, web, request, error, typed);
    const std::string code = read_verification_code(typed);
    const auto form = parse_form(request.body);
    if (!form)
        throw Error(ErrorCode::Malformed, "The form cannot be read.");
    const auto field = [&form](const char* name) {
        const auto found = form->find(name);
        return found == form->end() ? std::string() : found->second;
    };
    const std::string fact = field("fact"), value = field("value");
    Page page(context, web, request);
    show_code(page, code);
    const bool empty = fact.empty() || value.find_first_not_of(' ') == std::string::npos;
    const std::string mistyped = empty ? "" : mistyped_kind(fact, value);
    if (empty || !mistyped.empty()) {
        const Json answer = context.use_cases.verify_code(code);
        page.verdict(state_by_code(answer, false));
        about(page, answer);
        asks(page, context.use_cases.askable(code), fact);
        page.error("error_fact_" + (empty ? "empty" : mistyped));
        Response response = page.render("result");
        response.status = 400;
        return response;
    }
    const Json answer = context.use_cases.verify_fact({{"code", code}, {"fact", {{fact, value}}}});
    const PageState state = state_by_code(answer, true);
    page.verdict(state);
    if (state.key == "matched")
        facts(page, answer);
    about(page, answer);
    if (state.key == "no_match") {
        // A document's own questions would tell that there is one.
        asks(page, usual_facts(), fact);
        page.set("asks_usual", true);
    }
    Response response = page.render("result");
    response.note = outcome_of(answer);
    return response;
}

// As pictures: what somebody changed.
void changes(Page& page, const Json& answer) {
    Data all = list();
    for (const Json& each : answer.value("changes", Json::array())) {
        Data change = object();
        change.set("title", page.text("label_page") + " " + each.at("page").dump());
        for (const char* name : {"before", "after"})
            if (const std::string url = text_at(each, name); !url.empty())
                change.set(name, url);
        all.push_back(change);
    }
    page.set("has_changes", !all.is_empty_list());
    page.set("changes", all);
}

// What was looked at in a file, one line each.
void checks(Page& page, const Json& answer) {
    Rows rows(page);
    const auto worded = [&page](const std::string& prefix, const std::string& word) {
        return word.empty() ? word : page.text(prefix + word);
    };
    rows.add_known("integrity_label", worded("integrity_", text_at(answer, "integrity")));
    // Beside an altered file the register's "valid" would speak of another one.
    if (outcome_of(answer) != "altered")
        rows.add_known("status_label", worded("status_", text_at(answer, "status")));
    const Json& issuer = member(answer, "issuer");
    const bool trusted = text_at(issuer, "trusted") == "yes";
    rows.add_known(trusted ? "signer_label" : "signer_claimed_label",
                   name_in_words(text_at(issuer, "name")));
    rows.add_known("trusted_label", worded("trusted_", text_at(issuer, "trusted")));
    add_document(rows, page, answer);
    rows.add_known("label_checked_at", china_time(text_at(answer, "checked_at")));
    show_rows(page, rows, "checks_title");
}

// A picture with a bare code: asked on as if the code had been typed.
void ask_on(Page& page, const ApiContext& context, const Json& answer) {
    for (const Json& line : answer.at("compare")) {
        if (text_at(line, "name") == "code") {
            const std::string code = read_verification_code(text_at(line, "value"));
            page.set("path", "/v/" + code);
            asks(page, context.use_cases.askable(code), "");
        }
    }
}

Response result_of_picture(const ApiContext& context,
                           const Web& web,
                           const Request& request,
                           const Json& answer) {
    const PageState state = state_by_picture(answer);
    Page page(context, web, request);
    page.verdict(state);
    page.set("path", "/");
    page.set("kicker", page.text("paper_result_title"));
    compare(page, answer);
    about(page, answer);
    if (state.key == "paper_code")
        ask_on(page, context, answer);
    Response response = page.render("result");
    response.note = outcome_of(answer);
    return response;
}

Response result_of_file(const ApiContext& context, const Web& web, const Request& request) {
    std::string file;
    try {
        file = uploaded_file(request,
                             static_cast<std::size_t>(context.config.limits.upload_bytes_max));
    } catch (const Error& error) {
        if (error.code() != ErrorCode::Malformed)
            throw;
        return home(context, web, request, "error_file_missing");
    }
    const Json answer = context.use_cases.verify_file(as_bytes(file), request.origin);
    if (answer.contains("picture"))
        return result_of_picture(context, web, request, answer);
    Page page(context, web, request);
    page.verdict(state_by_file(answer));
    page.set("path", "/");
    page.set("kicker", page.text("file_result_title"));
    changes(page, answer);
    checks(page, answer);
    Response response = page.render("result");
    response.note = outcome_of(answer);
    return response;
}

Response posted_home(const ApiContext& context, const Web& web, const Request& request) {
    const auto* type = request.head.field("content-type");
    if (type != nullptr && type->starts_with("multipart/form-data"))
        return result_of_file(context, web, request);
    const auto form = parse_form(request.body);
    if (!form)
        throw Error(ErrorCode::Malformed, "The form cannot be read.");
    const auto found = form->find("code");
    const std::string typed = found == form->end() ? "" : found->second;
    if (const auto error = typing_error(typed); !error.empty())
        return home(context, web, request, error, typed);
    // To the address the QR code has too: it can be kept, sent on and loaded again.
    Response response;
    response.status = 303;
    const auto lang = request.head.parameter("lang");
    response.set("Location",
                 "/v/" + read_verification_code(typed) +
                     (lang == "en" || lang == "zh-CN" ? "?lang=" + *lang : ""));
    return response;
}

}  // namespace

Response error_page(const ApiContext& context,
                    const Web& web,
                    const Request& request,
                    const ProblemKind& kind,
                    const std::string&,
                    int retry_after) {
    const auto key = [&kind]() -> std::string {
        switch (kind.status) {
            case 400:
                return "page_malformed";
            case 404:
                return "page_not_found";
            case 413:
                return "page_too_large";
            case 429:
                return "page_too_many";
            case 500:
                return "page_internal";
            case 503:
            case 507:
                return "page_unavailable";
            default:
                return "page_other";
        }
    }();
    Page page(context, web, request);
    page.title(page.text(key + "_title"));
    // The address of a missing page is the caller's text: the links lead home instead.
    page.set("path", "/");
    page.set("headline", page.text(key + "_title"));
    page.set("meaning", page.text(key + "_text"));
    page.set("trace_id", request.trace_id);
    if (retry_after > 0)
        page.set("wait", std::to_string(retry_after));
    Response response = page.render("error");
    response.status = kind.status;
    return response;
}

void add_page_routes(Routes& routes,
                     const ContextPtr& context,
                     const std::shared_ptr<const Web>& web) {
    using Handler = Response (*)(const ApiContext&, const Web&, const Request&);
    const auto page = [&](std::string method, std::string path, BodyKind body, Handler handler) {
        routes.push_back({.method = std::move(method),
                          .path = std::move(path),
                          .access = Access::Public,
                          .body = body,
                          .page = true,
                          .handler = [context, web, handler](const Request& request) {
                              return handler(*context, *web, request);
                          }});
    };
    page("GET", "/", BodyKind::None, [](const ApiContext& c, const Web& w, const Request& r) {
        return home(c, w, r);
    });
    page("POST", "/", BodyKind::Upload, posted_home);
    page("GET", "/offline", BodyKind::None, offline);
    page("GET", "/v/{code}", BodyKind::None, result_of_code);
    page("POST", "/v/{code}", BodyKind::Form, result_of_fact);
}

}  // namespace yinxin::server
