// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/server/http/test_server.h"

namespace yinxin::server::test {
namespace {

using testing::HasSubstr;
using testing::Not;

const std::string kPath = "/api/v1/seals";
const std::string kFile = "%PDF-1.7 of somebody else";

TEST(Seal, TakesAPdfAndGivesTheSealedOneWithWhatWasDone) {
    TestServer server;
    Json options;
    std::string file;
    server.use.seal = [&](const Caller& caller, ByteView given, const Json& asked) {
        EXPECT_EQ(caller.id, "caller-1");
        file = as_text(given);
        options = asked;
        return Service::Sealed{
            to_bytes(as_bytes("%PDF-sealed")),
            {{"id", "s1"}, {"sha256", std::string(64, 'a')}, {"notices", {"line\r\nX-Evil: 1"}}}};
    };
    server.start();
    const Answer answer = server.post(
        kPath + "?place=20,30.5&page=2&riding=true&reason=%E5%90%88%E5%90%8C+1", kFile, with_key());
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, "%PDF-sealed");
    EXPECT_EQ(answer.field("content-type"), "application/pdf");
    EXPECT_EQ(file, kFile);
    EXPECT_EQ(options,
              Json::parse(R"({"place":"20,30.5","page":2,"riding":true,"reason":"合同 1"})"));
    EXPECT_EQ(Json::parse(answer.field("yinxin-seal")).at("id"), "s1");
    EXPECT_THAT(answer.raw, Not(HasSubstr("\r\nX-Evil")));
}

TEST(Seal, WhatIsLongIsLeftOutOfTheField) {
    TestServer server;
    server.use.seal = [](const Caller&, ByteView, const Json&) {
        return Service::Sealed{{},
                               {{"id", "s1"},
                                {"sha256", std::string(64, 'a')},
                                {"notices", {std::string(8000, 'x')}}}};
    };
    server.start();
    const Json done = Json::parse(server.post(kPath, kFile, with_key()).field("yinxin-seal"));
    EXPECT_EQ(done.at("id"), "s1");
    EXPECT_FALSE(done.contains("notices"));
}

TEST(Seal, SaysWhyAFileIsNotSealed) {
    TestServer server;
    server.use.seal = [](const Caller&, ByteView, const Json&) -> Service::Sealed {
        throw Error(ErrorCode::Refused, "encrypted: remove the protection of the file first");
    };
    server.start();
    const Answer answer = server.post(kPath, kFile, with_key());
    EXPECT_EQ(answer.status, 422);
    EXPECT_THAT(answer.json().at("type").get<std::string>(), testing::EndsWith("/refused"));
    EXPECT_THAT(answer.json().at("detail").get<std::string>(), testing::StartsWith("encrypted"));
}

TEST(Seal, AQueryThatIsNoneIsNotGuessedAt) {
    TestServer server;
    bool asked = false;
    server.use.seal = [&](const Caller&, ByteView, const Json&) {
        asked = true;
        return Service::Sealed{};
    };
    server.start();
    for (const char* query : {"?page=1&page=2", "?reason=%zz"}) {
        EXPECT_EQ(server.post(kPath + query, kFile, with_key()).status, 400) << query;
    }
    EXPECT_FALSE(asked);
}

TEST(Seal, NeedsAKeyThatMayIssue) {
    TestServer server;
    server.role = Role::Verifier;
    server.start();
    EXPECT_EQ(server.post(kPath, kFile).status, 401);
    EXPECT_EQ(server.post(kPath, kFile, with_key()).status, 403);
}

}  // namespace
}  // namespace yinxin::server::test
