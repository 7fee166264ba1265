// SPDX-License-Identifier: Apache-2.0
// The real yinxin-inspector, asked as the service asks it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "common/error.h"
#include "server/inspector/pool.h"
#include "tests/verify/sealed_file.h"

namespace yinxin::server {
namespace {

using nlohmann::json;

class InspectorTest : public testing::Test {
  protected:
    struct FixedClock : Clock {
        explicit FixedClock(Time time) : time_(time) {}
        Time now() const override { return time_; }
        Time time_;
    };

    InspectorOptions options() const {
        InspectorOptions options;
        options.anchors = {files_.root()};
        options.own_certificate_sha256 = files_.own().own_certificate_sha256;
        return options;
    }
    verify::DocumentReport inspect(ByteView file) { return inspector_.inspect(file, {}, ""); }

    tests::SealedFiles files_;
    FixedClock clock_{files_.now()};
    InspectorPool inspector_{options(), clock_};
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
    EXPECT_TRUE(inspector_.alive());
}

TEST_F(InspectorTest, ReadsRsaSealsInTheSandbox) {
    const tests::SealedFiles rsa(keys::KeyAlgorithm::Rsa2048);
    const auto report = inspect(rsa.certified());
    ASSERT_EQ(report.signatures.size(), 1U);
    EXPECT_EQ(report.signatures[0].verdict, verify::Verdict::Intact);
    EXPECT_EQ(report.signatures[0].signer.value().trusted, verify::Trust::No);
}

TEST_F(InspectorTest, ReadsManyFilesAtOnceWithoutMixingThemUp) {
    const std::vector<Bytes> sealed{files_.certified(), files_.approved(), to_bytes(as_bytes("x"))};
    std::vector<nlohmann::json> expected;
    for (const Bytes& file : sealed) {
        expected.push_back(to_json(files_.check_as_own(file)));
    }
    std::vector<std::jthread> callers;
    for (std::size_t caller = 0; caller < 6; ++caller) {
        callers.emplace_back([&, caller] {
            for (std::size_t i = 0; i < 40; ++i) {
                const std::size_t n = (caller + i) % sealed.size();
                const auto report = inspector_.inspect(sealed[n], {}, std::to_string(caller));
                EXPECT_EQ(to_json(report), expected[n]);
            }
        });
    }
}

TEST(Inspector, SaysWhyItDoesNotStart) {
    Keeper keeper({.program = find_program("yinxin-inspector"),
                   .arguments = {},
                   .order = {{"anchors", {"AAAA"}},
                             {"intermediates", json::array()},
                             {"own", json::array()},
                             {"children", 1}}});
    EXPECT_THAT([&] { keeper.wait_ready(); },
                testing::Throws<Error>(
                    testing::Property(&Error::what, testing::HasSubstr("trust anchor"))));
}

}  // namespace
}  // namespace yinxin::server
