// SPDX-License-Identifier: Apache-2.0
// Documents sealed with SM2: by the one seal in CMS, or by GB/T 38540 with a seal in CMS behind it.
#include <array>

#include "keys/crypto/public_key.h"
#include "server/service/seal_design.h"
#include "signer/ses_seal.h"
#include "signer/ses_signer.h"
#include "tests/pdf/small_pdf.h"
#include "tests/server/service/service_fixture.h"
#include "tests/verify/cms_editor.h"

namespace yinxin::server {
namespace {

/// The world's keys and seals again, with SM2 among them.
struct Sm2World {
    explicit Sm2World(World& world) {
        const keys::Secret passphrase(std::string_view("for tests only"));
        const auto folder = world.folder / "sm2";
        keys::DemoPki pki({folder / "keys", folder / "pki"}, passphrase, world.random);
        const Time now = world.clock.now();
        const auto families = keys::demo_families();
        const std::array two{families.front(), families.back()};
        pki.create(now, two);
        for (const char* root : {"demo-root", "demo-sm2-root"}) {
            anchors.push_back(
                keys::KeyStore(folder / "pki", passphrase.clone()).open(root)->chain().front());
        }
        pki.add_seal_key("p256", keys::KeyAlgorithm::EcdsaP256, now);
        pki.add_seal_key("sm2", keys::KeyAlgorithm::Sm2, now);
        pki.add_seal_key("later", keys::KeyAlgorithm::Sm2, now);
        const keys::KeyStore store(folder / "keys", passphrase.clone());
        p256 = std::make_unique<WatchedKey>(store.open("p256"));
        sm2 = std::make_unique<WatchedKey>(store.open("sm2"));
        later = std::make_unique<WatchedKey>(store.open("later"));
        for (const auto& stored :
             pki.make_seal_records({p256->chain().front(), sm2->chain().front()}, now)) {
            auto record = keys::open_seal_record(stored, anchors, now);
            const Bytes info = seal_info_of(record, sm2->chain().front(), *world.typefaces);
            const auto signed_by = pki.sign_seal_info(record.id, info);
            record.ses_seal =
                signer::ses_seal(info, signed_by.maker_certificate, signed_by.signature);
            seals[record.use] = record;
        }
    }

    std::vector<Bytes> anchors;
    std::unique_ptr<WatchedKey> p256, sm2, later;
    std::map<std::string, keys::SealRecord> seals;
};

/// Looks as the inspector of such an instance does.
class Sm2Inspector : public Inspector {
  public:
    Sm2Inspector(const std::vector<Bytes>& anchors, const SealKeys& keys, const Clock& clock)
        : trust_(anchors, intermediates(keys)),
          policy_{own_certificates(keys), {}},
          clock_(clock) {}
    verify::DocumentReport inspect(ByteView file,
                                   const Inspection& how,
                                   const std::string&) override {
        return verify::verify_document(
            file, trust_, how.elsewhere ? verify::Policy{} : policy_, clock_.now());
    }
    verify::paper::Reading read_paper(ByteView file,
                                      const std::string& wanted,
                                      const std::string&) override {
        return verify::paper::read_paper(file, wanted);
    }
    std::vector<ChangedPage> changed_pages(ByteView, std::size_t, const std::string&) override {
        return {};
    }
    SealDraft prepare(ByteView file, const SealWork& work, const std::string&) override {
        return prepare_seal(file, work, trust_, clock_.now());
    }
    bool alive() override { return true; }

  private:
    verify::TrustStore trust_;
    verify::Policy policy_;
    const Clock& clock_;
};

class Sm2IssueTest : public ServiceTest {
  protected:
    static void SetUpTestSuite() {
        ServiceTest::SetUpTestSuite();
        sm2_ = std::make_unique<Sm2World>(*world_);
    }
    static void TearDownTestSuite() {
        sm2_.reset();
        ServiceTest::TearDownTestSuite();
    }

    void TearDown() override { sm2_->sm2->away = sm2_->p256->away = false; }

    void use(keys::PrivateKey& seal_key, const SesParts* ses) { use(seal_key, ses, sm2_->seals); }
    void use(keys::PrivateKey& seal_key,
             const SesParts* ses,
             const std::map<std::string, keys::SealRecord>& seals) {
        const SealKeys keys = ses == nullptr ? SealKeys{&seal_key} : SealKeys{&ses->key, &seal_key};
        inspector_ = std::make_unique<Sm2Inspector>(sm2_->anchors, keys, world_->clock);
        service_ = std::make_unique<Service>(ServiceParts{.config = world_->config,
                                                          .store = *store_,
                                                          .forms = world_->forms,
                                                          .press = *world_->press,
                                                          .typefaces = world_->typefaces,
                                                          .seal_key = seal_key,
                                                          .token_key = *world_->token_key,
                                                          .inspector = *inspector_,
                                                          .trust_anchors = sm2_->anchors,
                                                          .seals = one_each(seals),
                                                          .specimen = true,
                                                          .clock = world_->clock,
                                                          .random = world_->random,
                                                          .ses = ses});
    }
    void use_two_seals() { use(*sm2_->p256, &ses_); }

    Bytes issue(const std::string& key) {
        id_ = service_->issue(alice_, record(key)).body.at("id");
        return service_->pdf(alice_, id_, std::nullopt).pdf;
    }
    verify::DocumentReport look(ByteView pdf) { return inspector_->inspect(pdf, {}, ""); }

    static inline std::unique_ptr<Sm2World> sm2_;
    SesParts ses_{*sm2_->sm2};
    std::unique_ptr<Inspector> inspector_;
    std::string id_;
};

TEST_F(Sm2IssueTest, SealsInCmsWithAnSm2Key) {
    use(*sm2_->sm2, nullptr);
    const Bytes pdf = issue("k");
    const auto report = look(pdf);
    EXPECT_EQ(report.integrity, verify::Integrity::Intact);
    ASSERT_EQ(report.signatures.size(), 1u);
    EXPECT_EQ(report.signatures[0].sub_filter, "adbe.pkcs7.detached");
    EXPECT_EQ(report.signatures[0].doc_mdp, 1);
    EXPECT_EQ(report.signatures[0].indication, "TOTAL_PASSED");
    EXPECT_EQ(service_->document(alice_, id_).at("revisions").at(0).at("level"), "")
        << "no level of ETSI knows SM2";

    const Json answer = service_->verify_file(pdf);
    EXPECT_EQ(answer.at("outcome"), "genuine");
    EXPECT_EQ(answer.at("issuer").at("certificate_sha256"),
              to_hex(keys::sha256(sm2_->sm2->chain().front())));
    EXPECT_EQ(faults(), "");
}

TEST_F(Sm2IssueTest, KnowsASealInSm2WhateverWasDoneToTheRest) {
    use(*sm2_->sm2, nullptr);
    const Bytes pdf = tests::with_other_case(issue("k"));
    EXPECT_EQ(service_->verify_file(pdf).at("outcome"), "sealed_elsewhere");
    service_->revoke(alice_, id_, "issued_in_error", "v");
    EXPECT_EQ(service_->verify_file(pdf).at("outcome"), "revoked");
}

TEST_F(Sm2IssueTest, SealsTwiceAndCertifiesNothing) {
    use_two_seals();
    const Bytes pdf = issue("k");
    const auto report = look(pdf);
    EXPECT_EQ(report.integrity, verify::Integrity::Intact);
    ASSERT_EQ(report.signatures.size(), 2u);
    EXPECT_EQ(report.signatures[0].sub_filter, "GM.sm2seal");
    EXPECT_EQ(report.signatures[1].sub_filter, "ETSI.CAdES.detached");
    EXPECT_EQ(report.signatures[1].level, "B-B");
    EXPECT_LT(report.signatures[0].signed_bytes, report.signatures[1].signed_bytes);
    EXPECT_EQ(report.signatures[1].signed_bytes, pdf.size());
    for (const auto& signature : report.signatures) {
        EXPECT_FALSE(signature.certifies);
        EXPECT_EQ(signature.indication, "TOTAL_PASSED") << signature.sub_filter;
    }
    const std::string text(as_text(pdf));
    EXPECT_EQ(text.find("/DocMDP"), std::string::npos);
    EXPECT_EQ(service_->document(alice_, id_).at("revisions").at(0).at("level"), "B-B");
    EXPECT_EQ(service_->verify_file(pdf).at("outcome"), "genuine");
    EXPECT_EQ(faults(), "");
    EXPECT_THAT(service_->seal_certificates_pem(),
                testing::AllOf(
                    testing::HasSubstr(keys::certificates_to_pem({sm2_->sm2->chain().front()})),
                    testing::HasSubstr(keys::certificates_to_pem({sm2_->p256->chain().front()}))));
}

TEST_F(Sm2IssueTest, TellsWhatBecameOfTheDocumentByItsFirstSealAlone) {
    use_two_seals();
    const Bytes pdf = issue("k");
    const std::size_t end = look(pdf).signatures[0].signed_bytes;
    const ByteView first(pdf.data(), end);
    const Json before = service_->verify_file(first);
    EXPECT_EQ(before.at("outcome"), "sealed_elsewhere") << before;
    EXPECT_EQ(before.at("issuer").at("trusted"), "yes");
    service_->revoke(alice_, id_, "issued_in_error", "v");
    EXPECT_EQ(service_->verify_file(first).at("outcome"), "revoked");
    EXPECT_EQ(service_->verify_file(pdf).at("outcome"), "revoked");
}

TEST_F(Sm2IssueTest, CallsEitherSealsBytesAltered) {
    use_two_seals();
    const Bytes pdf = issue("k");
    const auto report = look(pdf);
    for (const auto& signature : report.signatures) {
        Bytes changed = pdf;
        changed[signature.gap_begin + 401] ^=
            1;  // inside a value, still a hexadecimal digit or not
        EXPECT_EQ(service_->verify_file(changed).at("outcome"), "altered") << signature.sub_filter;
    }
}

TEST_F(Sm2IssueTest, TakesNoNumberWithoutASealOfGbt38540) {
    auto seals = sm2_->seals;
    seals["business"].ses_seal.clear();
    use(*sm2_->p256, &ses_, seals);
    EXPECT_THAT(
        words_of([&] { service_->issue(alice_, record("k")); }),
        testing::AllOf(testing::HasSubstr("yinxin seals replace"),
                       testing::HasSubstr("put its SESeal (DER) into seals/99000000000001.esl")));
    seals["business"].ses_seal = Bytes(100, 0);
    use(*sm2_->p256, &ses_, seals);
    EXPECT_THAT(words_of([&] { service_->issue(alice_, record("k")); }),
                testing::HasSubstr("nobody would believe the seal of GB/T 38540"));
    EXPECT_EQ(report().numbers, 0u);
}

TEST_F(Sm2IssueTest, TakesNoNumberWhileTheSm2KeyIsAway) {
    use_two_seals();
    sm2_->sm2->away = true;
    EXPECT_EQ(code_of([&] { service_->issue(alice_, record("k")); }), ErrorCode::Unavailable);
    EXPECT_EQ(report().numbers, 0u);
    sm2_->sm2->away = false;
    issue("k");
    EXPECT_EQ(faults(), "");
}

TEST_F(Sm2IssueTest, TakesNoNumberForARecordThatDoesNotNameItsFirstKey) {
    auto seals = sm2_->seals;
    seals["business"].certificate_sha256 = {keys::sha256(sm2_->p256->chain().front())};
    use(*sm2_->p256, &ses_, seals);
    EXPECT_THAT(words_of([&] { service_->issue(alice_, record("k")); }),
                testing::HasSubstr("yinxin seals replace 99000000000001 --reason"));
    EXPECT_EQ(report().numbers, 0u);
}

TEST_F(Sm2IssueTest, TakesNoNumberOnceTheFirstKeyIsCompromised) {
    use_two_seals();
    issue("k");
    store_->key_register().change_key({.key_id = "sm2",
                                       .state = KeyState::Compromised,
                                       .at = world_->clock.now(),
                                       .reason = "found"});
    EXPECT_EQ(code_of([&] { service_->issue(alice_, record("l")); }), ErrorCode::Unavailable);
    EXPECT_EQ(report().numbers, 1u);
    EXPECT_EQ(report().voided, 0u);
    EXPECT_EQ(store_->key_register().signed_with("sm2").size(), 1u);
    EXPECT_TRUE(store_->key_register().compromised_certificates().empty())
        << "the key of the second seal was not";
    EXPECT_EQ(faults(), "");
}

TEST_F(Sm2IssueTest, LooksAtTheFirstKeyBeforeItIsNeeded) {
    use_two_seals();
    std::vector<std::string> asked;
    sm2_->sm2->before_signing = [&](const keys::SignOrder& order) {
        asked.push_back(order.subject);
    };
    service_->preflight();
    sm2_->sm2->before_signing = nullptr;
    EXPECT_THAT(asked, testing::ElementsAre("preflight"));
}

TEST_F(Sm2IssueTest, KnowsASealOfTheFirstKeyThatWasThereBefore) {
    const signer::SesSigner signer(*sm2_->sm2, sm2_->seals.at("business").ses_seal);
    signer::SealOrder order;
    order.subject = "nobody";
    order.signing_time = world_->clock.now();
    const Bytes stray = signer.seal(as_bytes(test::one_page_pdf()), order);
    const SesParts another{*sm2_->later};
    use(*sm2_->p256, &another);
    EXPECT_EQ(service_->verify_file(stray).at("outcome"), "sealed_elsewhere");
    const SesParts successor{*sm2_->later, {sm2_->sm2->chain().front()}};
    use(*sm2_->p256, &successor);
    EXPECT_EQ(service_->verify_file(stray).at("outcome"), "not_verified")
        << "ours, and the register does not know it";
}

/// Gives the probe's signature for every document.
class ForgedSm2 : public keys::PrivateKey {
  public:
    explicit ForgedSm2(keys::PrivateKey& key) : key_(key) {}
    const std::string& id() const override { return key_.id(); }
    keys::KeyAlgorithm algorithm() const override { return key_.algorithm(); }
    const std::vector<Bytes>& chain() const override { return key_.chain(); }
    Bytes sign(const keys::SignOrder&) override {
        const Bytes digest = keys::sha256(keys::probe_message());
        return key_.sign({keys::KeyPurpose::Probe, "", digest, keys::probe_message()});
    }

  private:
    keys::PrivateKey& key_;
};

TEST_F(Sm2IssueTest, ReleasesNothingWhoseFirstSealDoesNotHold) {
    ForgedSm2 forged(*sm2_->sm2);
    const SesParts ses{forged};
    use(*sm2_->p256, &ses);
    EXPECT_EQ(code_of([&] { service_->issue(alice_, record("k")); }), ErrorCode::Internal);
    EXPECT_EQ(report().voided, 1u);
    use(forged, nullptr);
    EXPECT_EQ(code_of([&] { service_->issue(alice_, record("k2")); }), ErrorCode::Internal);
    EXPECT_EQ(report().voided, 2u);
}

}  // namespace
}  // namespace yinxin::server
