// SPDX-License-Identifier: Apache-2.0
#include "signer/cms_builder.h"

#include <algorithm>

#include "keys/crypto/digest.h"
#include "keys/crypto/openssl.h"
#include "tests/keys/test_pki.h"
#include "tests/signer/openssl_cms.h"
#include "tests/support/expect_error.h"
#include "tests/support/openssl_command.h"

namespace yinxin::signer {
namespace {

using keys::KeyAlgorithm;

const Bytes kContent = to_bytes(as_bytes("the bytes of a document"));

class EveryKey : public testing::TestWithParam<KeyAlgorithm> {
  protected:
    Bytes make(ByteView content) {
        const Bytes digest = keys::sha256(content);
        const Bytes attributes = builder_.signed_attributes(digest);
        return builder_.signed_data(
            attributes, key_->sign({keys::KeyPurpose::Document, "d", digest, attributes}));
    }
    bool openssl_verifies(ByteView cms, ByteView content) {
        return tests::openssl_verifies(cms, content, pki_.root());
    }

    tests::TestPki pki_{SystemClock().now()};
    std::unique_ptr<keys::SoftwareKey> key_ = pki_.key(keys::CertificateUse::Seal, GetParam());
    CmsBuilder builder_{key_->chain(), key_->algorithm()};
};
INSTANTIATE_TEST_SUITE_P(CmsBuilder,
                         EveryKey,
                         testing::Values(KeyAlgorithm::EcdsaP256,
                                         KeyAlgorithm::Rsa2048,
                                         KeyAlgorithm::Rsa3072),
                         [](const auto& parameter) { return to_text(parameter.param); });

TEST_P(EveryKey, OpensslVerifiesIt) {
    const Bytes cms = make(kContent);
    EXPECT_TRUE(openssl_verifies(cms, kContent));
    EXPECT_FALSE(openssl_verifies(cms, as_bytes("the bytes of another")));
    EXPECT_FALSE(openssl_verifies(cms, {}));
}

TEST_P(EveryKey, IsDerToTheLastByte) {
    const Bytes der = make(kContent);
    const auto cms = keys::from_der<keys::CmsPtr, d2i_CMS_ContentInfo>(der, "CMS");
    EXPECT_EQ(keys::to_der<i2d_CMS_ContentInfo>(cms.get()), der) << "OpenSSL would write the same";
}

TEST_P(EveryKey, HasWhatPadesBaselineWantsAndNothingElse) {
    const auto cms = keys::from_der<keys::CmsPtr, d2i_CMS_ContentInfo>(make(kContent), "CMS");
    EXPECT_EQ(CMS_is_detached(cms.get()), 1);
    STACK_OF(CMS_SignerInfo)* const signers = CMS_get0_SignerInfos(cms.get());
    ASSERT_EQ(sk_CMS_SignerInfo_num(signers), 1);
    CMS_SignerInfo* const signer = sk_CMS_SignerInfo_value(signers, 0);
    EXPECT_EQ(CMS_signed_get_attr_count(signer), 3);
    EXPECT_GE(CMS_signed_get_attr_by_NID(signer, NID_pkcs9_contentType, -1), 0);
    EXPECT_GE(CMS_signed_get_attr_by_NID(signer, NID_pkcs9_messageDigest, -1), 0);
    EXPECT_GE(CMS_signed_get_attr_by_NID(signer, NID_id_smime_aa_signingCertificateV2, -1), 0);
    EXPECT_LT(CMS_signed_get_attr_by_NID(signer, NID_pkcs9_signingTime, -1), 0);
    EXPECT_LE(CMS_unsigned_get_attr_count(signer), 0);

    const keys::CertificateStackPtr certificates(CMS_get1_certs(cms.get()));
    ASSERT_EQ(sk_X509_num(certificates.get()), 2) << "signer and intermediate, no root";
    const auto own = keys::from_der<keys::X509Ptr, d2i_X509>(key_->chain()[0], "certificate");
    EXPECT_EQ(CMS_SignerInfo_cert_cmp(signer, own.get()), 0);

    X509_ALGOR* digest_algorithm = nullptr;
    X509_ALGOR* signature_algorithm = nullptr;
    CMS_SignerInfo_get0_algs(signer, nullptr, nullptr, &digest_algorithm, &signature_algorithm);
    EXPECT_EQ(OBJ_obj2nid(digest_algorithm->algorithm), NID_sha256);
    EXPECT_EQ(OBJ_obj2nid(signature_algorithm->algorithm),
              GetParam() == KeyAlgorithm::EcdsaP256 ? NID_ecdsa_with_SHA256 : NID_rsaEncryption);
}

TEST_P(EveryKey, AnyChangedBitOfTheSignedPartsIsNoticed) {
    const Bytes cms = make(kContent);
    const Bytes attributes = builder_.signed_attributes(keys::sha256(kContent));
    // The attributes stand in the CMS with another tag.
    const auto found =
        std::search(cms.begin(), cms.end(), attributes.begin() + 1, attributes.end());
    ASSERT_NE(found, cms.end());
    for (std::size_t i = 0; i + 1 < attributes.size(); i += 7) {
        Bytes changed = cms;
        changed[static_cast<std::size_t>(found - cms.begin()) + i] ^= 0x01;
        bool good = false;
        try {
            good = openssl_verifies(changed, kContent);
        } catch (const Error& error) {
            EXPECT_EQ(static_cast<int>(error.code()), static_cast<int>(ErrorCode::Malformed));
        }
        EXPECT_FALSE(good) << i;
    }
}

TEST(CmsBuilder, SignedAttributesAreTheseBytes) {
    tests::TestPki pki(SystemClock().now());
    const auto key = pki.key(keys::CertificateUse::Seal, KeyAlgorithm::EcdsaP256);
    const Bytes digest = keys::sha256(kContent);
    const std::string hex =
        to_hex(CmsBuilder(key->chain(), key->algorithm()).signed_attributes(digest));
    // RFC 5652, 11.1 and 11.2; RFC 5035, 3, where certHash is all of ESSCertIDv2
    EXPECT_THAT(hex, testing::StartsWith("3181"));
    EXPECT_THAT(hex, testing::HasSubstr("301806092a864886f70d010903310b06092a864886f70d010701"));
    EXPECT_THAT(hex, testing::HasSubstr("302f06092a864886f70d01090431220420" + to_hex(digest)));
    EXPECT_THAT(hex, testing::HasSubstr("060b2a864886f70d010910022f"));
    EXPECT_THAT(hex, testing::HasSubstr("30220420" + to_hex(keys::sha256(key->chain()[0]))));
    EXPECT_LT(hex.find("010903310b"), hex.find("0109043122")) << "sorted";
    EXPECT_LT(hex.find("0109043122"), hex.find("010910022f")) << "sorted";
}

// pades: the same structure in SM2 and SM3, which OpenSSL's CMS cannot verify under an identifier
TEST(CmsBuilder, WithAnSm2KeyIsInSm2AndSm3) {
    tests::TestPki pki(SystemClock().now(), KeyAlgorithm::Sm2);
    const auto key = pki.key(keys::CertificateUse::Seal, KeyAlgorithm::Sm2);
    const CmsBuilder builder(key->chain(), key->algorithm());
    EXPECT_EQ(builder.digest_kind(), keys::Digest::Kind::Sm3);
    const Bytes digest = keys::sm3(kContent);
    const Bytes attributes = builder.signed_attributes(digest);
    const Bytes signature = key->sign({keys::KeyPurpose::Document, "d", digest, attributes});
    const tests::OpensslCommand openssl;
    EXPECT_TRUE(openssl.verifies_sm2(key->spki(), attributes, signature));

    const Bytes der = builder.signed_data(attributes, signature);
    const std::string hex = to_hex(der);
    EXPECT_THAT(hex, testing::HasSubstr("06092a864886f70d010702")) << "PKCS#7 signedData";
    EXPECT_THAT(hex, testing::HasSubstr("310c300a06082a811ccf55018311")) << "SM3, no parameters";
    EXPECT_THAT(hex,
                testing::HasSubstr("300a06082a811ccf55018375" + std::string("04") +
                                   to_hex(Bytes{static_cast<std::uint8_t>(signature.size())}) +
                                   to_hex(signature)))
        << "SM2 with SM3, then the signature";
    EXPECT_THAT(
        to_hex(attributes),
        testing::HasSubstr("302e300a06082a811ccf550183110420" + to_hex(keys::sm3(key->chain()[0]))))
        << "ESSCertIDv2 names its digest where it is not SHA-256";
    const auto cms = keys::from_der<keys::CmsPtr, d2i_CMS_ContentInfo>(der, "CMS");
    EXPECT_EQ(keys::to_der<i2d_CMS_ContentInfo>(cms.get()), der);
    const auto read = openssl.run("asn1parse -inform DER -in " + openssl.file("cms.der", der));
    EXPECT_EQ(read.status, 0) << read.output;
    EXPECT_THAT(read.output, testing::HasSubstr(":SM2-with-SM3"));
}

TEST(CmsBuilder, NeedsAChain) {
    EXPECT_ERROR(CmsBuilder({}, KeyAlgorithm::EcdsaP256), Invalid, "no certificate");
    EXPECT_ERROR(
        CmsBuilder({to_bytes(as_bytes("x"))}, KeyAlgorithm::EcdsaP256), Malformed, "certificate");
}

}  // namespace
}  // namespace yinxin::signer
