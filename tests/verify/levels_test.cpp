// SPDX-License-Identifier: Apache-2.0
// What the signer makes of each level, as the verifier sees it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/cms.h>

#include <functional>

#include "keys/crypto/digest.h"
#include "keys/crypto/openssl.h"
#include "pdf/evidence_update.h"
#include "signer/document_timestamp.h"
#include "signer/timestamp.h"
#include "tests/keys/test_tsa.h"
#include "tests/verify/sealed_file.h"
#include "verify/signer_certificates.h"

namespace yinxin::verify {
namespace {

const Bytes kNonce{1, 2, 3, 4, 5, 6, 7, 8};

class Levels : public testing::TestWithParam<keys::KeyAlgorithm> {
  protected:
    Bytes token_over(ByteView imprint) const {
        return signer::timestamp_token(tsa_.answer(signer::timestamp_request(imprint, kNonce)));
    }
    /// Sealed, with what `token` makes of the imprint inside the signature.
    Bytes sealed_with(const std::function<Bytes(ByteView imprint)>& token) {
        const signer::PadesSigner sealer(files_.key());
        signer::SealOrder order;
        order.subject = "test";
        order.signing_time = files_.now();
        order.token_bytes = token(keys::sha256({})).size();
        signer::PreparedSignature prepared = sealer.prepare(as_bytes(test::one_page_pdf()), order);
        const Bytes value = files_.key().sign(
            {keys::KeyPurpose::Document, "test", prepared.digest, prepared.signed_attrs});
        return sealer.complete(std::move(prepared), value, token(keys::sha256(value)));
    }
    Bytes b_t() {
        return sealed_with([this](ByteView imprint) { return token_over(imprint); });
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
        const TrustStore trust({files_.root(), tsa_.root()});
        return verify_document(file, trust, files_.own(), files_.now() + std::chrono::hours(1));
    }

    tests::SealedFiles files_{GetParam()};
    tests::TestTsa tsa_{files_.now()};
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

TEST_P(Levels, EvidenceBehindADocumentTimeStampIsBLT) {
    const Bytes kept = with_evidence(stamped(files_.certified()));
    EXPECT_EQ(check(kept).signatures[0].level, "B-LT");
    EXPECT_EQ(check(stamped(kept)).signatures[0].level, "B-LTA");
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

TEST_P(Levels, ATokenInsideATokenIsNotFollowed) {
    const Bytes file = sealed_with([this](ByteView imprint) {
        const Bytes inner = token_over(imprint);
        const auto outer = keys::from_der<keys::Handle<CMS_ContentInfo, CMS_ContentInfo_free>,
                                          d2i_CMS_ContentInfo>(inner, "token");
        CMS_SignerInfo* const signer =
            sk_CMS_SignerInfo_value(CMS_get0_SignerInfos(outer.get()), 0);
        EXPECT_EQ(CMS_unsigned_add1_attr_by_NID(signer,
                                                NID_id_smime_aa_timeStampToken,
                                                V_ASN1_SEQUENCE,
                                                inner.data(),
                                                static_cast<int>(inner.size())),
                  1);
        return keys::to_der<i2d_CMS_ContentInfo>(outer.get());
    });
    EXPECT_EQ(check(file).integrity, Integrity::Intact);
    const auto all = signer_certificates(file);
    ASSERT_EQ(all.size(), 2U);
    EXPECT_FALSE(all[0].timestamp);
    EXPECT_TRUE(all[1].timestamp);
    EXPECT_EQ(all[1].certificates.front(), tsa_.certificate());
}

TEST_P(Levels, ATokenLargerThanItsPlaceIsNeverCut) {
    signer::PreparedTimestamp prepared = signer::prepare_timestamp(files_.certified(), 0);
    EXPECT_THROW(complete_timestamp(std::move(prepared), Bytes(513)), Error);
}

}  // namespace
}  // namespace yinxin::verify
