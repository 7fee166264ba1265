// SPDX-License-Identifier: Apache-2.0
// A PDF in, the sealed PDF out.
#include <charconv>

#include "common/bytes.h"
#include "server/api/handlers.h"
#include "server/api/upload.h"

namespace yinxin::server {
namespace {

// Of the field Yinxin-Seal; what a file made us notice may be long.
constexpr std::size_t kSealFieldBytesMax = 4u << 10;

/// The words as they came; numbers and truth values as such where they are some.
Json value_of(const std::string& name, const std::string& text) {
    if (name == "page") {
        int page = 0;
        const auto parsed = std::from_chars(text.data(), text.data() + text.size(), page);
        if (parsed.ec == std::errc() && parsed.ptr == text.data() + text.size())
            return page;
    }
    if (name == "riding" && (text == "true" || text == "false"))
        return text == "true";
    return text;
}

/// The options of external_seal_request(), from the query; what is wrong with them is said there.
Json options_of(const RequestHead& head) {
    const auto given = parse_form(head.query);
    if (!given)
        throw Error(ErrorCode::Malformed, "The query is not name=value&name=value, each once.");
    Json options = Json::object();
    for (const auto& [name, text] : *given) options[name] = value_of(name, text);
    return options;
}

std::string in_a_field(Json body) {
    const auto text = [&body] { return body.dump(-1, ' ', true, Json::error_handler_t::replace); };
    if (text().size() > kSealFieldBytesMax)
        body.erase("notices");
    return text();
}

Response seal(const ApiContext& context, const Request& request) {
    const std::string file =
        uploaded_file(request, static_cast<std::size_t>(context.config.limits.upload_bytes_max));
    const auto sealed =
        context.use_cases.seal(*request.caller, as_bytes(file), options_of(request.head));
    Response response;
    response.content_type = "application/pdf";
    response.set("Content-Disposition", "attachment; filename=\"sealed.pdf\"");
    response.set("Yinxin-Seal", in_a_field(sealed.body));
    response.set("ETag", "\"" + sealed.body.at("sha256").get<std::string>() + "\"");
    response.body.assign(as_text(sealed.pdf));
    return response;
}

}  // namespace

void add_seal_routes(Routes& routes, const ContextPtr& context) {
    routes.push_back(
        {.method = "POST",
         .path = "/api/v1/seals",
         .access = Access::Key,
         .body = BodyKind::Upload,
         .handler = [context](const Request& request) { return seal(*context, request); }});
}

}  // namespace yinxin::server
