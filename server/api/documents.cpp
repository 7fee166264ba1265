// SPDX-License-Identifier: Apache-2.0
// Issue, read, replace, revoke: for callers with an API key.
#include <algorithm>
#include <charconv>

#include "common/bytes.h"
#include "server/api/handlers.h"
#include "server/json_input.h"
#include "server/service/request_key.h"

namespace yinxin::server {
namespace {

// The service's pointers start in the caller's data; outside all start in the request. What stands
// beside the data is checked before.
template <typename Call>
IssueAnswer with_pointers_into_request(Call call) {
    try {
        return call();
    } catch (const Error& error) {
        if (error.code() != ErrorCode::Invalid)
            throw;
        auto fields = error.fields();
        for (auto& field : fields) field.pointer.insert(0, "/data");
        // Its words name places in the data; errors[] names them in the request.
        throw Error(ErrorCode::Invalid,
                    fields.empty() ? error.what() : "The request breaks a rule: see errors.",
                    std::move(fields));
    }
}

Response issued(const IssueAnswer& answer) {
    Response response = json_response(answer.body, answer.replayed ? 200 : 201);
    if (!answer.replayed)
        response.set("Location", "/api/v1/documents/" + answer.body.at("id").get<std::string>());
    return response;
}

Response issue(const ApiContext& context, const Request& request) {
    IssueRequest issue;
    issue.idempotency_key = idempotency_key(request);
    Json body = parse_json(request.body);
    check_members(body,
                  {{"type", Member::Kind::Text, true},
                   {"data", Member::Kind::Object, true},
                   {"options", Member::Kind::Object}});
    issue.type = body.at("type").get<std::string>();
    issue.data = std::move(body.at("data"));
    if (body.contains("options"))
        issue.options = body.at("options");
    complete_options(issue.options);
    try {
        return issued(with_pointers_into_request(
            [&] { return context.use_cases.issue(*request.caller, std::move(issue)); }));
    } catch (const Error& error) {
        if (error.code() != ErrorCode::NotFound)
            throw;
        throw Error(ErrorCode::Invalid,
                    "The document type is not known.",
                    {{"/type", "document_type", error.what()}});
    }
}

Response replace(const ApiContext& context, const Request& request) {
    const auto key = idempotency_key(request);
    const Json body = parse_json(request.body);
    check_members(body,
                  {{"data", Member::Kind::Object, true}, {"reason", Member::Kind::Text, true}});
    const auto reason = body.at("reason").get<std::string>();
    check_reason(reason);
    return issued(with_pointers_into_request([&] {
        return context.use_cases.replace(
            *request.caller, request.path_value("id"), body.at("data"), reason, key);
    }));
}

Response revoke(const ApiContext& context, const Request& request) {
    const auto key = idempotency_key(request);
    const Json body = parse_json(request.body);
    check_members(body, {{"reason", Member::Kind::Text, true}});
    return json_response(context.use_cases.revoke(
        *request.caller, request.path_value("id"), body.at("reason").get<std::string>(), key));
}

std::optional<int> wanted_revision(const RequestHead& head) {
    if (head.query.empty())
        return std::nullopt;
    const auto text = head.parameter("revision");
    int revision = 0;
    if (text) {
        const auto parsed = std::from_chars(text->data(), text->data() + text->size(), revision);
        if (parsed.ec != std::errc() || parsed.ptr != text->data() + text->size())
            revision = 0;
    }
    if (revision < 1)
        throw Error(ErrorCode::Malformed,
                    "revision must be a number from 1; leave it out for the newest.");
    return revision;
}

// RFC 6266 with RFC 8187: a plain name for old clients, the real one beside it
std::string content_disposition(const std::string& name) {
    std::string plain, encoded;
    for (const char c : name) {
        const bool safe = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
                          (c >= 'A' && c <= 'Z') || c == '-' || c == '.' || c == '_';
        plain += safe ? c : '_';
        const auto byte = static_cast<std::uint8_t>(c);
        encoded += safe ? std::string(1, c) : "%" + to_hex({&byte, 1});
    }
    return "attachment; filename=\"" + plain + "\"; filename*=UTF-8''" + encoded;
}

Response pdf(const ApiContext& context, const Request& request) {
    return pdf_response(
        request,
        context.use_cases.pdf(
            *request.caller, request.path_value("id"), wanted_revision(request.head)));
}

}  // namespace

std::string idempotency_key(const Request& request) {
    const auto* key = request.head.field("idempotency-key");
    if (key == nullptr)
        throw Error(
            ErrorCode::Malformed,
            "The header field Idempotency-Key is required: send a new random value for each "
            "document, and the same value when you repeat a request.");
    const bool visible =
        std::all_of(key->begin(), key->end(), [](char c) { return c > 0x20 && c < 0x7f; });
    if (key->empty() || key->size() > 200 || !visible)
        throw Error(ErrorCode::Malformed,
                    "The header field Idempotency-Key must be 1 to 200 visible ASCII characters.");
    return *key;
}

Response pdf_response(const Request& request, const Service::File& file) {
    const std::string etag = "\"" + file.sha256 + "\"";
    Response response;
    response.set("ETag", etag);
    if (const auto* known = request.head.field("if-none-match");
        known != nullptr && *known == etag) {
        response.status = 304;
        return response;
    }
    response.content_type = "application/pdf";
    response.set("Content-Disposition", content_disposition(file.file_name));
    response.set("Content-Digest", "sha-256=:" + to_base64(from_hex(file.sha256)) + ":");
    response.body.assign(as_text(file.pdf));
    return response;
}

void add_document_routes(Routes& routes, const ContextPtr& context) {
    const auto bound = [&context](auto handler) {
        return [context, handler](const Request& request) { return handler(*context, request); };
    };
    const std::string one = "/api/v1/documents/{id}";
    routes.push_back({.method = "POST",
                      .path = "/api/v1/documents",
                      .access = Access::Key,
                      .body = BodyKind::JsonText,
                      .handler = bound(issue)});
    routes.push_back({.method = "GET",
                      .path = one,
                      .access = Access::Key,
                      .handler = [context](const Request& request) {
                          return json_response(context->use_cases.document(
                              *request.caller, request.path_value("id")));
                      }});
    routes.push_back(
        {.method = "GET", .path = one + "/pdf", .access = Access::Key, .handler = bound(pdf)});
    routes.push_back({.method = "POST",
                      .path = one + "/revoke",
                      .access = Access::Key,
                      .body = BodyKind::JsonText,
                      .handler = bound(revoke)});
    routes.push_back({.method = "POST",
                      .path = one + "/replace",
                      .access = Access::Key,
                      .body = BodyKind::JsonText,
                      .handler = bound(replace)});
}

}  // namespace yinxin::server
