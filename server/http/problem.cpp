// SPDX-License-Identifier: Apache-2.0
#include "server/http/problem.h"

#include <algorithm>
#include <array>

namespace yinxin::server {
namespace {

// What each means and what the caller can do stands in web/messages.*.json, under kind_<name>_...
constexpr std::array kKinds{
    ProblemKind{"malformed", 400, "The request is malformed"},
    ProblemKind{"unauthorized", 401, "An API key is needed"},
    ProblemKind{"forbidden", 403, "The key may not do this"},
    ProblemKind{"not-found", 404, "There is nothing here"},
    ProblemKind{"method-not-allowed", 405, "The method is not allowed here"},
    ProblemKind{"request-timeout", 408, "The request came too slowly"},
    ProblemKind{"conflict", 409, "The document's state does not allow it"},
    ProblemKind{"length-required", 411, "A Content-Length is needed"},
    ProblemKind{"too-large", 413, "The body is too large"},
    ProblemKind{"uri-too-long", 414, "The address is too long"},
    ProblemKind{"expectation-failed", 417, "The expectation cannot be met"},
    ProblemKind{"invalid", 422, "The data breaks a rule"},
    ProblemKind{"idempotency-mismatch", 422, "The idempotency key was used with other data"},
    ProblemKind{"refused", 422, "The file must not be sealed"},
    ProblemKind{"too-many-requests", 429, "Too many requests"},
    ProblemKind{"header-too-large", 431, "The header is too large"},
    ProblemKind{"internal", 500, "A fault of ours"},
    ProblemKind{"unavailable", 503, "Not available at the moment"},
    ProblemKind{"version-not-supported", 505, "The HTTP version is not supported"},
    ProblemKind{"storage-full", 507, "No room to store it durably"},
};

std::string_view name_of(ErrorCode code) {
    switch (code) {
        case ErrorCode::Malformed:
            return "malformed";
        case ErrorCode::Unauthorized:
            return "unauthorized";
        case ErrorCode::Forbidden:
            return "forbidden";
        case ErrorCode::NotFound:
            return "not-found";
        case ErrorCode::Conflict:
            return "conflict";
        case ErrorCode::TooLarge:
            return "too-large";
        case ErrorCode::Invalid:
            return "invalid";
        case ErrorCode::Mismatch:
            return "idempotency-mismatch";
        case ErrorCode::TooMany:
            return "too-many-requests";
        case ErrorCode::Refused:
            return "refused";
        case ErrorCode::Unavailable:
            return "unavailable";
        case ErrorCode::StorageFull:
            return "storage-full";
        case ErrorCode::Internal:
            return "internal";
    }
    return "internal";
}

}  // namespace

std::span<const ProblemKind> problem_kinds() {
    return kKinds;
}

const ProblemKind* find_problem(std::string_view name) {
    const auto* found = std::find_if(kKinds.begin(), kKinds.end(), [name](const ProblemKind& kind) {
        return kind.name == name;
    });
    return found == kKinds.end() ? nullptr : found;
}

const ProblemKind& problem_kind(ErrorCode code) {
    return *find_problem(name_of(code));
}

int retry_after_seconds(const ProblemKind& kind) {
    constexpr int kSeconds = 5;
    return kind.status == 503 || kind.status == 507 || kind.status == 429 ? kSeconds : 0;
}

Response problem_response(const ProblemKind& kind,
                          const std::string& public_url,
                          const ProblemText& text) {
    nlohmann::ordered_json body = {{"type", public_url + "/problems/" + std::string(kind.name)},
                                   {"title", kind.title},
                                   {"status", kind.status}};
    if (kind.status != 500 && !text.detail.empty())
        body["detail"] = text.detail;
    body["trace_id"] = text.trace_id;
    if (!text.fields.empty()) {
        auto& errors = body["errors"] = nlohmann::ordered_json::array();
        for (const auto& field : text.fields)
            errors.push_back(
                {{"pointer", field.pointer}, {"rule", field.rule}, {"detail", field.detail}});
    }
    Response response;
    response.status = kind.status;
    response.content_type = "application/problem+json";
    // Bad UTF-8 may come back in a detail: shown as U+FFFD instead of failing the answer.
    response.body = body.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
    response.note = kind.name;
    if (const int seconds = retry_after_seconds(kind); seconds > 0)
        response.set("Retry-After", std::to_string(seconds));
    if (kind.status == 401)
        response.set("WWW-Authenticate", "Bearer realm=\"yinxin\"");
    return response;
}

Response problem_response(const Error& error,
                          const std::string& public_url,
                          const std::string& trace_id) {
    return problem_response(
        problem_kind(error.code()), public_url, {error.what(), trace_id, error.fields()});
}

}  // namespace yinxin::server
