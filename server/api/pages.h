// SPDX-License-Identifier: Apache-2.0
// The public pages: the form at /, the result at /v/CODE, errors. They work without JavaScript.
#pragma once

#include "server/api/handlers.h"
#include "server/api/page_state.h"
#include "server/http/problem.h"

namespace yinxin::server {

/// Which text explains a typing error of a code, "" when it is well-formed.
std::string typing_error(const std::string& typed);

/// "CN=示例市税务局,O=示例市" (RFC 2253) as people read it: 示例市税务局 (示例市).
std::string name_in_words(const std::string& distinguished_name);

Response error_page(const ApiContext& context,
                    const Web& web,
                    const Request& request,
                    const ProblemKind& kind,
                    const std::string& detail,
                    int retry_after);

/// What every page needs: language, address for the language link, organ, demo banner.
kainjow::mustache::data page_values(const ApiContext& context,
                                    const Request& request,
                                    Language language);

}  // namespace yinxin::server
