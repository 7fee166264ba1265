// SPDX-License-Identifier: Apache-2.0
// The form at /, also with what was wrong about its last use.
#pragma once

#include <string>

#include "server/api/handlers.h"
#include "server/api/web.h"

namespace yinxin::server {

/// Which text explains a typing error of a code, "" when it is well-formed.
std::string typing_error(const std::string& typed);

/// `error` names a text, "" for none: then it is a 400, with what was `typed` still in its field.
Response home_page(const ApiContext& context,
                   const Web& web,
                   const Request& request,
                   const std::string& error = "",
                   const std::string& typed = "");

}  // namespace yinxin::server
