// SPDX-License-Identifier: Apache-2.0
// server/openapi.json against the routes and against what the server answers; the page of it;
// health and well-known.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "server/api/routes.h"
#include "server/api/web.h"
#include "server/http/problem.h"
#include "tests/server/http/test_server.h"

namespace yinxin::server::test {
namespace {

using testing::HasSubstr;
using testing::Not;

std::set<std::string> described() {
    TestServer server;
    server.start();
    const Json description = server.get("/openapi.json").json();
    std::set<std::string> operations;
    for (const auto& [path, methods] : description.at("paths").items())
        for (const auto& [method, operation] : methods.items())
            operations.insert((method == "get" ? "GET " : "POST ") + path);
    return operations;
}

TEST(OpenApi, DescribesExactlyTheRoutes) {
    TestServer server;
    std::set<std::string> routed;
    for (const auto& route : make_routes({server.config, server.use, server.clock}).routes)
        if (!route.path.starts_with("/static/") && route.path != "/favicon.ico" &&
            route.path != "/offline-worker.js")
            routed.insert(route.method + " " + route.path);
    EXPECT_EQ(described(), routed);
}

// Every $ref leads somewhere.
void check_references(const Json& root, const Json& node) {
    if (node.is_object() && node.contains("$ref")) {
        EXPECT_TRUE(root.contains(Json::json_pointer(node.at("$ref").get<std::string>().substr(1))))
            << node.dump();
    }
    if (node.is_structured())
        for (const auto& child : node) check_references(root, child);
}

TEST(OpenApi, IsVersion31WithResolvableReferencesAndUniqueNames) {
    TestServer server;
    server.start();
    const Json root = server.get("/openapi.json").json();
    EXPECT_EQ(root.at("openapi"), "3.1.0");
    check_references(root, root);
    std::set<std::string> names;
    for (const auto& [path, methods] : root.at("paths").items())
        for (const auto& [method, operation] : methods.items()) {
            EXPECT_TRUE(names.insert(operation.at("operationId")).second);
            EXPECT_TRUE(operation.contains("security")) << path;
        }
}

TEST(OpenApi, DescribesWhoNeedsAKeyAsTheRoutesDo) {
    TestServer server;
    server.start();
    const Json root = server.get("/openapi.json").json();
    for (const auto& route : make_routes({server.config, server.use, server.clock}).routes) {
        if (!root.at("paths").contains(route.path))
            continue;
        const auto& operation =
            root.at("paths").at(route.path).at(route.method == "GET" ? "get" : "post");
        const Json& security = operation.at("security");
        Json roles = Json::array();
        for (const Role role : route.roles) roles.push_back({{"apiKey", {to_text(role)}}});
        EXPECT_EQ(security == roles, route.access == Access::Key) << route.path;
        EXPECT_EQ(operation.at("responses").contains("403"), route.access == Access::Key)
            << route.path;
        EXPECT_EQ(operation.contains("requestBody"), route.body != BodyKind::None) << route.path;
        EXPECT_EQ(operation.at("responses").contains("429"), route.access != Access::Free)
            << route.path;
    }
}

TEST(OpenApi, DescribesTheStatusesThatTheServerAnswers) {
    TestServer server;
    server.config.limits.requests_burst = 100;
    server.start();
    const Json paths = server.get("/openapi.json").json().at("paths");
    const auto check = [&](const char* path, const char* method, const Answer& answer) {
        EXPECT_TRUE(
            paths.at(path).at(method).at("responses").contains(std::to_string(answer.status)))
            << method << " " << path << " " << answer.status;
    };
    const std::string documents = "/api/v1/documents";
    check("/api/v1/documents", "post", server.post(documents, "{}", with_idempotency()));
    check("/api/v1/documents", "post", server.post(documents, "{", with_idempotency()));
    check("/api/v1/documents", "post", server.post(documents, "{}"));
    check("/api/v1/documents", "post", server.post(documents, std::string(2u << 20, ' ')));
    check("/api/v1/documents",
          "post",
          server.post(documents, R"({"type":"x","data":{}})", with_idempotency()));
    check("/api/v1/documents/{id}", "get", server.get(documents + "/d1", with_key()));
    check("/api/v1/documents/{id}", "get", server.get(documents + "/d2", with_key()));
    check("/api/v1/documents/{id}/pdf",
          "get",
          server.get(documents + "/d1/pdf?revision=0", with_key()));
    check("/api/v1/verifications/{code}", "get", server.get("/api/v1/verifications/7K3M"));
    check("/api/v1/verifications/file", "post", server.post("/api/v1/verifications/file", ""));
    check("/", "post", server.post("/", "code=" + known_code));
    check("/", "post", server.post("/", "code="));
    check("/v/{code}", "get", server.get("/v/0"));
    check("/problems/{type}", "get", server.get("/problems/none"));
}

TEST(DocsPage, ShowsEveryOperationInBothLanguages) {
    TestServer server;
    server.start();
    const Answer page = server.get("/docs?lang=en");
    EXPECT_EQ(page.status, 200);
    for (const auto& operation : described()) {
        const std::string path = operation.substr(operation.find(' ') + 1);
        EXPECT_THAT(page.body, HasSubstr("<code>" + path + "</code>"));
    }
    EXPECT_THAT(page.body, HasSubstr("id=\"security\""));
    EXPECT_THAT(server.get("/docs").body, HasSubstr("接口说明"));
}

TEST(ProblemPages, ExplainEveryKind) {
    TestServer server;
    server.start();
    for (const auto& kind : problem_kinds()) {
        const Answer page = server.get("/problems/" + std::string(kind.name) + "?lang=en");
        EXPECT_EQ(page.status, 200);
        EXPECT_THAT(page.body, HasSubstr("<code>" + std::string(kind.name) + "</code>"));
        EXPECT_THAT(page.body, HasSubstr(std::to_string(kind.status)));
        std::string key = "kind_" + std::string(kind.name) + "_title";
        std::replace(key.begin(), key.end(), '-', '_');
        EXPECT_EQ(Web().text(Language::English, key), kind.title) << "page and JSON differ";
    }
    EXPECT_EQ(server.get("/problems/none").status, 404);
}

TEST(ProblemPages, AreInTheLanguageOfTheReader) {
    TestServer server;
    server.start();
    const std::string docs = server.get("/docs?lang=zh-CN").body;
    for (const auto& kind : problem_kinds()) {
        const std::string path = "/problems/" + std::string(kind.name);
        const Answer chinese = server.get(path + "?lang=zh-CN", "Accept-Language: en\r\n");
        EXPECT_EQ(chinese.field("content-language"), "zh-CN");
        EXPECT_THAT(chinese.body, Not(HasSubstr(std::string(kind.title))));
        EXPECT_EQ(server.get(path, "Accept-Language: en-GB\r\n").field("content-language"), "en");
        EXPECT_THAT(docs, Not(HasSubstr("<dd>" + std::string(kind.title) + "</dd>")));
    }
    const std::string page = server.get("/problems/too-many-requests").body;
    EXPECT_THAT(page, HasSubstr("<h1>请求过于频繁</h1>"));
    EXPECT_THAT(page, HasSubstr("Retry-After"));
}

TEST(Health, SaysLiveAndReady) {
    TestServer server;
    bool ready = true, broken = false;
    server.use.readiness = [&] {
        if (broken)
            throw Error(ErrorCode::Unavailable, "x");
        return Json{{"ready", ready}, {"checks", {{"sealer", ready ? "ok" : "failed"}}}};
    };
    server.start();
    EXPECT_EQ(server.get("/livez").status, 200);
    EXPECT_EQ(server.get("/readyz").status, 200);
    ready = false;
    const Answer answer = server.get("/readyz");
    EXPECT_EQ(answer.status, 503);
    EXPECT_EQ(answer.json().at("checks").at("sealer"), "failed");
    EXPECT_EQ(answer.field("retry-after"), "5");
    broken = true;
    EXPECT_EQ(server.get("/readyz").status, 503);
    EXPECT_EQ(server.get("/livez").status, 200);
}

TEST(WellKnown, PublishesKeysCertificatesAndAContact) {
    TestServer server;
    server.start();
    const Answer keys = server.get("/.well-known/jwks.json");
    EXPECT_EQ(keys.field("content-type"), "application/jwk-set+json");
    EXPECT_EQ(keys.json(), (Json{{"keys", Json::array()}}));
    EXPECT_THAT(server.get("/.well-known/seal-certificates").body, HasSubstr("BEGIN CERTIFICATE"));
    const std::string text = server.get("/.well-known/security.txt").body;
    EXPECT_THAT(text, HasSubstr("Contact: http://localhost:8080/docs#security\n"));
    EXPECT_THAT(text, HasSubstr("Expires: 2026-07-30T00:00:00Z\n"));
}

}  // namespace
}  // namespace yinxin::server::test
