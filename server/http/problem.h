// SPDX-License-Identifier: Apache-2.0
// Errors as application/problem+json (RFC 9457). The only table from ErrorCode to an HTTP status.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "common/error.h"
#include "server/http/message.h"

namespace yinxin::server {

/// A kind of problem; its type is public_url + "/problems/" + name, stable, and a page that
/// explains it.
struct ProblemKind {
    std::string_view name;
    int status;
    std::string_view title;  ///< as in the JSON; pages have it in their language
};

std::span<const ProblemKind> problem_kinds();
/// nullptr for an unknown name.
const ProblemKind* find_problem(std::string_view name);
const ProblemKind& problem_kind(ErrorCode code);
/// Retry-After where trying again helps, 0 where it does not.
int retry_after_seconds(const ProblemKind& kind);

struct ProblemText {
    std::string detail;
    std::string trace_id;
    std::vector<FieldError> fields;
};

/// A complete answer, with Retry-After where trying again helps. Internal problems never carry a
/// detail.
Response problem_response(const ProblemKind& kind,
                          const std::string& public_url,
                          const ProblemText& text);
Response problem_response(const Error& error,
                          const std::string& public_url,
                          const std::string& trace_id);

}  // namespace yinxin::server
