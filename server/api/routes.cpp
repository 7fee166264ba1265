// SPDX-License-Identifier: Apache-2.0
#include "server/api/routes.h"

#include "server/api/handlers.h"
#include "server/api/pages.h"

namespace yinxin::server {

RouteTable make_routes(ApiContext context) {
    const auto shared = std::make_shared<const ApiContext>(std::move(context));
    const auto web = std::make_shared<const Web>();
    RouteTable table;
    add_document_routes(table.routes, shared);
    add_seal_routes(table.routes, shared);
    add_verification_routes(table.routes, shared);
    add_report_routes(table.routes, shared, web);
    add_service_routes(table.routes, shared);
    add_description_routes(table.routes, shared, web);
    add_page_routes(table.routes, shared, web);
    add_static_routes(table.routes, web);
    table.error_page = [shared, web](const Request& request,
                                     const ProblemKind& kind,
                                     const std::string& detail,
                                     int retry_after) {
        return error_page(*shared, *web, request, kind, detail, retry_after);
    };
    return table;
}

Response json_text_response(std::string text) {
    Response response;
    response.content_type = "application/json";
    response.body = std::move(text);
    return response;
}

Response json_response(const Json& json, int status) {
    Response response =
        json_text_response(json.dump(-1, ' ', false, Json::error_handler_t::replace));
    response.status = status;
    return response;
}

Response cached_response(const Request& request,
                         std::string content_type,
                         std::string text,
                         int seconds) {
    Response response;
    response.cacheable = true;
    response.set("Cache-Control", "public, max-age=" + std::to_string(seconds));
    const std::string etag = "\"" + fingerprint(text) + "\"";
    response.set("ETag", etag);
    if (const auto* known = request.head.field("if-none-match");
        known != nullptr && *known == etag) {
        response.status = 304;
        return response;
    }
    response.content_type = std::move(content_type);
    response.body = std::move(text);
    return response;
}

}  // namespace yinxin::server
