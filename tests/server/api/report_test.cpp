// SPDX-License-Identifier: Apache-2.0
// What is found in a file as the data of a report, and the route that answers with it.
#include "server/api/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/server/http/test_server.h"

namespace yinxin::server::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;

const std::string kPath = "/api/v1/verifications/report";
const std::string kPdf = "Content-Type: application/pdf\r\n";
const std::string kKey = "Idempotency-Key: r-1\r\n";

std::string value_of(const Json& data, const std::string& item_en) {
    for (const Json& row : data.at("rows")) {
        if (row.at("item_en") == item_en) {
            return row.at("value");
        }
    }
    return "";
}

/// A file somebody sealed and somebody else changed.
Json altered() {
    Json answer = not_verified_answer();
    answer["outcome"] = "altered";
    answer["integrity"] = "altered";
    answer["issuer"] = {{"name", "CN=张三,O=示例"},
                        {"certificate_sha256", std::string(64, 'a')},
                        {"trusted", "no"},
                        {"valid_at_sealing", true}};
    answer["signatures"] = {{{"verdict", "modified"},
                             {"indication", "TOTAL_FAILED"},
                             {"signer", {{"name", "CN=张三"}}},
                             {"findings",
                              {{{"weight", "fault"},
                                {"code", "object_overridden"},
                                {"detail", "page 1 is another"}}}}}};
    return answer;
}

TEST(ReportData, SaysInBothLanguagesWhatWasFound) {
    const Web web;
    const Json data = report_data(web, altered(), Letters::Usual);
    EXPECT_EQ(data.at("outcome"), "altered");
    EXPECT_EQ(data.at("conclusion").at("en"), "The file was altered");
    EXPECT_THAT(data.at("conclusion").at("zh").get<std::string>(), HasSubstr("改"));
    EXPECT_THAT(data.at("advice").at("en").get<std::string>(),
                AllOf(HasSubstr("Do not accept this file."), HasSubstr(" Ask the holder")));
    EXPECT_THAT(value_of(data, "Integrity"), HasSubstr("Changed after it was sealed"));
    EXPECT_EQ(value_of(data, "Signer, as the file claims"), "张三 (示例)");
    EXPECT_EQ(value_of(data, "Signature 1"), "modified, TOTAL_FAILED");
    EXPECT_EQ(value_of(data, "Finding 1"), "fault: page 1 is another (object_overridden)");
}

TEST(ReportData, LeavesOutWhatHasNoRoom) {
    Json answer = altered();
    for (int i = 0; i < 300; ++i) {
        answer["findings"].push_back({{"weight", "note"}, {"code", "x"}, {"detail", "d"}});
    }
    const Json data = report_data(Web(), answer, Letters::Usual);
    EXPECT_EQ(data.at("rows").size(), 200u);
    EXPECT_EQ(data.at("rows").back().at("item_en"), "More");
}

TEST(Printable, NamesCharactersByTheirNumbers) {
    EXPECT_EQ(printable("张三 A\n\tB", Letters::Usual, 100), "张三 A B");
    EXPECT_EQ(printable("张A", Letters::Ascii, 100), "U+5F20 A");
    EXPECT_EQ(printable("a\xE2\x80\xAE"
                        "b\xF0\x9F\x98\x80",
                        Letters::Usual,
                        100),
              "aU+202E bU+1F600");
    EXPECT_EQ(printable("\x01", Letters::Usual, 100), "U+0001");
    EXPECT_EQ(printable("  ", Letters::Usual, 100), "");
    EXPECT_EQ(printable("broken \xFF", Letters::Usual, 100), "?");
}

TEST(Printable, KeepsWhatIsPrintedOnInvoices) {
    EXPECT_EQ(printable("¥6710.00 ￥6710.00 张·三", Letters::Usual, 100),
              "¥6710.00 ￥6710.00 张·三");
}

TEST(Printable, BreaksAndShortens) {
    const std::string long_word = printable(std::string(100, 'a'), Letters::Usual, 200);
    EXPECT_EQ(long_word.find(' '), 64u);
    EXPECT_EQ(printable("OU=ABCDEFGH,C=CN,O=X", Letters::Usual, 100), "OU=ABCDEFGH, C=CN,O=X");
    const std::string cut = printable(std::string(500, 'a'), Letters::Usual, 100);
    EXPECT_LE(cut.size(), 102u);
    EXPECT_TRUE(cut.ends_with("..."));
    EXPECT_LE(printable(std::string(600, '\x02'), Letters::Usual, 100).size(), 102u);
}

TEST(ReportRoute, AnswersWithThePdf) {
    TestServer server;
    Json given;
    server.role = Role::Verifier;
    server.use.verify_file = [](ByteView, const std::string&) { return altered(); };
    server.use.report =
        [&given](const Caller& caller, ByteView file, const Json& data, const std::string& key) {
            given = {{"caller", caller.id}, {"file", as_text(file)}, {"key", key}, {"data", data}};
            return Service::Report{
                {to_bytes(as_bytes("%PDF-report")), std::string(64, '0'), "HY1.pdf", 1}, false};
        };
    server.start();
    const Answer answer = server.post(kPath, "%PDF-1", kPdf + kKey + with_key());
    EXPECT_EQ(answer.status, 201);
    EXPECT_EQ(answer.body, "%PDF-report");
    EXPECT_EQ(answer.field("content-type"), "application/pdf");
    EXPECT_THAT(answer.field("content-disposition"), HasSubstr("HY1.pdf"));
    EXPECT_EQ(given.at("file"), "%PDF-1");
    EXPECT_EQ(given.at("key"), "r-1");
    EXPECT_EQ(given.at("caller"), "caller-1");
    EXPECT_EQ(given.at("data").at("outcome"), "altered");
}

TEST(ReportRoute, TriesAgainWithoutLettersThatNoFaceHas) {
    TestServer server;
    std::vector<std::string> signers;
    server.use.verify_file = [](ByteView, const std::string&) { return altered(); };
    server.use.report =
        [&](const Caller&, ByteView, const Json& data, const std::string&) -> Service::Report {
        signers.push_back(value_of(data, "Signer 1"));
        if (signers.size() == 1) {
            throw Error(ErrorCode::Invalid, "glyph", {{"/rows/0/value", "glyph", "no face"}});
        }
        return {{to_bytes(as_bytes("%PDF-report")), std::string(64, '0'), "HY1.pdf", 1}, true};
    };
    server.start();
    EXPECT_EQ(server.post(kPath, "%PDF-1", kPdf + kKey + with_key()).status, 200);
    EXPECT_EQ(signers, (std::vector<std::string>{"CN=张三", "CN=U+5F20 U+4E09"}));
}

TEST(ReportRoute, NeedsAKeyAndAnIdempotencyKey) {
    TestServer server;
    server.start();
    EXPECT_EQ(server.post(kPath, "%PDF-1", kPdf + kKey).status, 401);
    EXPECT_EQ(server.post(kPath, "%PDF-1", kPdf + with_key()).status, 400);
}

}  // namespace
}  // namespace yinxin::server::test
