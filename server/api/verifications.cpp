// SPDX-License-Identifier: Apache-2.0
// Public verification as JSON: by code, by fact or token, by file.
#include "server/api/handlers.h"
#include "server/api/json_input.h"

namespace yinxin::server {
namespace {

Response verdict(const Json& answer) {
    Response response = json_response(answer);
    response.note = outcome_of(answer);
    return response;
}

Response by_request(const ApiContext& context, const Request& request) {
    const Json body = parse_json(request.body);
    check_members(body, {{"code"}, {"fact", Member::Kind::Object}, {"token"}});
    if (!body.contains("code") && !body.contains("token"))
        throw Error(ErrorCode::Invalid,
                    "The request breaks a rule.",
                    {{"/code", "required", "Give a code, or a token from the QR code."}});
    if (body.contains("fact")) {
        const Json& fact = body.at("fact");
        if (!body.contains("code"))
            throw Error(ErrorCode::Invalid,
                        "The request breaks a rule.",
                        {{"/code", "required", "A fact needs the code it belongs to."}});
        if (fact.size() != 1 || !fact.front().is_string())
            throw Error(ErrorCode::Invalid,
                        "The request breaks a rule.",
                        {{"/fact", "one_fact", "Give exactly one fact, as a string."}});
    }
    return verdict(verify_request(context, body));
}

Response by_file(const ApiContext& context, const Request& request) {
    const std::string file =
        uploaded_file(request, static_cast<std::size_t>(context.config.limits.upload_bytes_max));
    return verdict(context.use_cases.verify_file(as_bytes(file)));
}

}  // namespace

std::string outcome_of(const Json& answer) {
    const auto found = answer.find("outcome");
    return found != answer.end() && found->is_string() ? found->get<std::string>() : "";
}

Json verify_request(const ApiContext& context, const Json& request) {
    if (request.contains("fact") || request.contains("token"))
        return context.use_cases.verify_fact(request);
    return context.use_cases.verify_code(request.at("code").get<std::string>());
}

void add_verification_routes(Routes& routes, const ContextPtr& context) {
    routes.push_back({.method = "GET",
                      .path = "/api/v1/verifications/{code}",
                      .access = Access::Public,
                      .handler = [context](const Request& request) {
                          return verdict(
                              context->use_cases.verify_code(request.path_value("code")));
                      }});
    routes.push_back(
        {.method = "POST",
         .path = "/api/v1/verifications",
         .access = Access::Public,
         .body = BodyKind::JsonText,
         .handler = [context](const Request& request) { return by_request(*context, request); }});
    routes.push_back(
        {.method = "POST",
         .path = "/api/v1/verifications/file",
         .access = Access::Public,
         .body = BodyKind::Upload,
         .handler = [context](const Request& request) { return by_file(*context, request); }});
}

}  // namespace yinxin::server
