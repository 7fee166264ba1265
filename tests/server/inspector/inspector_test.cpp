// SPDX-License-Identifier: Apache-2.0
// The real yinxin-inspector, asked as the service asks it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "common/error.h"
#include "server/inspector/pool.h"
#include "tests/verify/paper/pictures.h"
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

    InspectorOptions options() {
        InspectorOptions options;
        options.anchors = {files_.root()};
        options.own_chains = {files_.key().chain()};
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

TEST_F(InspectorTest, ReadsPicturesOfEachFormatInTheSandbox) {
    namespace paper = verify::paper;
    const auto sheet = paper::test::sheet_with(paper::test::kAddress, 4);
    const auto texts = [this](ByteView file, const std::string& wanted) {
        const auto reading = inspector_.read_paper(file, wanted, "");
        EXPECT_EQ(reading.state, paper::Reading::State::Read);
        return reading.texts;
    };
    const std::vector<std::string> address{paper::test::kAddress};
    EXPECT_EQ(texts(paper::test::jpeg_of(sheet), paper::test::kPrefix), address);
    EXPECT_EQ(texts(paper::test::png_of(sheet), paper::test::kPrefix), address);
    EXPECT_EQ(texts(paper::test::heic(), "https://"),
              std::vector<std::string>{paper::test::kHeicText});
}

TEST_F(InspectorTest, LeavesNoWayThroughOfATryUntried) {
    // nothing in it, so that all that can be tried is tried, and nothing it needs is forbidden
    namespace paper = verify::paper;
    paper::GreyPicture noise(900, 700);
    std::uint32_t seed = 1;
    for (int y = 0; y < noise.height(); ++y) {
        for (int x = 0; x < noise.width(); ++x) {
            seed = seed * 1664525 + 1013904223;
            noise.row(y)[x] = static_cast<std::uint8_t>(seed >> 24);
        }
    }
    const auto reading = inspector_.read_paper(paper::test::png_of(noise), "http://", "");
    EXPECT_EQ(reading.state, paper::Reading::State::Read);
    EXPECT_TRUE(reading.texts.empty());
    const Bytes heic = paper::test::heic();
    EXPECT_EQ(inspector_.read_paper(ByteView(heic).first(heic.size() / 2), "http://", "").state,
              paper::Reading::State::Broken);
    EXPECT_EQ(inspector_.read_paper(as_bytes("rubbish"), "http://", "").state,
              paper::Reading::State::NoPicture);
    EXPECT_TRUE(inspector_.alive());
}

std::string page_with(const std::string& content) {
    return "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
           "2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
           "3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 100]/Contents 4 0 R/Resources<</Font"
           "<</F<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>>>endobj\n"
           "4 0 obj<</Length " +
           std::to_string(content.size()) + ">>stream\n" + content +
           "\nendstream endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n";
}

/// As an update, which readers that repair files take for the newest.
std::string update_with(const std::string& content) {
    return "4 0 obj<</Length " + std::to_string(content.size()) + ">>stream\n" + content +
           "\nendstream endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n";
}

TEST_F(InspectorTest, PaintsThePagesThatLookDifferent) {
    const std::string text = "BT/F 20 Tf 20 40 Td(6050.58)Tj ET",
                      other = "BT/F 20 Tf 20 40 Td(9050.58)Tj ET";
    const std::string was = page_with(text);
    const auto changed =
        inspector_.changed_pages(as_bytes(was + update_with(other)), was.size(), "");
    ASSERT_EQ(changed.size(), 1u);
    EXPECT_EQ(changed[0].page, 1);
    // Also with a font that the file does not bring, the text is there.
    const auto blank = inspector_.changed_pages(as_bytes(was + update_with("")), was.size(), "");
    ASSERT_EQ(blank.size(), 1u);
    EXPECT_NE(changed[0].before, changed[0].after);
    EXPECT_NE(changed[0].after, blank[0].after);
    EXPECT_TRUE(
        inspector_.changed_pages(as_bytes(was + update_with(text)), was.size(), "").empty());
    EXPECT_TRUE(inspector_.changed_pages(as_bytes(was + "rubbish"), was.size(), "").empty());
    EXPECT_TRUE(inspector_.changed_pages(as_bytes("rubbish, more of it"), 7, "").empty());
    EXPECT_TRUE(inspector_.changed_pages(as_bytes(was), was.size(), "").empty());
}

TEST(Inspector, SaysWhyItDoesNotStart) {
    Keeper keeper({.program = find_program("yinxin-inspector"),
                   .arguments = {},
                   .order = {{"anchors", {"AAAA"}}, {"own", json::array()}, {"children", 1}}});
    EXPECT_THAT([&] { keeper.wait_ready(); },
                testing::Throws<Error>(
                    testing::Property(&Error::what, testing::HasSubstr("trust anchor"))));
}

}  // namespace
}  // namespace yinxin::server
