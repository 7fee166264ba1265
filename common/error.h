// SPDX-License-Identifier: Apache-2.0
// The one exception of the project. Verdicts are values, never exceptions.
#pragma once

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace yinxin {

/// What went wrong, in words the edge can map to an HTTP status (server/http/problem.cpp holds the
/// only such table).
enum class ErrorCode {
    Malformed,  ///< bytes that are not what they claim to be: broken JSON, PDF, DER, code       400
    Unauthorized,  ///< no or unknown API key 401
    Forbidden,     ///< the caller may not do this 403
    NotFound,  ///< unknown id, route, document type                                             404
    Conflict,  ///< the state of the document does not allow it                                  409
    TooLarge,  ///< a cap of common/limits.h                                                     413
    Invalid,   ///< well-formed data that breaks a rule; fields() names every place              422
    Mismatch,  ///< idempotency key used with other data                                         422
    TooMany,   ///< a limit per caller                                                           429
    Refused,   ///< a PDF that must not be sealed; detail() starts with the reason as one word   422
    Unavailable,  ///< a part is down or a queue is full: try again 503
    StorageFull,  ///< no room for a durable write 507
    Internal,  ///< a fault of ours; the detail goes to the log only                             500
};

/// One fault of the input. `pointer` is a JSON Pointer (RFC 6901) into the caller's data, "" for
/// the whole. `detail` says in one English sentence what is wrong and what to do; `rule` is a
/// stable short name ("required", "resident_id", "line_tax", "glyph", "fit" ...) by which pages
/// look up a translated text.
struct FieldError {
    std::string pointer;
    std::string rule;
    std::string detail;
};

class Error : public std::runtime_error {
  public:
    Error(ErrorCode code, const std::string& detail) : std::runtime_error(detail), code_(code) {}
    /// Keeps the first limits::faults_max fields; one more, of rule "more", counts the rest.
    Error(ErrorCode code, const std::string& detail, std::vector<FieldError> fields);

    ErrorCode code() const noexcept { return code_; }
    const std::vector<FieldError>& fields() const noexcept { return fields_; }

  private:
    ErrorCode code_;
    std::vector<FieldError> fields_;
};

/// For invariants of ours: throws Error{Internal} naming the place. Stays on in release builds.
[[noreturn]] void assertion_failed(const char* expression, const char* file, int line);

}  // namespace yinxin

#define YINXIN_ASSERT(expression)        \
    ((expression) ? static_cast<void>(0) \
                  : ::yinxin::assertion_failed(#expression, __FILE__, __LINE__))
