// SPDX-License-Identifier: Apache-2.0
#include "keys/certificate_writer.h"

#include <openssl/pem.h>

#include "keys/crypto/openssl.h"
#include "keys/crypto/random.h"
#include "keys/pki/certificate.h"
#include "tests/support/expect_error.h"

namespace yinxin::keys {
namespace {

TEST(CertificateRequest, NamesTheSubjectAndProvesTheKey) {
    const auto key = SoftwareKey::generate("seal", KeyAlgorithm::EcdsaP256);
    const std::string pem =
        certificate_request(*key, {.organization = "示例市税务局", .common_name = "示例市税务局"});
    EXPECT_THAT(pem, testing::StartsWith("-----BEGIN CERTIFICATE REQUEST-----"));
    const BioPtr text = reading_bio(as_bytes(pem));
    const X509ReqPtr request(PEM_read_bio_X509_REQ(text.get(), nullptr, nullptr, nullptr));
    ASSERT_NE(request, nullptr);
    EXPECT_EQ(X509_REQ_verify(request.get(), key->handle()), 1);
    EXPECT_EQ(X509_NAME_entry_count(X509_REQ_get_subject_name(request.get())), 3);
}

class WrittenCertificate : public testing::TestWithParam<CertificateUse> {
  protected:
    Bytes write(SoftwareKey& issuer) {
        CertificateOrder order;
        order.use = GetParam();
        order.subject = {
            .organization = "示例市税务局", .organizational_unit = "DEMO", .common_name = "印"};
        order.spki = issuer.spki();
        order.not_before = Time(std::chrono::sys_days(std::chrono::year(2026) / 1 / 1));
        order.not_after = Time(std::chrono::sys_days(std::chrono::year(2060) / 1 / 1));
        order.policy_oid = demo_policy_oid;
        return write_certificate(order, issuer, random_);
    }
    OpenSslRandom random_;
};
INSTANTIATE_TEST_SUITE_P(CertificateWriter,
                         WrittenCertificate,
                         testing::Values(CertificateUse::Root,
                                         CertificateUse::Intermediate,
                                         CertificateUse::Seal,
                                         CertificateUse::Token,
                                         CertificateUse::SealMaker));

TEST_P(WrittenCertificate, SaysWhatWasOrdered) {
    const auto key = SoftwareKey::generate("k", KeyAlgorithm::EcdsaP256);
    const Bytes der = write(*key);
    const auto certificate = Certificate::from_der(der);
    EXPECT_EQ(certificate.subject, "CN=印,OU=DEMO,O=示例市税务局,C=CN");
    EXPECT_EQ(certificate.common_name, "印");
    EXPECT_EQ(certificate.organization, "示例市税务局");
    EXPECT_EQ(certificate.spki, key->spki());
    EXPECT_TRUE(certificate.demo);
    EXPECT_TRUE(certificate.valid_at(Time(std::chrono::sys_days(std::chrono::year(2060) / 1 / 1))));
    EXPECT_FALSE(
        certificate.valid_at(Time(std::chrono::sys_days(std::chrono::year(2025) / 12 / 31))));

    const X509Ptr x509 = from_der<X509Ptr, d2i_X509>(der, "certificate");
    const bool authority =
        GetParam() == CertificateUse::Root || GetParam() == CertificateUse::Intermediate;
    EXPECT_EQ(X509_check_ca(x509.get()) == 1, authority);
    EXPECT_EQ(X509_get_pathlen(x509.get()), GetParam() == CertificateUse::Intermediate ? 0 : -1);
    std::uint32_t usage = authority ? KU_KEY_CERT_SIGN | KU_CRL_SIGN : KU_DIGITAL_SIGNATURE;
    if (GetParam() == CertificateUse::Seal) {
        usage |= KU_NON_REPUDIATION;
    }
    EXPECT_EQ(X509_get_key_usage(x509.get()), usage);
    EXPECT_EQ(X509_get_ext_by_NID(x509.get(), NID_ext_key_usage, -1) >= 0,
              GetParam() == CertificateUse::Seal);
    // the names are UTF8String
    const X509_NAME_ENTRY* organ = X509_NAME_get_entry(X509_get_subject_name(x509.get()), 1);
    EXPECT_EQ(ASN1_STRING_type(X509_NAME_ENTRY_get_data(organ)), V_ASN1_UTF8STRING);
}

TEST_P(WrittenCertificate, HasARandomPositiveSerialOf128Bits) {
    const auto key = SoftwareKey::generate("k", KeyAlgorithm::EcdsaP256);
    std::size_t longest = 0;
    for (int i = 0; i < 20; ++i) {
        const auto certificate = Certificate::from_der(write(*key));
        EXPECT_EQ(certificate.serial_number[2] & 0x80, 0) << "negative";
        longest = std::max(longest, certificate.serial_number.size());
    }
    EXPECT_GE(longest, 18u);
    EXPECT_LE(longest, 19u);
}

}  // namespace
}  // namespace yinxin::keys
