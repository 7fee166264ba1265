// SPDX-License-Identifier: Apache-2.0
// The log tells operators what happened and strangers nothing: planted values must not appear in
// it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/http/access_log.h"
#include "tests/server/http/test_server.h"

namespace yinxin::server::test {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Log, HoldsNoCodeFactTokenKeyAddressOrBody) {
    TestServer server;
    server.start();
    server.get("/v/" + known_code);
    server.get("/v/7k3m-9q2t-5w8x-4y6y?lang=en");
    server.get("/api/v1/verifications/" + known_code);
    server.post("/", "code=" + known_code);
    server.post("/v/" + known_code, "fact=id_last6&value=canary-fact");
    server.post("/api/v1/verifications",
                R"({"code":"7K3M9Q2T5W8X4Y6Y","token":"canary-token-canary-token"})");
    server.post("/api/v1/documents",
                R"({"type":"t","data":{"name":"canary-name"}})",
                with_idempotency("canary-idempotency"));
    server.get("/canary-path/" + known_code, "Authorization: Bearer canary-key\r\n");
    server.get("/api/v1/documents/canary-id", "Authorization: Bearer canary-key\r\n");
    server.send("CANARY-METHOD /livez HTTP/1.1\r\nHost: canary-host\r\n\r\n");
    server.send("GET /canary HTTP/1.1\r\nbroken canary\r\n\r\n");
    ASSERT_EQ(server.log().size(), 11u);
    const std::string log = server.log_text();
    EXPECT_THAT(log, Not(HasSubstr("7K3M")));
    EXPECT_THAT(log, Not(HasSubstr("7k3m")));
    EXPECT_THAT(log, Not(HasSubstr("anary")));
    EXPECT_THAT(log, Not(HasSubstr("CANARY")));
    EXPECT_THAT(log, Not(HasSubstr("127.0.0.1")));
    EXPECT_THAT(log, Not(HasSubstr(api_key)));
    EXPECT_THAT(log, HasSubstr("\"route\":\"/v/{code}\""));
}

TEST(Log, IsOneJsonObjectALineWithTheAnswersTraceId) {
    TestServer server;
    server.start();
    const Answer answer = server.get("/api/v1/verifications/" + unknown_code, with_key());
    ASSERT_EQ(server.log().size(), 1u);
    const auto line = Json::parse(server.log().front());
    EXPECT_EQ(line.at("time"), "2026-01-31T00:00:00Z");
    EXPECT_EQ(line.at("trace_id"), answer.field("x-trace-id"));
    EXPECT_EQ(line.at("method"), "GET");
    EXPECT_EQ(line.at("route"), "/api/v1/verifications/{code}");
    EXPECT_EQ(line.at("status"), 200);
    EXPECT_EQ(line.at("note"), "not_verified");
    EXPECT_EQ(line.at("caller"), "caller-1");
    EXPECT_GE(line.at("us").get<int>(), 0);
    EXPECT_EQ(line.at("address").get<std::string>().size(), 16u);
}

TEST(Log, NamesAnAddressTheSameForADayOnly) {
    TestServer server;
    server.start();
    const auto address = [&server] {
        server.get("/livez");
        return Json::parse(server.log().back()).at("address").get<std::string>();
    };
    const auto first = address();
    EXPECT_EQ(address(), first);
    server.clock.at += std::chrono::days(1);
    EXPECT_NE(address(), first);
}

TEST(Log, IsAsciiWhateverANameHolds) {
    std::string line;
    CountingRandom random;
    FixedClock clock;
    AccessLog log([&line](std::string_view given) { line = given; }, clock, random);
    log.request({.trace_id = "t", .method = "GET", .route = "/", .api_caller = "税\"\xff"});
    EXPECT_EQ(Json::parse(line).at("caller"), "税\"\uFFFD");
    for (const char c : line) EXPECT_LT(static_cast<unsigned char>(c), 0x80);
}

TEST(Log, KeepsAFaultsDetailThatTheAnswerHides) {
    TestServer server;
    server.use.document = [](const Caller&, const std::string&) -> Json {
        throw std::runtime_error("row 17 is odd");
    };
    server.start();
    const Answer answer = server.get("/api/v1/documents/d1", with_key());
    EXPECT_EQ(answer.status, 500);
    EXPECT_THAT(answer.raw, Not(HasSubstr("row 17")));
    EXPECT_THAT(server.log_text(), HasSubstr("row 17 is odd"));
    EXPECT_THAT(server.log_text(), HasSubstr(answer.json().at("trace_id").get<std::string>()));
}

TEST(Log, TellsTheCallerWhatIsMeantForHim) {
    TestServer server;
    server.use.document = [](const Caller&, const std::string&) -> Json {
        throw Error(ErrorCode::Unavailable,
                    "inside: process 4711",
                    {{"", "clock", "this server's clock was set back by 6 s"}});
    };
    server.start();
    const Answer answer = server.get("/api/v1/documents/d1", with_key());
    EXPECT_EQ(answer.status, 503);
    EXPECT_THAT(answer.raw, Not(HasSubstr("4711")));
    EXPECT_EQ(answer.json().at("errors").at(0).at("rule"), "clock");
    EXPECT_THAT(answer.raw, HasSubstr("set back by 6 s"));
}

TEST(Log, KeepsWhatTheRegisterSaysFromTheCaller) {
    TestServer server;
    ErrorCode code{};
    server.use.document = [&code](const Caller&, const std::string&) -> Json {
        throw Error(code, "register: INSERT INTO document: disk full (SQLite 13)");
    };
    server.start();
    for (const auto& [given, status] : std::map<ErrorCode, int>{{ErrorCode::Unavailable, 503},
                                                                {ErrorCode::StorageFull, 507},
                                                                {ErrorCode::Conflict, 409}}) {
        code = given;
        const std::size_t before = server.log().size();
        const Answer answer = server.get("/api/v1/documents/d1", with_key());
        EXPECT_EQ(answer.status, status);
        EXPECT_THAT(answer.raw, Not(HasSubstr("INSERT")));
        EXPECT_THAT(answer.raw, Not(HasSubstr("SQLite")));
        EXPECT_EQ(answer.json().contains("detail"), status != 409);
        ASSERT_EQ(server.log().size(), before + 2);
        const auto line = Json::parse(server.log().at(before));
        EXPECT_EQ(line.at("level"), "error");
        EXPECT_EQ(line.at("trace_id"), answer.json().at("trace_id"));
        EXPECT_THAT(line.at("detail").get<std::string>(), HasSubstr("SQLite 13"));
    }
}

}  // namespace
}  // namespace yinxin::server::test
