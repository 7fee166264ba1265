// SPDX-License-Identifier: Apache-2.0
// The public pages: the form at /, the result at /v/CODE, errors. They work without JavaScript.
#pragma once

#include "server/api/handlers.h"
#include "server/http/problem.h"

namespace yinxin::server {

/// What a result page says, chosen from a verification answer. `key` names texts: <key>_title,
/// <key>_meaning, <key>_next1 ...
struct PageState {
    std::string key;
    std::string tone;  ///< good, warn, bad, none: colour and mark
};
/// Tier 0 and 1, by code.
PageState state_by_code(const Json& answer, bool fact_given);
/// An uploaded file.
PageState state_by_file(const Json& answer);
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
