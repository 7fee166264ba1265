// SPDX-License-Identifier: Apache-2.0
#include "server/api/result_pages.h"

#include <algorithm>

#include "server/api/home_page.h"
#include "server/api/page.h"
#include "server/api/upload.h"
#include "server/domain/verification_code.h"
#include "server/service/facts.h"

namespace yinxin::server {
namespace {

std::string label_of(const Json& line, const Page& page) {
    return page.either(text_at(line, "label_zh"), text_at(line, "label_en"));
}

void show_rows(Page& page, const PageRows& rows, const std::string& title) {
    page.set("has_about", rows.any());
    page.set("about_title", page.text(title));
    page.set("about", rows.data());
}

void about(Page& page, const Json& answer) {
    PageRows rows(page);
    for (const AnswerRow& row : document_rows(page.web(), answer)) rows.add(row);
    if (rows.any())
        rows.add_known("label_checked_at", china_time(text_at(answer, "checked_at")));
    show_rows(page, rows, "result_about_title");
}

// What to compare with the picture's paper, and by which code to ask on.
void compare(Page& page, const Json& answer) {
    const auto lines = answer.find("compare");
    if (lines == answer.end() || !lines->is_array())
        return;
    PageRows rows(page);
    for (const Json& line : *lines) {
        rows.add(label_of(line, page), text_at(line, "value"));
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
    PageRows rows(page);
    const Json& document = member(answer, "document");
    rows.add_known("label_number", text_at(document, "number"));
    bool pages_shown = false;  // most types list them among their facts
    if (answer.contains("facts") && answer.at("facts").is_array())
        for (const Json& fact : answer.at("facts")) {
            rows.add(label_of(fact, page), text_at(fact, "value"));
            pages_shown |= text_at(fact, "name") == "pages";
        }
    if (!pages_shown && document.contains("pages") && document.at("pages").is_number_integer())
        rows.add_known("label_pages", document.at("pages").dump());
    page.set("sha256", text_at(document, "sha256"));
    page.set("has_facts", rows.any());
    page.set("facts", rows.data());
}

void asks(Page& page, const std::vector<pdf::AskedFact>& facts, const std::string& chosen) {
    PageData choices(PageData::type::list);
    bool first = true;
    const bool known = std::any_of(facts.begin(), facts.end(), [&](const pdf::AskedFact& fact) {
        return fact.name == chosen;
    });
    for (const auto& fact : facts) {
        PageData choice(PageData::type::object);
        choice.set("name", fact.name);
        choice.set("label", page.either(fact.label_zh, fact.label_en));
        choice.set("hint", page.either(fact.hint_zh, fact.hint_en));
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

// As pictures: what somebody changed.
void changes(Page& page, const Json& answer) {
    PageData all(PageData::type::list);
    for (const Json& each : answer.value("changes", Json::array())) {
        PageData change(PageData::type::object);
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
    PageRows rows(page);
    for (const AnswerRow& row : file_rows(page.web(), answer)) rows.add(row);
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

}  // namespace

Response result_of_code(const ApiContext& context, const Web& web, const Request& request) {
    const std::string& typed = request.path_value("code");
    if (const auto error = typing_error(typed); !error.empty())
        return home_page(context, web, request, error, typed);
    const std::string code = read_verification_code(typed);
    const Json answer = context.use_cases.verify_code(code);
    const PageState state = state_by_code(answer, false);
    Page page(context, web, request);
    page.verdict(state, is_report(answer) ? "report_next" : "");
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
        return home_page(context, web, request, error, typed);
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
    page.verdict(state, is_report(answer) ? "report_next" : "");
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

Response result_of_file(const ApiContext& context, const Web& web, const Request& request) {
    std::string file;
    try {
        file = uploaded_file(request,
                             static_cast<std::size_t>(context.config.limits.upload_bytes_max));
    } catch (const Error& error) {
        if (error.code() != ErrorCode::Malformed)
            throw;
        return home_page(context, web, request, "error_file_missing");
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

}  // namespace yinxin::server
