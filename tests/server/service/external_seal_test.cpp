// SPDX-License-Identifier: Apache-2.0
// Sealing what others have made: what is signed, what is kept, what is refused.
#include <gmock/gmock.h>

#include <fstream>

#include "pdf/reader.h"
#include "server/service/external_sealer.h"
#include "tests/pdf/small_pdf.h"
#include "tests/server/service/forwarding_store.h"
#include "tests/server/service/service_fixture.h"

namespace yinxin::server {
namespace {

using testing::StartsWith;

/// What becomes of the uses of keys for files of others.
class WatchingStore : public ForwardingStore {
  public:
    using ForwardingStore::ForwardingStore;
    void record_key_uses(const std::vector<KeyUse>& uses, CommitWaiter* waiter) override {
        for (const KeyUse& use : uses) {
            if (use.purpose == keys::KeyPurpose::ExternalSeal) {
                recorded.push_back(use);
            }
        }
        ForwardingStore::record_key_uses(uses, waiter);
    }
    void settle_external_seal(const ExternalSeal& act) override {
        settled.push_back(act);
        ForwardingStore::settle_external_seal(act);
    }
    std::vector<KeyUse> recorded;
    std::vector<ExternalSeal> settled;
};

class ExternalSealTest : public ServiceTest {
  protected:
    static Bytes some_pdf() {
        const std::string text = test::one_page_pdf();
        return to_bytes(as_bytes(text));
    }
    Service::Sealed seal(const Bytes& file, const Json& options = Json::object()) {
        return service_->seal(alice_, file, options);
    }
};

TEST_F(ExternalSealTest, PutsASealBehindTheFileAndKnowsItAgain) {
    const Bytes file = some_pdf();
    const auto sealed = seal(file, {{"reason", "合同"}});
    EXPECT_TRUE(std::equal(file.begin(), file.end(), sealed.pdf.begin()));
    EXPECT_EQ(sealed.body.at("sha256"), to_hex(keys::sha256(sealed.pdf)));
    EXPECT_EQ(sealed.body.at("input_sha256"), to_hex(keys::sha256(file)));
    EXPECT_EQ(sealed.body.at("level"), "B-B");
    EXPECT_EQ(sealed.body.at("seal").at("id"), world_->seals.at("business").id);
    EXPECT_TRUE(sealed.body.at("place").at("visible"));

    const Json answer = service_->verify_file(sealed.pdf);
    EXPECT_EQ(answer.at("outcome"), "sealed_elsewhere");
    EXPECT_EQ(answer.at("integrity"), "intact");
    EXPECT_EQ(answer.at("issuer").at("trusted"), "yes");
    EXPECT_FALSE(answer.contains("document"));
    EXPECT_EQ(faults(), "");
}

TEST_F(ExternalSealTest, AFurtherSealLeavesTheFirstAsItWas) {
    const auto once = seal(some_pdf());
    const auto twice = seal(once.pdf, {{"place", "invisible"}});
    EXPECT_TRUE(std::equal(once.pdf.begin(), once.pdf.end(), twice.pdf.begin()));
    const Json answer = service_->verify_file(twice.pdf);
    EXPECT_EQ(answer.at("outcome"), "sealed_elsewhere");
    EXPECT_EQ(answer.at("integrity"), "intact");
    EXPECT_EQ(answer.at("signatures").size(), 2U);
    // What is no seal is a change all the same.
    const std::string_view text = as_text(twice.pdf);
    const auto last = text.rfind("startxref\n") + 10;
    const std::string page =
        "3 0 obj\n<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>\nendobj\n";
    std::string offset = std::to_string(text.size());
    offset.insert(0, 10 - offset.size(), '0');
    const std::string changed = std::string(text) + page + "xref\n3 1\n" + offset +
                                " 00000 n \ntrailer\n<< /Size 99 /Root 1 0 R /Prev " +
                                std::string(text.substr(last, text.rfind("\n%%EOF") - last)) +
                                " >>\nstartxref\n" + std::to_string(text.size() + page.size()) +
                                "\n%%EOF\n";
    EXPECT_EQ(service_->verify_file(as_bytes(changed)).at("outcome"), "altered");
}

TEST_F(ExternalSealTest, KeepsNoByteOfTheFile) {
    const std::string words = "a secret line of somebody else";
    const std::string text = test::pdf_of(
        {"<< /Type /Catalog /Pages 2 0 R >>",
         "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
         "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] /Note (" + words + ") >>"});
    seal(to_bytes(as_bytes(text)));
    service_.reset();
    store_.reset();
    std::ifstream database(options_.path, std::ios::binary);
    const std::string all{std::istreambuf_iterator<char>(database), {}};
    EXPECT_EQ(all.find(words), std::string::npos);
    start();
}

TEST_F(ExternalSealTest, ASealThatIsNotInTheRegisterIsNotOurs) {
    class ForgetfulStore : public ForwardingStore {
      public:
        using ForwardingStore::ForwardingStore;
        void settle_external_seal(const ExternalSeal&) override {}
    };
    ForgetfulStore store(*store_);
    const auto sealed = Service(parts(store)).seal(alice_, some_pdf(), Json::object());
    EXPECT_EQ(service_->verify_file(sealed.pdf).at("outcome"), "not_verified");
}

TEST_F(ExternalSealTest, TheKeysUseIsInTheAuditBeforeAndAfter) {
    WatchingStore store(*store_);
    Service service(parts(store));
    std::size_t rows_before_the_key = 0;
    world_->seal_key->before_signing = [&](const keys::SignOrder& order) {
        if (order.purpose == keys::KeyPurpose::ExternalSeal) {
            rows_before_the_key = store.recorded.size();
        }
    };
    const auto sealed = service.seal(alice_, some_pdf(), Json::object());
    EXPECT_EQ(rows_before_the_key, 1U);
    ASSERT_EQ(store.recorded.size(), 1U);
    ASSERT_EQ(store.settled.size(), 1U);
    EXPECT_EQ(store.recorded[0].purpose, keys::KeyPurpose::ExternalSeal);
    EXPECT_EQ(store.recorded[0].subject, sealed.body.at("id").get<std::string>());
    EXPECT_EQ(store.recorded[0].digest, store.settled[0].key_use.digest);
    EXPECT_EQ(store.settled[0].owner, "alice");
    EXPECT_EQ(faults(), "");
}

TEST_F(ExternalSealTest, RefusesWithTheReasonAndAsksNoKey) {
    bool asked = false;
    world_->seal_key->before_signing = [&](const keys::SignOrder& order) {
        asked |= order.purpose == keys::KeyPurpose::ExternalSeal;
    };
    const Bytes issued =
        service_->pdf(alice_, service_->issue(alice_, record("one")).body.at("id"), std::nullopt)
            .pdf;
    Bytes changed = issued;
    changed[changed.size() / 2] ^= 1;
    const std::vector<std::pair<Bytes, std::string>> bad{
        {to_bytes(as_bytes("hello")), "unreadable"}, {issued, "certified"}, {changed, "invalid"}};
    for (const auto& [file, word] : bad) {
        EXPECT_EQ(code_of([&] { seal(file); }), ErrorCode::Refused) << word;
        EXPECT_THAT(words_of([&] { seal(file); }), StartsWith(word));
    }
    EXPECT_FALSE(asked);
}

TEST_F(ExternalSealTest, NamesEachOptionThatIsWrong) {
    const Bytes file = some_pdf();
    const std::vector<std::pair<Json, std::string>> bad{{{{"place", "somewhere"}}, "place"},
                                                        {{{"place", "1,2,3"}}, "place"},
                                                        {{{"place", "400,10"}}, "place"},
                                                        {{{"page", 0}}, "page"},
                                                        {{{"page", 2}}, "place"},
                                                        {{{"riding", "yes"}}, "boolean"},
                                                        {{{"riding", true}}, "pages"},
                                                        {{{"reason", ""}}, "length"},
                                                        {{{"colour", "red"}}, "unknown"}};
    for (const auto& [options, rule] : bad) {
        EXPECT_EQ(rule_of([&] { seal(file, options); }), rule) << options.dump();
        EXPECT_EQ(code_of([&] { seal(file, options); }), ErrorCode::Invalid) << options.dump();
    }
    EXPECT_EQ(code_of([&] { seal(file, {{"seal", "none"}}); }), ErrorCode::Unavailable);
}

TEST_F(ExternalSealTest, WhatTheReaderAnswersIsHeldAgainstTheFile) {
    const Bytes file = some_pdf();
    SealWork work;
    work.place.kind = pdf::WantedPlace::Kind::Invisible;
    work.contents_bytes = 64;
    work.sub_filter = "ETSI.CAdES.detached";
    const SealDraft good = world_->inspector->prepare(file, work, "");
    EXPECT_EQ(joined(file, good, 64).byte_range[2], good.gap_end);
    std::vector<SealDraft> lies(6, good);
    lies[0].gap_begin -= 1;                            // a gap that is larger than the token
    lies[1].gap_begin = 0, lies[1].gap_end = 130;      // in the file itself
    lies[2].gap_end = file.size() + good.tail.size();  // up to the end
    lies[3].tail.clear();
    lies[4].gap_begin += 1, lies[4].gap_end += 1;          // not the token
    lies[5].tail[good.gap_begin + 5 - file.size()] = 'A';  // not empty
    for (std::size_t i = 0; i < lies.size(); ++i) {
        EXPECT_EQ(code_of([&] { joined(file, lies[i], 64); }), ErrorCode::Refused) << i;
    }
    EXPECT_EQ(seal_draft_from_json(to_json(good)).tail, good.tail);
}

TEST_F(ExternalSealTest, ASealThatHasEndedNeverSealsAgain) {
    const auto before = service_->issue(alice_, record("before"));
    EXPECT_EQ(service_->document(alice_, before.body.at("id")).at("seal"),
              world_->seals.at("business").id);
    auto seals = world_->seals;
    seals.erase("business");
    service_->use_seals(one_each(seals));
    EXPECT_EQ(code_of([&] { service_->issue(alice_, record("after")); }), ErrorCode::Unavailable);
    EXPECT_EQ(code_of([&] { seal(some_pdf()); }), ErrorCode::Unavailable);
    EXPECT_EQ(report().issued, 1U);
    EXPECT_EQ(report().numbers, 1U);  // none was taken for it

    keys::SealRecord other = world_->seals.at("business");
    other.id = "99000000000077";
    seals["business"] = other;
    service_->use_seals(one_each(seals));
    const auto after = service_->issue(alice_, record("after"));
    EXPECT_EQ(service_->document(alice_, after.body.at("id")).at("seal"), other.id);
    EXPECT_EQ(seal(some_pdf()).body.at("seal").at("id"), other.id);
}

TEST_F(ExternalSealTest, ASealThatEndsWhileADocumentIsMadeDoesNotSealIt) {
    world_->token_key->before_signing = [&](const keys::SignOrder& order) {
        if (order.purpose == keys::KeyPurpose::Token) {
            service_->use_seals({});
        }
    };
    EXPECT_EQ(code_of([&] { service_->issue(alice_, record("late")); }), ErrorCode::Unavailable);
    world_->token_key->before_signing = nullptr;
    EXPECT_EQ(report().issued, 0U);
    EXPECT_EQ(faults(), "");
}

TEST_F(ExternalSealTest, WhatDoesNotVerifyIsNotGivenOut) {
    world_->inspector->edit = [](verify::DocumentReport& report) {
        for (auto& each : report.signatures) {
            each.verdict = verify::Verdict::Broken;
        }
    };
    WatchingStore store(*store_);
    Service service(parts(store));
    const Bytes file = some_pdf();
    EXPECT_EQ(code_of([&] { service.seal(alice_, file, Json::object()); }), ErrorCode::Internal);
    world_->inspector->edit = nullptr;
    ASSERT_EQ(store.recorded.size(), 2U);  // the key has signed, so its count is accounted for
    EXPECT_EQ(store.recorded[0].phase, KeyUse::Phase::Begin);
    EXPECT_EQ(store.recorded[1].phase, KeyUse::Phase::Discarded);
    EXPECT_EQ(store.recorded[1].subject, store.recorded[0].subject);
    EXPECT_TRUE(store.settled.empty());
    EXPECT_EQ(faults(), "");
}

}  // namespace
}  // namespace yinxin::server
