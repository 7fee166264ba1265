// SPDX-License-Identifier: Apache-2.0
// The groups of routes; routes.cpp joins them. Each keeps what it needs of the context.
#pragma once

#include <memory>
#include <vector>

#include "server/api/routes.h"
#include "server/api/web.h"

namespace yinxin::server {

using ContextPtr = std::shared_ptr<const ApiContext>;
using Routes = std::vector<Route>;

void add_document_routes(Routes& routes, const ContextPtr& context);
void add_seal_routes(Routes& routes, const ContextPtr& context);
void add_verification_routes(Routes& routes, const ContextPtr& context);
void add_report_routes(Routes& routes,
                       const ContextPtr& context,
                       const std::shared_ptr<const Web>& web);
void add_service_routes(Routes& routes, const ContextPtr& context);  // health, well-known
void add_static_routes(Routes& routes, const std::shared_ptr<const Web>& web);
void add_description_routes(
    Routes& routes,
    const ContextPtr& context,
    const std::shared_ptr<const Web>& web);  // /openapi.json, /docs, /problems
void add_page_routes(Routes& routes,
                     const ContextPtr& context,
                     const std::shared_ptr<const Web>& web);

/// 200 with JSON that is text already.
Response json_text_response(std::string text);
/// 200 with `json`.
Response json_response(const Json& json, int status = 200);
/// `text` as a body that may be kept for `seconds`; answers If-None-Match with 304.
Response cached_response(const Request& request,
                         std::string content_type,
                         std::string text,
                         int seconds);
/// A registered file; 304 to who has it.
Response pdf_response(const Request& request, const Service::File& file);
/// Of the header field. Throws Error{Malformed} where there is none that can be one.
std::string idempotency_key(const Request& request);
/// What a verification answered, for the log.
std::string outcome_of(const Json& answer);

}  // namespace yinxin::server
