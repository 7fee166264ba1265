// SPDX-License-Identifier: Apache-2.0
// The real yinxin-inspector as a child: its answers, and what it can no longer do.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/error.h"
#include "server/children.h"
#include "tests/verify/sealed_file.h"

namespace yinxin::server {
namespace {

using nlohmann::json;
using std::chrono::seconds;

class InspectorTest : public testing::Test {
  protected:
    InspectorTest() { keeper_.wait_ready(); }

    /// nullopt: the child ended without an answer.
    std::optional<json> ask(const json& head, ByteView body = {}) {
        Keeper::Connection connection = keeper_.connect(seconds(20));
        std::optional<Message> answer;
        try {
            connection.channel.send({head, to_bytes(body)}, seconds(20));
            answer = connection.channel.receive(seconds(20));
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), ErrorCode::Unavailable) << error.what();
        }
        return answer ? std::optional(answer->head) : std::nullopt;
    }
    verify::DocumentReport inspect(ByteView file) {
        const auto answer =
            ask({{"verb", "inspect"},
                 {"now", to_rfc3339(files_.now())},
                 {"anchors", json::array({to_base64url(files_.root())})},
                 {"own", json::array({to_base64url(files_.own().own_certificate_sha256.front())})}},
                file);
        return verify::report_from_json(answer.value());
    }

    tests::SealedFiles files_;
    Keeper keeper_{ChildOptions{.program = YINXIN_INSPECTOR, .arguments = {}}};
};

TEST_F(InspectorTest, SaysOfASealedFileWhatTheVerifierSays) {
    const Bytes sealed = files_.certified();
    const auto report = inspect(sealed);
    EXPECT_EQ(report.integrity, verify::Integrity::Intact);
    EXPECT_EQ(to_json(report), to_json(files_.check_as_own(sealed)));
    ASSERT_EQ(report.signatures.size(), 1U);
    EXPECT_EQ(report.signatures[0].signer.value().trusted, verify::Trust::Yes);
}

TEST_F(InspectorTest, GoesOnAfterRubbish) {
    EXPECT_EQ(inspect(as_bytes("rubbish")).integrity, verify::Integrity::Unreadable);
    EXPECT_EQ(inspect({}).integrity, verify::Integrity::Unreadable);
    EXPECT_EQ(inspect(as_bytes(test::one_page_pdf())).integrity, verify::Integrity::Unsigned);
    EXPECT_EQ(inspect(files_.certified()).integrity, verify::Integrity::Intact);
}

TEST_F(InspectorTest, ReadsRsaSealsInTheSandbox) {
    const tests::SealedFiles rsa(keys::KeyAlgorithm::Rsa2048);
    const auto report = inspect(rsa.certified());
    ASSERT_EQ(report.signatures.size(), 1U);
    EXPECT_EQ(report.signatures[0].verdict, verify::Verdict::Intact);
    EXPECT_EQ(report.signatures[0].signer.value().trusted, verify::Trust::No);
}

TEST_F(InspectorTest, AnswersARequestItDoesNotUnderstand) {
    EXPECT_THAT(ask({{"verb", "sign"}}).value().dump(), testing::HasSubstr("not_found"));
    EXPECT_THAT(ask({{"verb", "inspect"}}).value().dump(), testing::HasSubstr("malformed"));
}

TEST_F(InspectorTest, EndsRatherThanTouchAFileTheNetworkOrAnotherProcess) {
    for (const char* what : {"open", "socket", "fork", "kill", "cpu"}) {
        EXPECT_EQ(ask({{"verb", "selftest"}, {"try", what}}), std::nullopt) << what;
    }
    EXPECT_EQ(inspect(as_bytes("rubbish")).integrity,
              verify::Integrity::Unreadable);  // another child is there
}

TEST_F(InspectorTest, GetsNoMoreMemoryThanItsShare) {
    const auto answer = ask({{"verb", "selftest"}, {"try", "memory"}});
    EXPECT_TRUE(!answer || answer->contains("refused")) << answer->dump();
}

}  // namespace
}  // namespace yinxin::server
