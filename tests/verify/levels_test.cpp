// SPDX-License-Identifier: Apache-2.0
// What the signer makes of each level, as the verifier sees it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "keys/crypto/digest.h"
#include "pdf/evidence_update.h"
#include "signer/document_timestamp.h"
#include "signer/timestamp.h"
#include "tests/signer/fake_tsa.h"
#include "tests/verify/sealed_file.h"

namespace yinxin::verify {
namespace {

const Bytes kNonce{1, 2, 3, 4, 5, 6, 7, 8};

class Levels : public testing::TestWithParam<keys::KeyAlgorithm> {
  protected:
    Bytes token_over(ByteView imprint) const {
        return signer::timestamp_token(tsa_.answer(signer::timestamp_request(imprint, kNonce)));
    }
    Bytes b_t() {
        const signer::PadesSigner sealer(files_.key());
        signer::SealOrder order;
        order.subject = "test";
        order.signing_time = files_.now();
        order.token_bytes = token_over(keys::sha256({})).size();
        signer::PreparedSignature prepared = sealer.prepare(as_bytes(test::one_page_pdf()), order);
        const Bytes value = files_.key().sign(
            {keys::KeyPurpose::Document, "test", prepared.digest, prepared.signed_attrs});
        return sealer.complete(std::move(prepared), value, token_over(keys::sha256(value)));
    }
    Bytes with_evidence(const Bytes& file) {
        pdf::Evidence evidence;
        evidence.certificates = files_.key().chain();
        evidence.certificates.push_back(tsa_.certificate());
        return append_evidence(file, evidence, std::string(40, 'A'));
    }
    Bytes stamped(const Bytes& file) const {
        signer::PreparedTimestamp prepared =
            signer::prepare_timestamp(file, token_over(keys::sha256({})).size());
        const Bytes token = token_over(prepared.imprint);
        return complete_timestamp(std::move(prepared), token);
    }
    DocumentReport check(const Bytes& file) const {
        const TrustStore trust({files_.root(), tsa_.certificate()});
        return verify_document(file, trust, files_.own(), files_.now() + std::chrono::hours(1));
    }

    tests::SealedFiles files_{GetParam()};
    tests::FakeTsa tsa_{files_.now()};
};
INSTANTIATE_TEST_SUITE_P(Verifier,
                         Levels,
                         testing::Values(keys::KeyAlgorithm::EcdsaP256,
                                         keys::KeyAlgorithm::Rsa2048,
                                         keys::KeyAlgorithm::Rsa3072),
                         [](const auto& parameter) { return to_text(parameter.param); });

TEST_P(Levels, ATokenInTheSignatureIsBT) {
    const DocumentReport report = check(b_t());
    EXPECT_EQ(report.integrity, Integrity::Intact);
    ASSERT_EQ(report.signatures.size(), 1U);
    EXPECT_EQ(report.signatures[0].level, "B-T");
    EXPECT_EQ(report.signatures[0].signer->trusted, Trust::Yes);
}

TEST_P(Levels, EvidenceAndADocumentTimeStampMayFollowACertifiedSeal) {
    const Bytes sealed = b_t(), kept = with_evidence(sealed), archived = stamped(kept);
    for (const Bytes* file : {&kept, &archived}) {
        const DocumentReport report = check(*file);
        EXPECT_EQ(report.integrity, Integrity::Intact);
        EXPECT_TRUE(std::equal(sealed.begin(), sealed.end(), file->begin()));
    }
    EXPECT_EQ(check(kept).signatures[0].level, "B-LT");
    EXPECT_EQ(check(archived).signatures[0].level, "B-LTA");
    EXPECT_EQ(check(archived).signatures.size(), 2U);
}

TEST_P(Levels, ADocumentTimeStampAloneIsBT) {
    const DocumentReport report = check(stamped(files_.certified()));
    EXPECT_EQ(report.integrity, Integrity::Intact);
    EXPECT_EQ(report.signatures[0].level, "B-T");
}

TEST_P(Levels, ATokenOfAnotherSignatureIsBroken) {
    const signer::PadesSigner sealer(files_.key());
    signer::SealOrder order;
    order.subject = "test";
    order.signing_time = files_.now();
    order.token_bytes = 4000;
    signer::PreparedSignature prepared = sealer.prepare(as_bytes(test::one_page_pdf()), order);
    const Bytes value = files_.key().sign(
        {keys::KeyPurpose::Document, "test", prepared.digest, prepared.signed_attrs});
    const Bytes file =
        sealer.complete(std::move(prepared), value, token_over(keys::sha256(as_bytes("another"))));
    EXPECT_EQ(check(file).integrity, Integrity::Invalid);
}

TEST_P(Levels, ATokenLargerThanItsPlaceIsNeverCut) {
    signer::PreparedTimestamp prepared = signer::prepare_timestamp(files_.certified(), 0);
    EXPECT_THROW(complete_timestamp(std::move(prepared), Bytes(513)), Error);
}

}  // namespace
}  // namespace yinxin::verify
