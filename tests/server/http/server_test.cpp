// SPDX-License-Identifier: Apache-2.0
// Connections, answers' common fields, starting and stopping.
#include "server/http/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <stdexcept>
#include <thread>

#include "tests/server/http/test_server.h"

namespace yinxin::server::test {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

TEST(Server, GivesEveryAnswerItsSecurityFields) {
    TestServer server;
    server.use.readiness = []() -> Json { throw std::runtime_error("planted"); };
    server.config.limits.header_seconds = 1;
    server.start();
    const std::vector<Answer> answers{server.get("/"),
                                      server.get("/v/" + known_code),
                                      server.get("/nowhere"),
                                      server.get("/static/style.css"),
                                      server.get("/api/v1/verifications/" + known_code),
                                      server.get("/api/v1/documents/d1"),
                                      server.get("/api/v1/documents/d1", with_key()),
                                      server.get("/api/v1/documents/d1/pdf", with_key()),
                                      server.get("/api/v1/documents"),
                                      server.get("/readyz"),
                                      server.get("/problems/internal"),
                                      server.post("/", "code=" + known_code),
                                      server.post("/", "code=0"),
                                      server.post("/api/v1/verifications", "{"),
                                      server.post("/api/v1/verifications", std::string(9999, ' ')),
                                      server.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n", true),
                                      server.send("POST / HTTP/1.1\r\nHost: a\r\n\r\n"),
                                      server.send("BREW / HTTP/1.1\r\nHost: a\r\n\r\n"),
                                      server.send("GET / HTTP/1.1\r\nHost: a\r\nX: "),
                                      server.send("broken\r\n\r\n")};
    std::set<int> statuses;
    for (const auto& answer : answers) statuses.insert(answer.status);
    EXPECT_EQ(statuses, (std::set<int>{200, 303, 400, 401, 404, 405, 408, 411, 413, 500}));
    for (const auto& answer : answers) {
        SCOPED_TRACE(answer.raw.substr(0, 200));
        EXPECT_EQ(
            answer.field("content-security-policy"),
            "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
            "img-src 'self' data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'");
        EXPECT_EQ(answer.field("x-content-type-options"), "nosniff");
        EXPECT_EQ(answer.field("referrer-policy"), "no-referrer");
        EXPECT_FALSE(answer.field("date").empty());
        EXPECT_EQ(answer.field("x-trace-id").size(), 16u);
        EXPECT_EQ(answer.field("cache-control"),
                  answer.field("content-type").starts_with("text/css") ? "public, max-age=300"
                                                                       : "no-store");
    }
}

TEST(Server, AnswersHeadLikeGetWithoutABody) {
    TestServer server;
    server.start();
    for (const std::string path :
         {"/", "/livez", "/openapi.json", "/v/7K3M9Q2T5W8X4Y6Y", "/nowhere"}) {
        const Answer get = server.get(path);
        Client client(server.port());
        client.send("HEAD " + path + " HTTP/1.1\r\nHost: a\r\n\r\n");
        const Answer head = client.read_answer(true);
        EXPECT_EQ(head.status, get.status);
        EXPECT_EQ(head.field("content-length"), get.field("content-length"));
        client.send("GET /livez HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        EXPECT_EQ(client.read_answer().body, R"({"live":true})")
            << "HEAD of " << path << " had a body";
    }
}

TEST(Server, NamesTheMethodsThatAreAllowed) {
    TestServer server;
    server.start();
    const Answer answer = server.send("DELETE /api/v1/documents/d1 HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(answer.status, 405);
    EXPECT_EQ(answer.field("allow"), "GET, HEAD");
    EXPECT_EQ(answer.json().at("type"), "http://localhost:8080/problems/method-not-allowed");
    EXPECT_EQ(server.get("/api/v1/documents").field("allow"), "POST");
    const Answer head = server.send("HEAD /api/v1/documents HTTP/1.1\r\nHost: a\r\n\r\n", true);
    EXPECT_EQ(head.status, 405);
    EXPECT_EQ(head.field("allow"), "POST");
    EXPECT_EQ(server.send("BREW /v/x HTTP/1.1\r\nHost: a\r\n\r\n").field("allow"),
              "GET, HEAD, POST");
}

TEST(Server, DoesNotRouteWhatLaterIssuesBring) {
    TestServer server;
    server.start();
    for (const char* path : {"/metrics",
                             "/portal",
                             "/kiosk",
                             "/console",
                             "/api/v1/batches/1",
                             "/api/v1/dispatches",
                             "/log/checkpoint",
                             "/static/../openapi.json"})
        EXPECT_EQ(server.get(path).status, 404) << path;
}

TEST(Server, KeepsAConnectionForManyRequests) {
    TestServer server;
    server.start();
    Client client(server.port());
    for (int i = 0; i < 100; ++i) {
        ASSERT_TRUE(client.send("GET /livez HTTP/1.1\r\nHost: a\r\n\r\n"));
        ASSERT_EQ(client.read_answer().status, 200);
    }
}

TEST(Server, ClosesAConnectionAfterAThousandRequests) {
    TestServer server;
    server.start();
    Client client(server.port());
    for (int i = 0; i < 1000; ++i) {
        client.send("GET /livez HTTP/1.1\r\nHost: a\r\n\r\n");
        ASSERT_EQ(client.read_answer().status, 200);
    }
    EXPECT_TRUE(client.closed_by_server());
}

TEST(Server, GivesUpIdleConnectionsWhenItsThreadsAreAllTaken) {
    TestServer server;
    server.threads_max = 16;
    server.config.limits.header_seconds = 30;
    server.start();
    std::vector<std::unique_ptr<Client>> idle;
    for (int i = 0; i < 40; ++i) {  // more than there are threads
        idle.push_back(std::make_unique<Client>(server.port()));
        idle.back()->send("GET /livez HTTP/1.1\r\nHost: a\r\n\r\n");
        ASSERT_EQ(idle.back()->read_answer().status, 200) << i;
    }
    EXPECT_EQ(server.get("/livez").status, 200);
}

TEST(Server, AnswersWhatIsUnderWayWhenItDrains) {
    TestServer server;
    std::atomic<bool> entered = false;
    server.use.verify_code = [&entered](const std::string&) {
        entered = true;
        std::this_thread::sleep_for(300ms);
        return tier0();
    };
    server.start();
    Client busy(server.port()), idle(server.port());
    idle.send("GET /livez HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(idle.read_answer().status, 200);
    busy.send("GET /api/v1/verifications/" + known_code + " HTTP/1.1\r\nHost: a\r\n\r\n");
    while (!entered) std::this_thread::sleep_for(1ms);
    const auto from = std::chrono::steady_clock::now();
    server.server().drain_and_stop(5s);
    EXPECT_LE(std::chrono::steady_clock::now() - from, 3s);
    const Answer answer = busy.read_answer();
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.field("connection"), "close");
    EXPECT_TRUE(idle.closed_by_server());
    EXPECT_ANY_THROW(Client{server.port()});
}

TEST(Server, SaysWhichAddressItCannotBind) {
    TestServer first;
    first.start();
    TestServer second;
    second.config.listen = "127.0.0.1:" + std::to_string(first.port());
    try {
        second.start();
        FAIL() << "two servers on one port";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::Unavailable);
        EXPECT_THAT(error.what(), HasSubstr(second.config.listen));
        EXPECT_THAT(error.what(), HasSubstr("--listen"));
    }
}

}  // namespace
}  // namespace yinxin::server::test
