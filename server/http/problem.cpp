// SPDX-License-Identifier: Apache-2.0
#include "server/http/problem.h"

#include <algorithm>
#include <array>

namespace yinxin::server {
namespace {

constexpr std::array kKinds{
    ProblemKind{
        "malformed",
        400,
        "The request is malformed",
        "The bytes are not what they claim to be: broken HTTP, broken JSON, or a code with a "
        "typing error.",
        "Read the detail, mend the request and send it again."},
    ProblemKind{"unauthorized",
                401,
                "An API key is needed",
                "The route needs an API key and none, or an unknown one, was given.",
                "Send Authorization: Bearer KEY. The operator's key is in DIR/admin.key."},
    ProblemKind{"forbidden",
                403,
                "The key may not do this",
                "The API key is known, but has no right to this operation.",
                "Ask the operator for a key with that right."},
    ProblemKind{"not-found",
                404,
                "There is nothing here",
                "No route, document or revision has this address, or it is not yours.",
                "Check the address and the id."},
    ProblemKind{"method-not-allowed",
                405,
                "The method is not allowed here",
                "The address exists, but not for this HTTP method.",
                "Use one of the methods in the Allow field."},
    ProblemKind{"request-timeout",
                408,
                "The request came too slowly",
                "The head of a request or its body did not arrive within its time.",
                "Send it again on a new connection."},
    ProblemKind{"conflict",
                409,
                "The document's state does not allow it",
                "For example: it is revoked or replaced already.",
                "Read the document's state with GET, then decide."},
    ProblemKind{"length-required",
                411,
                "A Content-Length is needed",
                "The request has a body without a length, or is chunked.",
                "Send the body with exactly one Content-Length."},
    ProblemKind{
        "too-large",
        413,
        "The body is too large",
        "JSON may have 1 MiB, an uploaded file 10 MiB, unless the operator chose other limits.",
        "Send less, or split it."},
    ProblemKind{"uri-too-long",
                414,
                "The address is too long",
                "The request target has more than 2048 bytes.",
                "Shorten it."},
    ProblemKind{"expectation-failed",
                417,
                "The expectation cannot be met",
                "Only Expect: 100-continue is understood.",
                "Leave the field out."},
    ProblemKind{"invalid",
                422,
                "The data breaks a rule",
                "The request is well-formed, but one or more values are not acceptable. No number "
                "was used up.",
                "Each entry of errors names the place by JSON Pointer, the rule and the remedy."},
    ProblemKind{"idempotency-mismatch",
                422,
                "The idempotency key was used with other data",
                "The same Idempotency-Key came before with a different request.",
                "Send the first request again unchanged, or use a new key."},
    ProblemKind{"refused",
                422,
                "The file must not be sealed",
                "The PDF has properties with which a seal would be misleading or broken.",
                "The detail starts with the reason as one word."},
    ProblemKind{"too-many-requests",
                429,
                "Too many requests",
                "The caller's limit is used up for the moment.",
                "Wait for the seconds in Retry-After."},
    ProblemKind{"header-too-large",
                431,
                "The header is too large",
                "The head has more than 16 KiB or more than 64 fields.",
                "Send fewer fields."},
    ProblemKind{"internal",
                500,
                "A fault of ours",
                "Something went wrong inside. The log has the details under the trace_id.",
                "Try again; if it stays, tell the operator the trace_id."},
    ProblemKind{"unavailable",
                503,
                "Not available at the moment",
                "A part is down or a queue is full. Nothing was acknowledged; a number may "
                "have been used up.",
                "Try again after the seconds in Retry-After, with the same Idempotency-Key."},
    ProblemKind{"version-not-supported",
                505,
                "The HTTP version is not supported",
                "The server speaks HTTP/1.1.",
                "Use HTTP/1.1."},
    ProblemKind{"storage-full",
                507,
                "No room to store it durably",
                "The register cannot be written durably, so nothing was acknowledged.",
                "The operator must make room; then send it again with the same Idempotency-Key."},
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
