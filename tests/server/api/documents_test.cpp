// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/server/http/test_server.h"

namespace yinxin::server::test {
namespace {

using testing::HasSubstr;

const std::string kIssue = R"({"type":"tax-payment-record","data":{"a":1}})";

TEST(Issue, Answers201WithTheLocationAndPassesEverythingOn) {
    TestServer server;
    IssueRequest seen;
    Caller caller;
    const auto issue = server.use.issue;
    server.use.issue = [&](const Caller& who, const IssueRequest& request) {
        caller = who;
        seen = request;
        return issue(who, request);
    };
    server.start();
    const Answer answer = server.post(
        "/api/v1/documents",
        R"({"type":"invoice","data":{"a":{"b":[1,"x"]}},"options":{"channel":"counter"}})",
        with_idempotency("key-17"));
    EXPECT_EQ(answer.status, 201);
    EXPECT_EQ(answer.field("location"), "/api/v1/documents/d1");
    EXPECT_EQ(answer.json().at("code"), known_code);
    EXPECT_EQ(caller.id, "caller-1");
    EXPECT_EQ(seen.type, "invoice");
    EXPECT_EQ(seen.data, Json::parse(R"({"a":{"b":[1,"x"]}})"));
    EXPECT_EQ(seen.options, Json::parse(R"({"channel":"counter"})"));
    EXPECT_EQ(seen.idempotency_key, "key-17");
}

TEST(Issue, Answers200ForAReplayedKey) {
    TestServer server;
    server.start();
    const Answer answer = server.post("/api/v1/documents", kIssue, with_idempotency("replayed"));
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.field("location"), "");
}

TEST(Issue, NeedsAnIdempotencyKey) {
    TestServer server;
    server.start();
    for (const char* path :
         {"/api/v1/documents", "/api/v1/documents/d1/revoke", "/api/v1/documents/d1/replace"}) {
        const Answer answer = server.post(path, kIssue, with_key());
        EXPECT_EQ(answer.status, 400);
        EXPECT_THAT(answer.json().at("detail").get<std::string>(), HasSubstr("Idempotency-Key"));
    }
    for (const std::string& key : {std::string(201, 'a'), std::string("a b"), std::string("\xe5")})
        EXPECT_EQ(server.post("/api/v1/documents", kIssue, with_idempotency(key)).status, 400);
}

TEST(Issue, NeedsAKnownApiKey) {
    TestServer server;
    server.start();
    for (const std::string& fields : {std::string(),
                                      std::string("Authorization: Bearer wrong\r\n"),
                                      std::string("Authorization: Basic dGVzdA==\r\n"),
                                      "Authorization: " + api_key + "\r\n"}) {
        const Answer answer =
            server.post("/api/v1/documents", kIssue, fields + "Idempotency-Key: k\r\n");
        EXPECT_EQ(answer.status, 401);
        EXPECT_EQ(answer.json().at("type"), "http://localhost:8080/problems/unauthorized");
        EXPECT_THAT(answer.field("www-authenticate"), HasSubstr("Bearer"));
    }
}

TEST(Roles, DecideWhatAKeyMayDo) {
    struct Try {
        const char *method, *path, *body;
        int issuer, verifier, admin;
    };
    const std::vector<Try> tries{
        {"POST", "/api/v1/documents", R"({"type":"invoice","data":{}})", 201, 403, 201},
        {"GET", "/api/v1/documents/d1", "", 200, 403, 200},
        {"GET", "/api/v1/documents/d1/pdf", "", 200, 403, 200},
        {"POST", "/api/v1/documents/d1/replace", R"({"data":{},"reason":"x"})", 201, 403, 201},
        {"POST", "/api/v1/documents/d1/revoke", R"({"reason":"x"})", 200, 403, 200},
        {"GET", "/api/v1/verifications/7K3M9Q2T5W8X4Y6Y", "", 200, 200, 200},
        {"POST", "/api/v1/verifications", R"({"code":"7K3M9Q2T5W8X4Y6Y"})", 200, 200, 200},
        {"POST", "/api/v1/verifications/file", "%PDF-genuine", 200, 200, 200},
        {"GET", "/v/7K3M9Q2T5W8X4Y6Y", "", 200, 200, 200},
    };
    for (const auto& [role, status] :
         std::vector<std::pair<Role, int Try::*>>{{Role::Issuer, &Try::issuer},
                                                  {Role::Verifier, &Try::verifier},
                                                  {Role::Admin, &Try::admin}}) {
        TestServer server;
        server.role = role;
        bool admin = false;
        const auto issue = server.use.issue;
        server.use.issue = [&](const Caller& caller, const IssueRequest& request) {
            admin = caller.admin;
            return issue(caller, request);
        };
        server.start();
        for (const Try& one : tries) {
            SCOPED_TRACE(to_text(role) + " " + one.method + " " + one.path);
            const Answer answer = one.method == std::string("GET")
                                      ? server.get(one.path, with_key())
                                      : server.post(one.path, one.body, with_idempotency());
            EXPECT_EQ(answer.status, one.*status);
            if (answer.status == 403) {
                EXPECT_EQ(answer.json().at("type"), "http://localhost:8080/problems/forbidden");
                EXPECT_THAT(answer.json().at("detail").get<std::string>(),
                            HasSubstr("the role verifier; here issuer or admin"));
            }
        }
        EXPECT_EQ(admin, role == Role::Admin);
    }
}

struct Wrong {
    std::string body, pointer, rule;
};

TEST(Issue, NamesWrongMembersByPointer) {
    TestServer server;
    server.start();
    const std::vector<Wrong> wrong{
        {R"([])", "", "type"},
        {R"({"data":{}})", "/type", "required"},
        {R"({"type":"x"})", "/data", "required"},
        {R"({"type":1,"data":{}})", "/type", "type"},
        {R"({"type":"x","data":[]})", "/data", "type"},
        {R"({"type":"x","data":{},"options":"a"})", "/options", "type"},
        {R"({"type":"x","data":{},"a/b~c":1})", "/a~1b~0c", "unknown_field"},
        {R"({"type":"x","data":{},"options":{"a/b~c":1}})", "/options/a~1b~0c", "unknown"},
    };
    for (const auto& [body, pointer, rule] : wrong) {
        SCOPED_TRACE(body);
        const Answer answer = server.post("/api/v1/documents", body, with_idempotency());
        ASSERT_EQ(answer.status, 422);
        const Json fault = answer.json().at("errors").at(0);
        EXPECT_EQ(fault.at("pointer"), pointer);
        EXPECT_EQ(fault.at("rule"), rule);
    }
}

TEST(Issue, PointsIntoTheRequestWhateverTheServicePointsInto) {
    TestServer server;
    std::string pointer;
    server.use.issue = [&pointer](const Caller&, const IssueRequest&) -> IssueAnswer {
        throw Error(ErrorCode::Invalid, "x", {{pointer, "r", "d"}});
    };
    server.start();
    const auto outside = [&](const std::string& inside, const std::string& data) {
        pointer = inside;
        const Answer answer = server.post(
            "/api/v1/documents", R"({"type":"x","data":)" + data + "}", with_idempotency());
        EXPECT_EQ(answer.status, 422);
        return answer.json().at("errors").at(0).at("pointer").get<std::string>();
    };
    EXPECT_EQ(outside("/taxpayer/name", "{}"), "/data/taxpayer/name");
    EXPECT_EQ(outside("", "{}"), "/data");
    EXPECT_EQ(outside("/options/channel", R"({"options":{}})"), "/data/options/channel");
}

TEST(Issue, TellsTheOptionsBesideTheDataFromThoseInIt) {
    TestServer server;
    server.start();
    const Answer answer = server.post(
        "/api/v1/documents",
        R"({"type":"x","data":{"options":{"channel":"self"}},"options":{"channel":"pigeon"}})",
        with_idempotency());
    EXPECT_EQ(answer.status, 422);
    ASSERT_EQ(answer.json().at("errors").size(), 1u);
    EXPECT_EQ(answer.json().at("errors").at(0).at("pointer"), "/options/channel");
}

TEST(Issue, AnUnknownTypeIsAFaultOfTheTypeMember) {
    TestServer server;
    server.use.issue = [](const Caller&, const IssueRequest&) -> IssueAnswer {
        throw Error(ErrorCode::NotFound, "no type \"x\"; known are invoice and tax-payment-record");
    };
    server.start();
    const Answer answer = server.post("/api/v1/documents", kIssue, with_idempotency());
    EXPECT_EQ(answer.status, 422);
    EXPECT_EQ(answer.json().at("errors").at(0).at("pointer"), "/type");
    EXPECT_THAT(answer.json().at("errors").at(0).at("detail").get<std::string>(),
                HasSubstr("known are invoice"));
}

TEST(Issue, SaysWhereTheJsonIsBroken) {
    TestServer server;
    server.start();
    const Answer answer =
        server.post("/api/v1/documents", "{\"type\": \"x\",\n \"data\": {,}}", with_idempotency());
    EXPECT_EQ(answer.status, 400);
    EXPECT_THAT(answer.json().at("detail").get<std::string>(), HasSubstr("line 2, column 11"));
}

TEST(Issue, AnswersEachErrorOfTheServiceWithItsProblem) {
    TestServer server;
    ErrorCode code{};
    server.use.issue = [&code](const Caller&, const IssueRequest&) -> IssueAnswer {
        throw Error(code, "why");
    };
    server.start();
    for (const auto& [given, status] : std::map<ErrorCode, int>{{ErrorCode::Mismatch, 422},
                                                                {ErrorCode::Conflict, 409},
                                                                {ErrorCode::Forbidden, 403},
                                                                {ErrorCode::Unavailable, 503},
                                                                {ErrorCode::StorageFull, 507},
                                                                {ErrorCode::Internal, 500}}) {
        code = given;
        const Answer answer = server.post("/api/v1/documents", kIssue, with_idempotency());
        EXPECT_EQ(answer.status, status);
        EXPECT_EQ(answer.field("content-type"), "application/problem+json");
        EXPECT_EQ(answer.json().at("status"), status);
        EXPECT_EQ(answer.field("retry-after").empty(), status != 503 && status != 507);
    }
}

TEST(Document, AnswersItsRecordOr404) {
    TestServer server;
    server.start();
    EXPECT_EQ(server.get("/api/v1/documents/d1", with_key()).json().at("owner"), "caller-1");
    EXPECT_EQ(server.get("/api/v1/documents/d9", with_key()).status, 404);
    EXPECT_EQ(server.get("/api/v1/documents/d1").status, 401);
}

TEST(Pdf, ComesWithNameDigestAndTag) {
    TestServer server;
    server.start();
    const Answer answer = server.get("/api/v1/documents/d1/pdf", with_key());
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, "%PDF-1.7 exact bytes");
    EXPECT_EQ(answer.field("content-type"), "application/pdf");
    EXPECT_EQ(answer.field("cache-control"), "no-store");
    EXPECT_EQ(answer.field("etag"), "\"" + std::string(64, '0') + "\"");
    EXPECT_EQ(answer.field("content-digest"),
              "sha-256=:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=:");
    EXPECT_EQ(answer.field("content-disposition"),
              "attachment; filename=\"_____________1.pdf\"; "
              "filename*=UTF-8''%e7%ba%b3%e7%a8%8e%e8%ae%b0%e5%bd%95%201.pdf");
    const Answer head = server.send(
        "HEAD /api/v1/documents/d1/pdf HTTP/1.1\r\nHost: a\r\n" + with_key() + "\r\n", true);
    EXPECT_EQ(head.status, 200);
    EXPECT_EQ(head.field("content-length"), std::to_string(answer.body.size()));
    EXPECT_EQ(head.field("content-digest"), answer.field("content-digest"));
    const Answer known = server.get("/api/v1/documents/d1/pdf",
                                    with_key() + "If-None-Match: " + answer.field("etag") + "\r\n");
    EXPECT_EQ(known.status, 304);
    EXPECT_EQ(known.body, "");
}

TEST(Pdf, TakesARevisionNumber) {
    TestServer server;
    server.start();
    EXPECT_EQ(server.get("/api/v1/documents/d1/pdf?revision=1", with_key()).status, 200);
    EXPECT_EQ(server.get("/api/v1/documents/d1/pdf?revision=2", with_key()).status, 404);
    for (const char* bad : {"0", "-1", "x", "1x", "", "99999999999999999999"})
        EXPECT_EQ(
            server.get(std::string("/api/v1/documents/d1/pdf?revision=") + bad, with_key()).status,
            400)
            << bad;
}

TEST(Revoke, NeedsAReasonAndAnswersTheNewState) {
    TestServer server;
    server.start();
    const std::string path = "/api/v1/documents/d1/revoke";
    EXPECT_EQ(server.post(path, R"({"reason":"issued in error"})", with_idempotency())
                  .json()
                  .at("status"),
              "revoked");
    EXPECT_EQ(server.post(path, "{}", with_idempotency()).json().at("errors").at(0).at("pointer"),
              "/reason");
}

TEST(Replace, Answers201WithTheNewDocument) {
    TestServer server;
    server.start();
    const std::string path = "/api/v1/documents/d1/replace";
    const Answer answer =
        server.post(path, R"({"data":{"a":1},"reason":"misspelt"})", with_idempotency());
    EXPECT_EQ(answer.status, 201);
    EXPECT_EQ(answer.field("location"), "/api/v1/documents/d2");
    EXPECT_EQ(server.post(path, R"({"reason":"x"})", with_idempotency())
                  .json()
                  .at("errors")
                  .at(0)
                  .at("pointer"),
              "/data");
    const Answer blank =
        server.post(path, R"({"data":{"reason":"x"},"reason":" "})", with_idempotency());
    EXPECT_EQ(blank.status, 422);
    EXPECT_EQ(blank.json().at("errors").at(0).at("pointer"), "/reason");
}

}  // namespace
}  // namespace yinxin::server::test
