// SPDX-License-Identifier: Apache-2.0
// Public verification as JSON: by code, by fact or token, by file.
#include "server/api/handlers.h"
#include "server/api/upload.h"
#include "server/http/problem.h"
#include "server/json_input.h"

namespace yinxin::server {
namespace {

// A code with a fact or a token, with room to spare
constexpr std::size_t kQuestionBytesMax = 4u << 10;
constexpr std::size_t kBatchMax = 100;

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

/// One after the other; a question that cannot be asked spoils none of the others.
Response by_batch(const ApiContext& context, const Request& request) {
    const Json questions = parse_json(request.body);
    if (!questions.is_array() || questions.empty() || questions.size() > kBatchMax) {
        throw Error(ErrorCode::Invalid,
                    "a batch of questions is expected",
                    {{"",
                      "array",
                      "Send an array of 1 to " + std::to_string(kBatchMax) +
                          " questions, each {code}, {code, fact} or {token}."}});
    }
    request.spend(questions.size() - 1);
    Json answers = Json::array();
    for (const Json& question : questions) {
        try {
            answers.push_back(context.use_cases.verify_fact(question));
        } catch (const Error& error) {
            if (error.code() != ErrorCode::Malformed && error.code() != ErrorCode::Invalid) {
                throw;
            }
            const Response problem =
                problem_response(error, context.config.public_url, request.trace_id);
            answers.push_back({{"error", Json::parse(problem.body)}});
        }
    }
    return json_response({{"answers", std::move(answers)}});
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
                          CodeAnswer answer =
                              context->use_cases.verify_code_as_text(request.path_value("code"));
                          Response response = json_text_response(std::move(answer.json));
                          response.note = std::move(answer.outcome);
                          return response;
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
    routes.push_back(
        {.method = "POST",
         .path = "/api/v1/verifications/batch",
         .access = Access::Key,
         .body = BodyKind::JsonText,
         .body_bytes_max = kBatchMax * kQuestionBytesMax,
         .roles = {Role::Verifier, Role::Issuer, Role::Admin},
         .handler = [context](const Request& request) { return by_batch(*context, request); }});
}

}  // namespace yinxin::server
