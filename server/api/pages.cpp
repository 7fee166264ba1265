// SPDX-License-Identifier: Apache-2.0
#include "server/api/pages.h"

#include "server/api/home_page.h"
#include "server/api/page.h"
#include "server/api/result_pages.h"
#include "server/api/upload.h"
#include "server/domain/verification_code.h"

namespace yinxin::server {
namespace {

Response offline(const ApiContext& context, const Web& web, const Request& request) {
    Page page(context, web, request);
    page.title(page.text("offline_title"));
    page.set("script_offline", true);
    return page.render("offline");
}

Response posted_home(const ApiContext& context, const Web& web, const Request& request) {
    const auto* type = request.head.field("content-type");
    if (type != nullptr && type->starts_with("multipart/form-data"))
        return result_of_file(context, web, request);
    const auto form = parse_form(request.body);
    if (!form)
        throw Error(ErrorCode::Malformed, "The form cannot be read.");
    const auto found = form->find("code");
    const std::string typed = found == form->end() ? "" : found->second;
    if (const auto error = typing_error(typed); !error.empty())
        return home_page(context, web, request, error, typed);
    // To the address the QR code has too: it can be kept, sent on and loaded again.
    Response response;
    response.status = 303;
    const auto lang = request.head.parameter("lang");
    response.set("Location",
                 "/v/" + read_verification_code(typed) +
                     (lang == "en" || lang == "zh-CN" ? "?lang=" + *lang : ""));
    return response;
}

}  // namespace

Response error_page(const ApiContext& context,
                    const Web& web,
                    const Request& request,
                    const ProblemKind& kind,
                    const std::string&,
                    int retry_after) {
    const auto key = [&kind]() -> std::string {
        switch (kind.status) {
            case 400:
                return "page_malformed";
            case 404:
                return "page_not_found";
            case 413:
                return "page_too_large";
            case 429:
                return "page_too_many";
            case 500:
                return "page_internal";
            case 503:
            case 507:
                return "page_unavailable";
            default:
                return "page_other";
        }
    }();
    Page page(context, web, request);
    page.title(page.text(key + "_title"));
    // The address of a missing page is the caller's text: the links lead home instead.
    page.set("path", "/");
    page.set("headline", page.text(key + "_title"));
    page.set("meaning", page.text(key + "_text"));
    page.set("trace_id", request.trace_id);
    if (retry_after > 0)
        page.set("wait", std::to_string(retry_after));
    Response response = page.render("error");
    response.status = kind.status;
    return response;
}

void add_page_routes(Routes& routes,
                     const ContextPtr& context,
                     const std::shared_ptr<const Web>& web) {
    using Handler = Response (*)(const ApiContext&, const Web&, const Request&);
    const auto page = [&](std::string method, std::string path, BodyKind body, Handler handler) {
        routes.push_back({.method = std::move(method),
                          .path = std::move(path),
                          .access = Access::Public,
                          .body = body,
                          .page = true,
                          .handler = [context, web, handler](const Request& request) {
                              return handler(*context, *web, request);
                          }});
    };
    page("GET", "/", BodyKind::None, [](const ApiContext& c, const Web& w, const Request& r) {
        return home_page(c, w, r);
    });
    page("POST", "/", BodyKind::Upload, posted_home);
    page("GET", "/offline", BodyKind::None, offline);
    page("GET", "/v/{code}", BodyKind::None, result_of_code);
    page("POST", "/v/{code}", BodyKind::Form, result_of_fact);
}

}  // namespace yinxin::server
