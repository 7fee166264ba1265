// SPDX-License-Identifier: Apache-2.0
#include "common/error.h"

namespace yinxin {

void assertion_failed(const char* expression, const char* file, int line) {
    throw Error(ErrorCode::Internal,
                std::string("broken invariant: ") + expression + " (" + file + ":" +
                    std::to_string(line) + ")");
}

}  // namespace yinxin
