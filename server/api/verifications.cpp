// SPDX-License-Identifier: Apache-2.0
// Public verification as JSON: by code, by fact or token, by file.
#include "server/api/handlers.h"
#include "server/api/upload.h"
#include "server/json_input.h"

namespace yinxin::server {
namespace {

// A code with a fact or a token, with room to spare
constexpr std::size_t kQuestionBytesMax = 4u << 10;

Response verdict(const Json& answer) {
    Response response = json_response(answer);
    response.note = outcome_of(answer);
    return response;
}

Response by_file(const ApiContext& context, const Request& request) {
    const std::string file =
        uploaded_file(request, static_cast<std::size_t>(context.config.limits.upload_bytes_max));
    return verdict(context.use_cases.verify_file(as_bytes(file), request.origin));
}

}  // namespace

std::string outcome_of(const Json& answer) {
    const auto found = answer.find("outcome");
    return found != answer.end() && found->is_string() ? found->get<std::string>() : "";
}

void add_verification_routes(Routes& routes, const ContextPtr& context) {
    routes.push_back({.method = "GET",
                      .path = "/api/v1/verifications/{code}",
                      .access = Access::Public,
                      .handler = [context](const Request& request) {
                          return verdict(
                              context->use_cases.verify_code(request.path_value("code")));
                      }});
    routes.push_back({.method = "POST",
                      .path = "/api/v1/verifications",
                      .access = Access::Public,
                      .body = BodyKind::JsonText,
                      .body_bytes_max = kQuestionBytesMax,
                      .handler = [context](const Request& request) {
                          return verdict(context->use_cases.verify_fact(parse_json(request.body)));
                      }});
    routes.push_back(
        {.method = "POST",
         .path = "/api/v1/verifications/file",
         .access = Access::Public,
         .body = BodyKind::Upload,
         .handler = [context](const Request& request) { return by_file(*context, request); }});
}

}  // namespace yinxin::server
