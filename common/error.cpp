// SPDX-License-Identifier: Apache-2.0
#include "common/error.h"

#include "common/limits.h"

namespace yinxin {
namespace {

std::vector<FieldError> capped(std::vector<FieldError> fields) {
    // One above the cap may be the count of an Error that came from another process.
    if (fields.size() > limits::faults_max + 1) {
        const std::size_t more = fields.size() - limits::faults_max;
        fields.resize(limits::faults_max);
        fields.push_back({"", "more", "and " + std::to_string(more) + " more; mend these first."});
    }
    return fields;
}

}  // namespace

Error::Error(ErrorCode code, const std::string& detail, std::vector<FieldError> fields)
    : std::runtime_error(detail), code_(code), fields_(capped(std::move(fields))) {}

void assertion_failed(const char* expression, const char* file, int line) {
    throw Error(ErrorCode::Internal,
                std::string("broken invariant: ") + expression + " (" + file + ":" +
                    std::to_string(line) + ")");
}

}  // namespace yinxin
