// SPDX-License-Identifier: Apache-2.0
// The public pages and their addresses. They work without JavaScript.
#pragma once

#include "server/api/handlers.h"
#include "server/api/web.h"
#include "server/http/problem.h"

namespace yinxin::server {

Response error_page(const ApiContext& context,
                    const Web& web,
                    const Request& request,
                    const ProblemKind& kind,
                    const std::string& detail,
                    int retry_after);

}  // namespace yinxin::server
