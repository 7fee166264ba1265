// SPDX-License-Identifier: Apache-2.0
// Body caps, limits per caller and connections per address, against the running server.
#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <mutex>

#include "tests/server/http/test_server.h"

namespace yinxin::server::test {
namespace {

using namespace std::chrono_literals;

const std::string kTierZero = "/api/v1/verifications/" + known_code;

std::string forwarded(const std::string& addresses) {
    return "X-Forwarded-For: " + addresses + "\r\n";
}

TEST(BodyCap, AnswersTenMegabytesOfJsonPromptly) {
    TestServer server;
    server.start();
    const auto from = std::chrono::steady_clock::now();
    const Answer answer =
        server.post("/api/v1/documents", std::string(10u << 20, ' '), with_idempotency());
    EXPECT_EQ(answer.status, 413);
    EXPECT_EQ(answer.field("content-type"), "application/problem+json");
    EXPECT_EQ(answer.json().at("type"), "http://localhost:8080/problems/too-large");
    EXPECT_EQ(answer.field("connection"), "close");
    EXPECT_LE(std::chrono::steady_clock::now() - from, 2s);
}

TEST(BodyCap, AnswersBeforeTheBodyIsSent) {
    TestServer server;
    server.start();
    const std::string head =
        "POST /api/v1/verifications/file HTTP/1.1\r\nHost: a\r\nContent-Length: ";
    EXPECT_EQ(server.send(head + "999999999999\r\n\r\n").status, 413);
    EXPECT_EQ(server.send(head + "99999999\r\nExpect: 100-continue\r\n\r\n").status, 413);
}

TEST(BodyCap, TakesAFileOfTheLimitAndRefusesOneByteMore) {
    TestServer server;
    server.start();
    const std::size_t limit = static_cast<std::size_t>(server.config.limits.upload_bytes_max);
    EXPECT_EQ(server.post("/api/v1/verifications/file", std::string(limit, 'x')).status, 200);
    EXPECT_EQ(server.post("/api/v1/verifications/file", std::string(limit + 1, 'x')).status, 413);
}

TEST(CallerLimit, Answers429WithRetryAfterBeyondTheBurst) {
    TestServer server;
    server.config.limits.requests_per_minute = 30;
    server.config.limits.requests_burst = 3;
    server.start();
    for (int i = 0; i < 3; ++i) EXPECT_EQ(server.get(kTierZero).status, 200);
    const Answer refused = server.get(kTierZero);
    EXPECT_EQ(refused.status, 429);
    EXPECT_EQ(refused.field("retry-after"), "2");
    EXPECT_EQ(refused.field("content-type"), "application/problem+json");
    EXPECT_EQ(server.post("/api/v1/verifications", "{}").status, 429);
    EXPECT_EQ(server.post("/api/v1/verifications/file", "x").status, 429);
    const Answer page = server.get("/v/" + known_code);
    EXPECT_EQ(page.status, 429);
    EXPECT_EQ(page.field("content-type"), "text/html; charset=utf-8");
    EXPECT_EQ(page.field("retry-after"), "2");
    EXPECT_EQ(server.get("/").status, 429);
}

TEST(CallerLimit, LeavesHealthAndStaticFilesAlone) {
    TestServer server;
    server.config.limits.requests_burst = 1;
    server.start();
    for (int i = 0; i < 20; ++i) {
        EXPECT_EQ(server.get("/livez").status, 200);
        EXPECT_EQ(server.get("/readyz").status, 200);
        EXPECT_EQ(server.get("/static/style.css").status, 200);
        EXPECT_EQ(server.get("/.well-known/jwks.json").status, 200);
    }
}

TEST(CallerLimit, GivesApiKeysTheirOwnQuota) {
    TestServer server;
    server.config.limits.requests_per_minute = 1;
    server.config.limits.requests_burst = 1;
    server.config.limits.api_requests_per_minute = 60;
    server.config.limits.api_requests_burst = 5;
    server.start();
    EXPECT_EQ(server.get(kTierZero).status, 200);
    EXPECT_EQ(server.get(kTierZero).status, 429);
    for (int i = 0; i < 5; ++i) EXPECT_EQ(server.get(kTierZero, with_key()).status, 200);
    EXPECT_EQ(server.get(kTierZero, with_key()).status, 429);
}

TEST(CallerLimit, LimitsWrongKeysButNeverAGoodOne) {
    TestServer server;
    server.config.limits.requests_per_minute = 30;
    server.config.limits.requests_burst = 3;
    std::atomic<int> looked_up = 0;
    server.authenticated = [&looked_up] { ++looked_up; };
    server.start();
    EXPECT_EQ(server.get("/api/v1/documents/d1", with_key()).status, 200);
    const std::string wrong = "Authorization: Bearer guess\r\n";
    for (int i = 0; i < 3; ++i) {
        const Answer answer = server.get("/api/v1/documents/d1", wrong);
        EXPECT_EQ(answer.status, 401);
        EXPECT_EQ(answer.field("www-authenticate"), "Bearer realm=\"yinxin\"");
    }
    EXPECT_EQ(server.get("/api/v1/documents/d1", wrong).status, 429);
    EXPECT_EQ(server.get("/api/v1/documents/d1").status, 429);
    EXPECT_EQ(server.get(kTierZero, wrong).status, 429);
    EXPECT_EQ(looked_up, 4) << "beyond the limit nothing is looked up";
    EXPECT_EQ(server.get("/api/v1/documents/d1", with_key()).status, 200);
}

TEST(CallerLimit, IgnoresAForwardedAddressFromAStranger) {
    TestServer server;
    server.config.limits.requests_per_minute = 1;
    server.config.limits.requests_burst = 1;
    server.start();
    EXPECT_EQ(server.get(kTierZero, forwarded("203.0.113.1")).status, 200);
    EXPECT_EQ(server.get(kTierZero, forwarded("203.0.113.2")).status, 429);
}

TEST(CallerLimit, CountsTheAddressATrustedProxyNames) {
    TestServer server;
    server.config.limits.requests_per_minute = 1;
    server.config.limits.requests_burst = 1;
    server.config.trusted_proxies = {"127.0.0.0/8", "10.0.0.1"};
    server.start();
    EXPECT_EQ(server.get(kTierZero, forwarded("203.0.113.1")).status, 200);
    EXPECT_EQ(server.get(kTierZero, forwarded("203.0.113.2")).status, 200);
    EXPECT_EQ(server.get(kTierZero, forwarded("203.0.113.1")).status, 429);
    // What the caller wrote himself stands further left and counts for nothing.
    EXPECT_EQ(server.get(kTierZero, forwarded("198.51.100.9, 203.0.113.1, 10.0.0.1")).status, 429);
    // One /64 is one caller.
    EXPECT_EQ(server.get(kTierZero, forwarded("2001:db8::1")).status, 200);
    EXPECT_EQ(server.get(kTierZero, forwarded("2001:db8::ffff:2")).status, 429);
    EXPECT_EQ(server.get(kTierZero, forwarded("2001:db8:0:1::1")).status, 200);
}

TEST(CallerLimit, ReadsRepeatedForwardedFieldsAsOneList) {
    TestServer server;
    server.config.limits.requests_per_minute = 1;
    server.config.limits.requests_burst = 1;
    server.config.trusted_proxies = {"127.0.0.0/8", "10.0.0.1"};
    server.start();
    // The caller's own field stands first; what the proxies added follows in fields of their own.
    const auto through = [&server](const std::string& own, const std::string& seen) {
        return server.get(kTierZero, forwarded(own) + forwarded(seen) + forwarded("10.0.0.1"))
            .status;
    };
    EXPECT_EQ(through("198.51.100.1", "203.0.113.1"), 200);
    EXPECT_EQ(through("198.51.100.2", "203.0.113.1"), 429);
    EXPECT_EQ(through("198.51.100.2", "203.0.113.2"), 200);
    EXPECT_EQ(through("198.51.100.3", "203.0.113.3, 203.0.113.2"), 429);
    // A field that is no list of addresses hides nothing that stands to its right.
    EXPECT_EQ(through("nonsense", "203.0.113.1"), 429);
}

TEST(BodyCap, IsFourKibibytesForAPublicQuestion) {
    TestServer server;
    server.start();
    std::string body = R"({"code":")" + known_code + R"("})";
    body.resize(4096, ' ');
    EXPECT_EQ(server.post("/api/v1/verifications", body).status, 200);
    EXPECT_EQ(server.post("/api/v1/verifications", body + " ").status, 413);
}

// Requests that stay under way until they are let go.
class Held {
  public:
    explicit Held(TestServer& server) {
        server.use.verify_code = [this](const std::string&) {
            std::unique_lock lock(mutex_);
            ++entered_;
            changed_.notify_all();
            changed_.wait(lock, [this] { return free_; });
            return tier0();
        };
    }
    void wait_for(int count) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return entered_ >= count; });
    }
    void let_go() {
        const std::lock_guard lock(mutex_);
        free_ = true;
        changed_.notify_all();
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    int entered_ = 0;
    bool free_ = false;
};

const std::string kAlive = "GET /livez HTTP/1.1\r\nHost: a\r\n\r\n";

TEST(ConnectionCap, ClosesWhatAnAddressHasTooMany) {
    TestServer server;
    Held held(server);
    server.config.limits.connections_per_address = 3;
    server.start();
    std::vector<std::unique_ptr<Client>> busy;
    for (int i = 0; i < 3; ++i) {
        busy.push_back(std::make_unique<Client>(server.port()));
        busy.back()->send("GET " + kTierZero + " HTTP/1.1\r\nHost: a\r\n\r\n");
        held.wait_for(i + 1);
    }
    Client fourth(server.port());
    fourth.send(kAlive);
    EXPECT_EQ(fourth.read_answer().status, 0);
    Client stranger(server.port(), "127.0.0.2");
    stranger.send(kAlive);
    EXPECT_EQ(stranger.read_answer().status, 200);
    held.let_go();
    for (const auto& client : busy) EXPECT_EQ(client->read_answer().status, 200);
}

// A browser keeps connections for later; they do not shut out its next one.
TEST(ConnectionCap, DoesNotCountIdleConnectionsAgainstANewOne) {
    TestServer server;
    server.config.limits.connections_per_address = 3;
    server.start();
    std::vector<std::unique_ptr<Client>> kept;
    const auto answered = [&] {
        kept.push_back(std::make_unique<Client>(server.port()));
        kept.back()->send(kAlive);
        return kept.back()->read_answer().status == 200;
    };
    for (int i = 0; i < 20; ++i)
        while (!answered()) {  // the one before is on its way to being idle
        }
    EXPECT_GE(kept.size(), 20u);
}

}  // namespace
}  // namespace yinxin::server::test
