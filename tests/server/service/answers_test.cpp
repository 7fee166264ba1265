// SPDX-License-Identifier: Apache-2.0
#include "server/service/answers.h"

#include <gtest/gtest.h>

#include "common/error.h"
#include "tests/support/expect_error.h"

namespace yinxin::server {
namespace {

using tests::code_of;

Document a_document(const std::string& type, DocumentState state) {
    Document document;
    document.type = type;
    document.state = state;
    document.issuer_organ = "示例市\"税务局\"";
    document.signer_name = "CN=示例市税务局\\, 二,C=CN";
    document.signer_sha256 = Bytes(32, 9);
    document.issued_at = Time(std::chrono::milliseconds(1'769'875'200'500));  // 00:00 in China
    if (state != DocumentState::Issued) {
        document.status_at = document.issued_at + std::chrono::hours(5);
    }
    document.status_reason = state == DocumentState::Revoked ? "data_corrected" : "";
    return document;
}

TEST(Tier0Text, IsWhatTheTreeSays) {
    const Time now(std::chrono::milliseconds(1'769'900'000'000));
    const std::map<std::string, Time> nobody, marked{{to_hex(Bytes(32, 9)), now}};
    const StoredFacts facts{"个人所得税纳税记录", "Record \"A\"", {}, {}};
    int compared = 0;
    for (const char* type : {"tax-payment-record", "invoice"}) {
        for (const DocumentState state :
             {DocumentState::Issued, DocumentState::Superseded, DocumentState::Revoked}) {
            for (const ReversedSum& reversed :
                 {ReversedSum{}, ReversedSum{1, 500, 1000}, ReversedSum{2, 1000, 1000}}) {
                for (const auto& compromised : {nobody, marked}) {
                    const Document document = a_document(type, state);
                    const std::string outcome = outcome_word(state, "on_record");
                    EXPECT_EQ(tier0_text(document,
                                         {facts.title_zh, facts.title_en},
                                         reversed,
                                         outcome,
                                         now,
                                         compromised),
                              VerificationAnswer(now)
                                  .outcome(outcome)
                                  .names(document, facts, reversed)
                                  .marks(compromised)
                                  .json()
                                  .dump());
                    ++compared;
                }
            }
        }
    }
    EXPECT_EQ(compared, 36);
}

TEST(Titles, AreThoseOfTheFacts) {
    for (const StoredFacts& facts :
         {StoredFacts{"纳税记录", "Record", {}, {{"id_last6", "a", "b", "c", "d", "id_tail", "x"}}},
          StoredFacts{"\"引号\"", "back\\slash", {}, {}},
          StoredFacts{"", "", {}, {}}}) {
        const Titles titles = titles_from_text(facts_to_text(facts));
        EXPECT_EQ(titles.zh, facts.title_zh);
        EXPECT_EQ(titles.en, facts.title_en);
    }
    const Titles reordered =
        titles_from_text(R"({"asked":[],"shown":[],"title_en":"R","title_zh":"记"})");
    EXPECT_EQ(reordered.zh, "记");
    EXPECT_EQ(reordered.en, "R");
    EXPECT_EQ(code_of([] { titles_from_text(R"({"title_zh":"a)"); }), ErrorCode::Internal);
    EXPECT_EQ(code_of([] { titles_from_text(R"({"title_zh":"a","shown":[])"); }),
              ErrorCode::Internal);
}

}  // namespace
}  // namespace yinxin::server
