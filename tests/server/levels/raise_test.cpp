// SPDX-License-Identifier: Apache-2.0
#include "server/levels/raise.h"

#include "common/time_text.h"
#include "keys/pki/certificate.h"
#include "pdf/evidence_update.h"
#include "signer/pades_signer.h"
#include "tests/pdf/small_pdf.h"
#include "tests/server/levels/authorities.h"
#include "tests/support/expect_error.h"
#include "tests/support/test_clock.h"

namespace yinxin::server {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using tests::Authorities;

class RaiseTest : public testing::Test {
  protected:
    Bytes sealed() {
        signer::SealOrder order;
        order.subject = "test";
        order.signing_time = clock_.now();
        return signer::PadesSigner(*key_).seal(as_bytes(test::one_page_pdf()), order);
    }
    verify::DocumentReport check(const Bytes& file) {
        return verify::verify_document(
            file,
            trust_,
            {{keys::Certificate::from_der(key_->chain().front()).sha256}},
            clock_.now() + minutes(1));
    }

    tests::TestClock clock_;
    keys::OpenSslRandom random_;
    tests::TestPki pki_{clock_.now(), keys::KeyAlgorithm::EcdsaP256, Authorities::url};
    Authorities net_{pki_, clock_};
    std::unique_ptr<keys::SoftwareKey> key_ =
        pki_.key(keys::CertificateUse::Seal, keys::KeyAlgorithm::EcdsaP256);
    const std::vector<Bytes> anchors_{pki_.root()};
    verify::TrustStore trust_{anchors_};
    Timestamps stamps_{
        {Authorities::first, Authorities::second}, seconds(3), {net_, trust_, clock_, random_}};
    Revocations revocations_{net_, clock_, seconds(3)};
    LevelRaiser raiser_{{stamps_, revocations_, anchors_, clock_}};
};

TEST_F(RaiseTest, ReachesEachLevelAndKeepsWhatWasThere) {
    const Bytes file = sealed();
    EXPECT_EQ(check(file).signatures.front().level, "B-B");
    for (const Level wanted : {Level::BT, Level::BLT, Level::BLTA}) {
        const Bytes raised = raiser_.raise(file, Level::BB, wanted);
        EXPECT_TRUE(std::equal(file.begin(), file.end(), raised.begin()));
        const auto report = check(raised);
        EXPECT_EQ(report.integrity, verify::Integrity::Intact) << to_text(wanted);
        EXPECT_EQ(report.signatures.front().level, to_text(wanted));
    }
    EXPECT_EQ(raiser_.raise(file, Level::BB, Level::BB), file);
}

TEST_F(RaiseTest, CollectsTheStateOfEveryCertificate) {
    const auto evidence = pdf::evidence_of(raiser_.raise(sealed(), Level::BB, Level::BLT));
    // of the seal, its authority and the TSA; the two certificates have one authority
    EXPECT_EQ(evidence.ocsp_responses.size(), 3U);
    EXPECT_TRUE(evidence.crls.empty());
    EXPECT_THAT(evidence.certificates, testing::Contains(pki_.root()));
    EXPECT_THAT(evidence.certificates, testing::Contains(key_->chain().front()));
    EXPECT_THAT(evidence.certificates, testing::Contains(net_.tsa_certificate()));
}

TEST_F(RaiseTest, RenewsWithEvidenceForTheLastTimeStampAndANewOne) {
    const Bytes file = raiser_.raise(sealed(), Level::BB, Level::BLTA);
    clock_.forward(std::chrono::hours(24 * 30));
    const Bytes renewed = raiser_.raise(file, Level::BLTA, Level::BLTA);
    EXPECT_TRUE(std::equal(file.begin(), file.end(), renewed.begin()));
    const auto report = check(renewed);
    EXPECT_EQ(report.integrity, verify::Integrity::Intact);
    EXPECT_EQ(report.signatures.size(), check(file).signatures.size() + 1);
    EXPECT_EQ(report.signatures.front().level, "B-LTA");
}

TEST_F(RaiseTest, ARenewalAsksForTheLastTimeStampOnly) {
    const Bytes file = raiser_.raise(sealed(), Level::BB, Level::BLTA);
    const auto before = pdf::evidence_of(file);
    clock_.forward(std::chrono::hours(24));
    const int asked = net_.count(Authorities::url + "/ocsp/ca");
    const auto after = pdf::evidence_of(raiser_.raise(file, Level::BLTA, Level::BLTA));
    // of the TSA and of the authority of both, nothing about the seal's certificate
    EXPECT_EQ(net_.count(Authorities::url + "/ocsp/ca"), asked + 1);
    EXPECT_EQ(after.ocsp_responses.size(), before.ocsp_responses.size() + 2);
    EXPECT_EQ(after.certificates.size(), before.certificates.size());
}

TEST_F(RaiseTest, AnAnswerIsKeptFromTheQuestionOn) {
    net_.ocsp_lag = std::chrono::hours(2);
    const Bytes file = sealed();
    for (int i = 0; i < 3; ++i) {
        raiser_.raise(file, Level::BB, Level::BLT);
    }
    EXPECT_EQ(net_.count(Authorities::url + "/ocsp/root"), 1);
}

TEST_F(RaiseTest, AsksOnceForManyDocuments) {
    const Bytes file = sealed();
    for (int i = 0; i < 5; ++i) {
        raiser_.raise(file, Level::BB, Level::BLT);
    }
    EXPECT_EQ(net_.count(Authorities::url + "/ocsp/root"), 1);
    EXPECT_EQ(net_.count(Authorities::url + "/ocsp/ca"), 2);  // of the seal and of the TSA
    clock_.forward(Revocations::age_max + seconds(1));
    raiser_.raise(file, Level::BB, Level::BLT);
    EXPECT_EQ(net_.count(Authorities::url + "/ocsp/root"), 2);
}

TEST_F(RaiseTest, SaysWhatKeepsALevelAway) {
    const Bytes file = sealed();
    net_.ocsp_away = true;
    EXPECT_ERROR(
        raiser_.raise(file, Level::BB, Level::BLT), Unavailable, "is revoked cannot be learned");
    net_.ocsp_away = false;
    for (const auto fault :
         {keys::OcspFault::Stale, keys::OcspFault::Unknown, keys::OcspFault::Foreign}) {
        net_.ocsp_fault = fault;
        EXPECT_ERROR(raiser_.raise(file, Level::BB, Level::BLT), Unavailable, "cannot be learned");
    }
    net_.ocsp_fault = keys::OcspFault::Revoked;
    EXPECT_ERROR(raiser_.raise(file, Level::BB, Level::BLT), Refused, "is revoked");
    net_.tsa_away = true;
    EXPECT_ERROR(raiser_.raise(file, Level::BB, Level::BT), Unavailable, "no TSA");
}

TEST_F(RaiseTest, KnowsTheWordsOfTheLevels) {
    for (const Level level : {Level::BB, Level::BT, Level::BLT, Level::BLTA}) {
        EXPECT_EQ(level_from_text(to_text(level)), level);
    }
    EXPECT_ERROR(level_from_text("B-X"), Invalid, "B-LTA");
}

}  // namespace
}  // namespace yinxin::server
