// SPDX-License-Identifier: Apache-2.0
// The pages that say what a check found: by code, by a fact beside it, by an uploaded file.
#pragma once

#include "server/api/handlers.h"
#include "server/api/web.h"

namespace yinxin::server {

/// GET /v/CODE
Response result_of_code(const ApiContext& context, const Web& web, const Request& request);
/// POST /v/CODE, a form with "fact" and "value"
Response result_of_fact(const ApiContext& context, const Web& web, const Request& request);
/// POST /, a form with a PDF or a picture
Response result_of_file(const ApiContext& context, const Web& web, const Request& request);

}  // namespace yinxin::server
