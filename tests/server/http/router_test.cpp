// SPDX-License-Identifier: Apache-2.0
#include "server/http/router.h"

#include <gtest/gtest.h>

namespace yinxin::server {
namespace {

std::vector<std::string> segments(const std::string& path) {
    const auto head = parse_head("GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n");
    return std::get<RequestHead>(head).segments;
}

std::vector<Route> some_routes() {
    std::vector<Route> routes;
    for (const auto& [method, path] :
         std::vector<std::pair<const char*, const char*>>{{"GET", "/"},
                                                          {"POST", "/a"},
                                                          {"POST", "/a/file"},
                                                          {"GET", "/a/{id}"},
                                                          {"GET", "/a/{id}/pdf"},
                                                          {"POST", "/a/{id}/end"}}) {
        Route route;
        route.method = method;
        route.path = path;
        routes.push_back(route);
    }
    return routes;
}

TEST(Router, FindsRoutesAndTheirValues) {
    const auto routes = some_routes();
    const Router router(routes);
    const auto path_of = [&](const char* method, const char* path) -> std::string {
        const auto match = router.match(method, segments(path));
        const auto* found = std::get_if<Router::Match>(&match);
        return found == nullptr ? "" : found->route->path;
    };
    EXPECT_EQ(path_of("GET", "/"), "/");
    EXPECT_EQ(path_of("HEAD", "/"), "/");
    EXPECT_EQ(path_of("POST", "/a"), "/a");
    EXPECT_EQ(path_of("GET", "/a/1"), "/a/{id}");
    EXPECT_EQ(path_of("POST", "/a/file"), "/a/file");
    EXPECT_EQ(path_of("GET", "/a/1/pdf"), "/a/{id}/pdf");
    const auto match = router.match("GET", segments("/a/x%20y/pdf"));
    EXPECT_EQ(std::get<Router::Match>(match).values.at("id"), "x y");
}

TEST(Router, TellsAWrongMethodFromAWrongPath) {
    const auto routes = some_routes();
    const Router router(routes);
    EXPECT_EQ(std::get<Router::NoMethod>(router.match("DELETE", segments("/a/1/pdf"))).allow,
              "GET, HEAD");
    EXPECT_EQ(std::get<Router::NoMethod>(router.match("PUT", segments("/a/file"))).allow,
              "GET, HEAD, POST");
    for (const char* path : {"/b", "/a/", "/a//pdf", "/a/1/", "/a/1/pdf/x", "//"})
        EXPECT_TRUE(std::holds_alternative<Router::NoPath>(router.match("GET", segments(path))))
            << path;
}

}  // namespace
}  // namespace yinxin::server
