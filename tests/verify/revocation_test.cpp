// SPDX-License-Identifier: Apache-2.0
// Signers whose certificate was revoked, or may have been: before, after, with and without a time
// stamp, and answers that prove nothing.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "keys/crypto/digest.h"
#include "keys/pki/revocation.h"
#include "keys/revocation_answers.h"
#include "pdf/evidence_update.h"
#include "signer/timestamp.h"
#include "tests/keys/test_tsa.h"
#include "tests/verify/sealed_file.h"

namespace yinxin::verify {
namespace {

using std::chrono::hours;
using Asking = RevocationPolicy::Asking;
using Answers = std::vector<Bytes>;
/// Trust and ETSI's word for it.
using Answered = std::pair<Trust, std::string>;

class RevokedSigners : public testing::Test {
  protected:
    const Bytes& leaf() const { return key_->chain().at(0); }
    const Bytes& ca() const { return key_->chain().at(1); }

    Bytes sealed() const { return signer_.seal(as_bytes(test::one_page_pdf()), order()); }
    /// The time stamp says now_.
    Bytes stamped() const {
        signer::SealOrder with = order();
        with.token_bytes = token_over(keys::sha256({})).size();
        signer::PreparedSignature prepared = signer_.prepare(as_bytes(test::one_page_pdf()), with);
        const Bytes value = key_->sign(
            {keys::KeyPurpose::Document, "test", prepared.digest, prepared.signed_attrs});
        return signer_.complete(std::move(prepared), value, token_over(keys::sha256(value)));
    }

    static keys::Revocation revocation(const Bytes& certificate, Time at, std::string reason = "") {
        const auto read = keys::Certificate::from_der(certificate);
        return {.key = "k",
                .issuer_name = read.issuer_name,
                .serial_number = read.serial_number,
                .revoked_at = at,
                .reason = std::move(reason)};
    }
    Bytes about_leaf(Time signed_at, const std::vector<keys::Revocation>& revoked = {}) const {
        return keys::OcspResponder(ca(), pki_.issuer())
            .answer(keys::ocsp_request(leaf(), ca()), revoked, signed_at);
    }
    Bytes about_ca(Time signed_at, const std::vector<keys::Revocation>& revoked = {}) const {
        return keys::OcspResponder(pki_.root(), pki_.root_key())
            .answer(keys::ocsp_request(ca(), pki_.root()), revoked, signed_at);
    }

    DocumentReport check(const Bytes& file, Answers ocsp, Asking asking, Time when) const {
        Policy policy;
        policy.revocation.asking = asking;
        policy.revocation.ocsp_responses = std::move(ocsp);
        const TrustStore trust({pki_.root(), tsa_.root()});
        DocumentReport report = verify_document(file, trust, policy, when);
        EXPECT_EQ(report.integrity, Integrity::Intact) << "revocation is no matter of integrity";
        return report;
    }
    static Answered trust_of(const DocumentReport& report) {
        const SignatureReport& seal = report.signatures.at(0);
        return {seal.signer.value().trusted, seal.sub_indication};
    }
    Answered trust(const Bytes& file, Answers ocsp, Time when) const {
        return trust_of(check(file, std::move(ocsp), Asking::Asked, when));
    }

    const Time now_ = *parse_rfc3339("2026-01-31T01:00:00Z"), later_ = now_ + hours(48);
    tests::TestPki pki_{now_, keys::KeyAlgorithm::EcdsaP256, "http://pki.example"};
    tests::TestTsa tsa_{now_};
    const std::unique_ptr<keys::SoftwareKey> key_ =
        pki_.key(keys::CertificateUse::Seal, keys::KeyAlgorithm::EcdsaP256);
    const signer::PadesSigner signer_{*key_};

  private:
    signer::SealOrder order() const {
        signer::SealOrder order;
        order.subject = "test";
        order.signing_time = now_;
        return order;
    }
    Bytes token_over(ByteView imprint) const {
        return signer::timestamp_token(
            tsa_.answer(signer::timestamp_request(imprint, Bytes{1, 2, 3, 4, 5, 6, 7, 8})));
    }
};

const Answered good{Trust::Yes, ""};

TEST_F(RevokedSigners, AnswersThatSayGoodAreEnough) {
    EXPECT_EQ(trust(sealed(), {about_leaf(later_), about_ca(later_)}, later_), good);
    const auto report =
        check(sealed(), {about_leaf(later_), about_ca(later_)}, Asking::List, later_);
    EXPECT_THAT(report.revocation_wanted, testing::IsEmpty());
    EXPECT_FALSE(tests::has_finding(report, "revocation_unknown"));
}

TEST_F(RevokedSigners, WhoNobodyAnswersForIsToBeAskedAbout) {
    const auto never = check(sealed(), {}, Asking::Never, later_);
    EXPECT_EQ(trust_of(never), good);
    EXPECT_TRUE(tests::has_finding(never, "revocation_unknown"));
    EXPECT_THAT(never.revocation_wanted, testing::IsEmpty());

    const auto list = check(sealed(), {about_ca(later_)}, Asking::List, later_);
    ASSERT_EQ(list.revocation_wanted.size(), 1U);
    EXPECT_EQ(list.revocation_wanted[0].certificate, leaf());
    EXPECT_EQ(list.revocation_wanted[0].issuer, ca());
    EXPECT_EQ(report_from_json(to_json(list)).revocation_wanted[0].certificate, leaf());

    EXPECT_EQ(trust(sealed(), {about_ca(later_)}, later_), (Answered{Trust::Unknown, "TRY_LATER"}));
}

TEST_F(RevokedSigners, RevokedBeforeSigning) {
    const Answers answers{about_leaf(later_, {revocation(leaf(), now_ - hours(1))}),
                          about_ca(later_)};
    EXPECT_EQ(trust(sealed(), answers, later_), (Answered{Trust::No, "REVOKED_NO_POE"}));
    const auto report = check(stamped(), answers, Asking::Asked, later_);
    EXPECT_EQ(trust_of(report), (Answered{Trust::No, "REVOKED"}));
    EXPECT_FALSE(report.signatures[0].signer->valid_at_sealing);
}

TEST_F(RevokedSigners, RevokedAfterwardsOnlyATimeStampSavesTheSeal) {
    for (const char* reason : {"superseded", "keyCompromise"}) {
        const Answers answers{about_leaf(later_, {revocation(leaf(), now_ + hours(1), reason)}),
                              about_ca(later_)};
        EXPECT_EQ(trust(sealed(), answers, later_), (Answered{Trust::No, "REVOKED_NO_POE"}));
        const auto report = check(stamped(), answers, Asking::Asked, later_);
        EXPECT_EQ(trust_of(report), good) << reason;
        EXPECT_TRUE(tests::has_finding(report, "revoked_later"));
    }
}

TEST_F(RevokedSigners, ARevokedAuthorityLeavesItUndecided) {
    const Answers answers{about_leaf(later_),
                          about_ca(later_, {revocation(ca(), now_ - hours(1))})};
    EXPECT_EQ(trust(sealed(), answers, later_), (Answered{Trust::Unknown, "REVOKED_CA_NO_POE"}));
}

TEST_F(RevokedSigners, AListSaysTheSame) {
    Policy policy;
    policy.revocation.asking = Asking::Asked;
    policy.revocation.crls = {
        write_revocation_list(pki_.issuer(), {revocation(leaf(), now_ - hours(1))}, later_),
        write_revocation_list(pki_.root_key(), {}, later_)};
    const TrustStore trust({pki_.root()});
    EXPECT_EQ(trust_of(verify_document(sealed(), trust, policy, later_)),
              (Answered{Trust::No, "REVOKED_NO_POE"}));
}

TEST_F(RevokedSigners, AnswersThatProveNothingCountForNothing) {
    const Answered try_later{Trust::Unknown, "TRY_LATER"};
    const Bytes ca_good = about_ca(later_);
    // Its time is over; not begun; of a responder nobody named; about another certificate.
    EXPECT_EQ(trust(sealed(), {about_leaf(later_ - hours(30)), ca_good}, later_), try_later);
    EXPECT_EQ(trust(sealed(), {about_leaf(later_ + hours(2)), ca_good}, later_), try_later);
    tests::TestPki foreign(now_, keys::KeyAlgorithm::EcdsaP256, "http://pki.example");
    const Bytes by_foreigner = keys::OcspResponder(ca(), foreign.issuer())
                                   .answer(keys::ocsp_request(leaf(), ca()), {}, later_);
    EXPECT_EQ(trust(sealed(), {by_foreigner, ca_good}, later_), try_later);
    EXPECT_EQ(trust(sealed(), {ca_good}, later_), try_later);
    EXPECT_EQ(trust(sealed(), {to_bytes(as_bytes("rubbish")), ca_good}, later_), try_later);
    // None of them hides a revocation.
    EXPECT_EQ(trust(sealed(),
                    {about_leaf(later_ - hours(30)),
                     about_leaf(later_, {revocation(leaf(), now_)}),
                     ca_good},
                    later_)
                  .first,
              Trust::No);
}

TEST_F(RevokedSigners, AfterwardsAnAnswerOfThatTimeStillCounts) {
    const Time years = now_ + hours(24 * 300);
    const Answers answers{about_leaf(now_ + hours(1)), about_ca(now_ + hours(1))};
    EXPECT_EQ(trust(stamped(), answers, years), good);
    EXPECT_EQ(trust(sealed(), answers, years).first, Trust::Unknown);
    const auto report = check(
        stamped(), {about_leaf(now_ - hours(1)), about_ca(now_ + hours(1))}, Asking::Asked, years);
    EXPECT_EQ(trust_of(report), good);
    EXPECT_TRUE(tests::has_finding(report, "revocation_data_older"));
}

TEST_F(RevokedSigners, TheFileBringsItsAnswersInTheDss) {
    pdf::Evidence evidence;
    evidence.certificates = key_->chain();
    evidence.ocsp_responses = {about_leaf(now_ + hours(1)), about_ca(now_ + hours(1))};
    const Bytes file = append_evidence(stamped(), evidence, std::string(40, 'A'));
    EXPECT_EQ(trust(file, {}, now_ + hours(24 * 300)), good);
    evidence.ocsp_responses[0] = about_leaf(now_ + hours(1), {revocation(leaf(), now_)});
    const Bytes revoked = append_evidence(stamped(), evidence, std::string(40, 'A'));
    EXPECT_EQ(trust(revoked, {}, later_), (Answered{Trust::No, "REVOKED"}));
}

TEST_F(RevokedSigners, AStolenKeyOfATsaProvesNoTime) {
    const Bytes& tsa_ca = tsa_.issuer().chain().front();
    for (const char* reason : {"keyCompromise", "superseded"}) {
        const Bytes about_tsa =
            keys::OcspResponder(tsa_ca, tsa_.issuer())
                .answer(keys::ocsp_request(tsa_.certificate(), tsa_ca),
                        {revocation(tsa_.certificate(), now_ + hours(20), reason)},
                        later_);
        // The signer's own certificate was revoked after the time that the stamp says.
        const Answers answers{
            about_leaf(later_, {revocation(leaf(), now_ + hours(1))}), about_ca(later_), about_tsa};
        const bool stolen = std::string(reason) == "keyCompromise";
        EXPECT_EQ(trust(stamped(), answers, later_).first, stolen ? Trust::No : Trust::Yes);
    }
}

}  // namespace
}  // namespace yinxin::verify
