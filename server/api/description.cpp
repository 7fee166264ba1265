// SPDX-License-Identifier: Apache-2.0
// The API's own description: /openapi.json, a page of it, the explanations of problems; and the
// static files.
#include <algorithm>
#include <tuple>

#include "server/api/handlers.h"
#include "server/api/page.h"

namespace yinxin::server {
namespace {

using Data = kainjow::mustache::data;
using OrderedJson = nlohmann::ordered_json;

Data object() {
    return Data(Data::type::object);
}
Data list() {
    return Data(Data::type::list);
}

std::string upper(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(), [](char c) {
        return static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
    });
    return text;
}

// Follows {"$ref": "#/components/..."} once.
const OrderedJson& resolve(const OrderedJson& root, const OrderedJson& node) {
    if (!node.contains("$ref"))
        return node;
    return root.at(OrderedJson::json_pointer(node.at("$ref").get<std::string>().substr(1)));
}

// The first example of a body or an answer, laid out for reading.
std::string example_of(const OrderedJson& root, const OrderedJson& holder) {
    if (!holder.contains("content"))
        return "";
    for (const auto& [type, media] : holder.at("content").items()) {
        OrderedJson example;
        if (media.contains("example"))
            example = media.at("example");
        else if (media.contains("examples"))
            example = resolve(root, media.at("examples").front()).at("value");
        if (example.is_string())
            return example.get<std::string>();
        if (!example.is_null())
            return example.dump(2);
    }
    return "";
}

Data parameters_of(const OrderedJson& root, const OrderedJson& operation) {
    Data parameters = list();
    for (const auto& node : operation.value("parameters", OrderedJson::array())) {
        const OrderedJson& parameter = resolve(root, node);
        Data row = object();
        row.set("name", parameter.at("name").get<std::string>());
        row.set("in", parameter.at("in").get<std::string>());
        row.set("required", parameter.value("required", false));
        row.set("description", parameter.value("description", ""));
        parameters.push_back(row);
    }
    return parameters;
}

Data answers_of(const OrderedJson& root, const OrderedJson& operation) {
    Data answers = list();
    for (const auto& [status, node] : operation.at("responses").items()) {
        const OrderedJson& answer = resolve(root, node);
        Data row = object();
        row.set("status", status);
        row.set("description", answer.at("description").get<std::string>());
        if (const auto example = example_of(root, answer); !example.empty() && status[0] == '2')
            row.set("example", example);
        answers.push_back(row);
    }
    return answers;
}

Data operation_data(const OrderedJson& root,
                    const std::string& path,
                    const std::string& method,
                    const OrderedJson& operation) {
    Data data = object();
    data.set("id", operation.at("operationId").get<std::string>());
    data.set("method", upper(method));
    data.set("path", path);
    data.set("summary", operation.at("summary").get<std::string>());
    data.set("description", operation.value("description", ""));
    data.set("key",
             operation.contains("security") && !operation.at("security").empty() &&
                 !operation.at("security").front().empty());
    const Data parameters = parameters_of(root, operation);
    data.set("has_parameters", !parameters.is_empty_list());
    data.set("parameters", parameters);
    if (operation.contains("requestBody")) {
        const OrderedJson& body = resolve(root, operation.at("requestBody"));
        std::string types;
        for (const auto& [type, media] : body.at("content").items())
            types += (types.empty() ? "" : ", ") + type;
        data.set("has_body", true);
        data.set("body_types", types);
        if (const auto example = example_of(root, body); !example.empty())
            data.set("body_example", example);
    }
    data.set("answers", answers_of(root, operation));
    return data;
}

Data operations_of(std::string_view description) {
    const auto root = OrderedJson::parse(description);
    Data operations = list();
    for (const auto& [path, methods] : root.at("paths").items())
        for (const auto& [method, operation] : methods.items())
            if (method == "get" || method == "post")
                operations.push_back(operation_data(root, path, method, operation));
    return operations;
}

const std::string& words_of(const ProblemKind& kind,
                            const char* part,
                            const Web& web,
                            Language language) {
    std::string key = "kind_" + std::string(kind.name) + "_" + part;
    std::replace(key.begin(), key.end(), '-', '_');
    return web.text(language, key);
}

Data problems(const Web& web, Language language) {
    Data all = list();
    for (const auto& kind : problem_kinds()) {
        Data row = object();
        row.set("name", std::string(kind.name));
        row.set("status", std::to_string(kind.status));
        row.set("title", words_of(kind, "title", web, language));
        all.push_back(row);
    }
    return all;
}

Response docs(const ApiContext& context,
              const Web& web,
              const Data& operations,
              const Request& request) {
    const Language language = language_of(request.head);
    Data values = page_values(context, request, language);
    values.set("title", web.text(language, "docs_title"));
    values.set("operations", operations);
    values.set("problems", problems(web, language));
    return web.page("docs", language, values);
}

Response problem(const ApiContext& context, const Web& web, const Request& request) {
    const ProblemKind* kind = find_problem(request.path_value("type"));
    if (kind == nullptr)
        throw Error(ErrorCode::NotFound, "There is no such kind of problem.");
    const Language language = language_of(request.head);
    Data values = page_values(context, request, language);
    values.set("title", words_of(*kind, "title", web, language));
    values.set("kind_title", words_of(*kind, "title", web, language));
    values.set("kind_name", std::string(kind->name));
    values.set("kind_status", std::to_string(kind->status));
    values.set("kind_meaning", words_of(*kind, "meaning", web, language));
    values.set("kind_remedy", words_of(*kind, "remedy", web, language));
    return web.page("problem", language, values);
}

}  // namespace

void add_description_routes(Routes& routes,
                            const ContextPtr& context,
                            const std::shared_ptr<const Web>& web) {
    routes.push_back(
        {.method = "GET", .path = "/openapi.json", .handler = [web](const Request& request) {
             return cached_response(
                 request, "application/json", std::string(web->description()), 300);
         }});
    const auto operations = std::make_shared<const Data>(operations_of(web->description()));
    routes.push_back({.method = "GET",
                      .path = "/docs",
                      .page = true,
                      .handler = [context, web, operations](const Request& request) {
                          return docs(*context, *web, *operations, request);
                      }});
    routes.push_back({.method = "GET",
                      .path = "/problems/{type}",
                      .page = true,
                      .handler = [context, web](const Request& request) {
                          return problem(*context, *web, request);
                      }});
}

void add_static_routes(Routes& routes, const std::shared_ptr<const Web>& web) {
    for (const auto& file : web->static_files()) {
        routes.push_back({.method = "GET",
                          .path = "/static/" + file.name,
                          .handler = [web, &file](const Request& request) {
                              // The pages name a version, so what they load may be kept for good.
                              const bool named = request.head.parameter("v") == file.version;
                              return cached_response(request,
                                                     file.content_type,
                                                     std::string(file.content),
                                                     named ? 31'536'000 : 300);
                          }});
    }
    // Where browsers look for an icon, and where a worker has to lie to stand in for all pages.
    for (const auto& [path, name, seconds] : {std::tuple{"/favicon.ico", "favicon.svg", 86'400},
                                              {"/offline-worker.js", "offline-worker.js", 300}}) {
        const auto file = std::find_if(web->static_files().begin(),
                                       web->static_files().end(),
                                       [&](const auto& each) { return each.name == name; });
        routes.push_back({.method = "GET",
                          .path = path,
                          .handler = [web, file, seconds](const Request& request) {
                              return cached_response(
                                  request, file->content_type, std::string(file->content), seconds);
                          }});
    }
}

}  // namespace yinxin::server
