// SPDX-License-Identifier: Apache-2.0
// Health for those who run it, keys and contacts for those who rely on it.
#include "common/time_text.h"
#include "server/api/handlers.h"

namespace yinxin::server {
namespace {

Json readiness(const ApiContext& context) {
    try {
        return context.use_cases.readiness();
    } catch (const Error&) {
        return {{"ready", false}, {"checks", Json::object()}};
    }
}

std::string security_txt(const ApiContext& context) {
    const std::string& url = context.config.public_url;
    return "Contact: " + url +
           "/docs#security\nExpires: " + to_rfc3339(context.clock.now() + std::chrono::days(180)) +
           "\nPreferred-Languages: zh, en\nCanonical: " + url + "/.well-known/security.txt\n";
}

}  // namespace

void add_service_routes(Routes& routes, const ContextPtr& context) {
    routes.push_back({.method = "GET", .path = "/livez", .handler = [](const Request&) {
                          return json_response({{"live", true}});
                      }});
    routes.push_back({.method = "GET", .path = "/readyz", .handler = [context](const Request&) {
                          const Json answer = readiness(*context);
                          const bool ready = answer.value("ready", false);
                          Response response = json_response(answer, ready ? 200 : 503);
                          if (!ready)
                              response.set("Retry-After", "5");
                          return response;
                      }});
    routes.push_back(
        {.method = "GET",
         .path = "/.well-known/jwks.json",
         .handler = [context](const Request& request) {
             return cached_response(
                 request, "application/jwk-set+json", context->use_cases.jwks().dump(), 300);
         }});
    routes.push_back({.method = "GET",
                      .path = "/.well-known/seal-certificates",
                      .handler = [context](const Request& request) {
                          return cached_response(request,
                                                 "application/pem-certificate-chain",
                                                 context->use_cases.seal_certificates_pem(),
                                                 300);
                      }});
    routes.push_back({.method = "GET",
                      .path = "/.well-known/security.txt",
                      .handler = [context](const Request&) {
                          Response response;
                          response.content_type = "text/plain; charset=utf-8";
                          response.body = security_txt(*context);
                          return response;
                      }});
}

}  // namespace yinxin::server
