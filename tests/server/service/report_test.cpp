// SPDX-License-Identifier: Apache-2.0
// Every report that can be said fits on its form, whatever a stranger's file holds.
#include "server/api/report.h"

#include "tests/server/service/service_fixture.h"

namespace yinxin::server {
namespace {

class ReportTest : public ServiceTest {
  protected:
    Service::Report report(const Json& answer, const std::string& key) {
        const ByteView file = as_bytes("%PDF-1.7");
        return service_->report(alice_, file, report_data(web_, answer, Letters::Usual), key);
    }
    Json answer(const std::string& outcome, const std::string& integrity) const {
        return {{"outcome", outcome},
                {"integrity", integrity},
                {"status", outcome == "revoked" || outcome == "superseded" ? outcome : "unknown"},
                {"status_at", "2026-01-30T00:00:00Z"},
                {"issuer", {{"name", nullptr}, {"trusted", "unknown"}}},
                {"checked_at", "2026-01-31T00:59:59Z"}};
    }

    const Web web_;
};

TEST_F(ReportTest, SaysEveryOutcome) {
    int n = 0;
    for (const auto& [outcome, integrity] : {std::pair{"genuine", "intact"},
                                             {"superseded", "intact"},
                                             {"revoked", "intact"},
                                             {"altered", "altered"},
                                             {"altered", "invalid"},
                                             {"sealed_elsewhere", "intact"},
                                             {"not_verified", "intact"},
                                             {"not_verified", "unsigned"},
                                             {"not_verified", "unreadable"},
                                             {"not_verified", "not_checked"}}) {
        const auto made = report(answer(outcome, integrity), "outcome-" + std::to_string(++n));
        EXPECT_EQ(service_->verify_file(made.file.pdf).at("outcome"), "genuine");
        EXPECT_FALSE(made.replayed);
    }
    for (const char* word : {"rewritten", "trusted"}) {
        Json elsewhere = answer("sealed_elsewhere", "intact");
        elsewhere["issuer"]["trusted"] = "yes";
        if (std::string(word) == "rewritten") {
            elsewhere["document"] = {{"title_zh", "文件"}, {"title_en", "Document"}};
        }
        report(elsewhere, word);
    }
    for (const char* found : {"token",
                              "code",
                              "forged",
                              "other_code",
                              "no_code",
                              "other_address",
                              "several",
                              "none",
                              "format",
                              "broken",
                              "too_large",
                              "too_slow"}) {
        for (const char* outcome : {"on_record", "revoked", "superseded", "not_verified"}) {
            Json picture = answer(outcome, "not_checked");
            picture["picture"] = {{"found", found}, {"detail", std::string(250, 'x')}};
            report(picture, std::string(found) + outcome);
        }
    }
}

/// As of a photo of an invoice: its faces have the sign of the yuan.
TEST_F(ReportTest, PrintsAmountsAsTheInvoiceDoes) {
    Json picture = answer("on_record", "not_checked");
    picture["picture"] = {{"found", "token"}, {"detail", "The picture itself was not judged."}};
    for (const char* value : {"¥6710.00", "￥6710.00", "阿·买提"}) {
        picture["compare"].push_back(
            {{"name", "total"}, {"label_zh", "价税合计"}, {"label_en", "Total"}, {"value", value}});
    }
    EXPECT_NO_THROW(report(picture, "yuan"));
}

TEST_F(ReportTest, HasRoomForTheWidestLetters) {
    for (const char* wide : {"W", "@", "国", "\x01", "W ", "国W,"}) {
        std::string text;
        for (int i = 0; i < 400; ++i) {
            text += wide;
        }
        Json wild = answer("altered", "altered");
        wild["issuer"]["name"] = "CN=" + text;
        wild["signatures"] = {{{"verdict", text}, {"signer", {{"name", text}}}}};
        wild["findings"] = {{{"weight", "note"}, {"code", text}, {"detail", text}}};
        report(wild, "wide-" + to_hex(as_bytes(wide)));
    }
    EXPECT_EQ(report(answer("altered", "altered"), "wide-57").replayed, true);
}

TEST_F(ReportTest, IsNeitherIssuedByItsDataNorReplaced) {
    const std::string type = report_type;
    EXPECT_EQ(
        code_of([&] {
            service_->issue(
                alice_,
                {type, world_->forms.current(type)->example(), Json::object(), "by-its-data"});
        }),
        ErrorCode::NotFound);
    const Bytes pdf = report(answer("genuine", "intact"), "one").file.pdf;
    const auto id = store_->revision_by_sha256(keys::sha256(pdf))->document_id;
    EXPECT_EQ(code_of([&] { service_->replace(alice_, id, Json::object(), "another", "two"); }),
              ErrorCode::Conflict);
    EXPECT_EQ(service_->revoke(alice_, id, "other", "three").at("status"), "revoked");
}

}  // namespace
}  // namespace yinxin::server
