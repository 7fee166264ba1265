// SPDX-License-Identifier: Apache-2.0
#include "keys/certificate_writer.h"

#include <openssl/pem.h>

#include "keys/crypto/openssl.h"
#include "keys/crypto/random.h"
#include "keys/pki/certificate.h"
#include "tests/support/expect_error.h"
#include "tests/support/openssl_command.h"

namespace yinxin::keys {
namespace {

ASN1_OCTET_STRING* identifier(std::string_view text) {
    ASN1_OCTET_STRING* const value = ASN1_OCTET_STRING_new();
    ASN1_OCTET_STRING_set(
        value, reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
    return value;
}

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

TEST(CertificateRequest, OfAnSm2KeyIsSignedWithSm3AndTheIdentifier) {
    const auto key = SoftwareKey::generate("seal", KeyAlgorithm::Sm2);
    const std::string pem = certificate_request(*key, {.common_name = "示例市税务局"});
    const BioPtr text = reading_bio(as_bytes(pem));
    const X509ReqPtr request(PEM_read_bio_X509_REQ(text.get(), nullptr, nullptr, nullptr));
    ASSERT_NE(request, nullptr);
    EXPECT_EQ(X509_REQ_get_signature_nid(request.get()), NID_SM2_with_SM3);
    EXPECT_NE(X509_REQ_verify(request.get(), key->handle()), 1) << "the empty identifier";
    X509_REQ_set0_distinguishing_id(request.get(), identifier("1234567812345678"));
    EXPECT_EQ(X509_REQ_verify(request.get(), key->handle()), 1);
    const tests::OpensslCommand openssl;
    const auto said = openssl.run("req -verify -noout -vfyopt distid:1234567812345678 -in " +
                                  openssl.file("request.pem", as_bytes(pem)));
    EXPECT_EQ(said.status, 0) << said.output;
    EXPECT_THAT(said.output, testing::HasSubstr("verify OK"));
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
                                         CertificateUse::SealMaker,
                                         CertificateUse::TimeStamping,
                                         CertificateUse::OcspResponder));

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
              GetParam() == CertificateUse::Seal || GetParam() == CertificateUse::TimeStamping ||
                  GetParam() == CertificateUse::OcspResponder);
    EXPECT_EQ(X509_get_ext_by_NID(x509.get(), NID_id_pkix_OCSP_noCheck, -1) >= 0,
              GetParam() == CertificateUse::OcspResponder);
    for (const int address : {NID_info_access, NID_crl_distribution_points}) {
        EXPECT_EQ(X509_get_ext_by_NID(x509.get(), address, -1), -1) << "none was ordered";
    }
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

using UsagesPtr = Handle<EXTENDED_KEY_USAGE, EXTENDED_KEY_USAGE_free>;
using PointsPtr = Handle<CRL_DIST_POINTS, CRL_DIST_POINTS_free>;
using AccessPtr = Handle<AUTHORITY_INFO_ACCESS, AUTHORITY_INFO_ACCESS_free>;

class OneCertificate : public testing::Test {
  protected:
    X509Ptr write(CertificateUse use) {
        order_.use = use;
        order_.subject = {.common_name = "k"};
        order_.spki = key_->spki();
        order_.not_before = SystemClock().now();
        order_.not_after = order_.not_before + std::chrono::hours(1);
        return from_der<X509Ptr, d2i_X509>(write_certificate(order_, *key_, random_),
                                           "certificate");
    }
    static std::string text_of(const GENERAL_NAME* name) {
        int kind = 0;
        const auto* value = static_cast<const ASN1_STRING*>(GENERAL_NAME_get0_value(name, &kind));
        EXPECT_EQ(kind, GEN_URI);
        return std::string(as_text(ByteView(ASN1_STRING_get0_data(value),
                                            static_cast<std::size_t>(ASN1_STRING_length(value)))));
    }

    std::unique_ptr<SoftwareKey> key_ = SoftwareKey::generate("k", KeyAlgorithm::EcdsaP256);
    OpenSslRandom random_;
    CertificateOrder order_;
};

TEST_F(OneCertificate, OfATimeStampingAuthorityHasThatUsageCriticalAndAlone) {
    const X509Ptr certificate = write(CertificateUse::TimeStamping);
    int critical = 0;
    const UsagesPtr usages(static_cast<EXTENDED_KEY_USAGE*>(
        X509_get_ext_d2i(certificate.get(), NID_ext_key_usage, &critical, nullptr)));
    ASSERT_NE(usages, nullptr);
    EXPECT_EQ(critical, 1);
    ASSERT_EQ(sk_ASN1_OBJECT_num(usages.get()), 1);
    EXPECT_EQ(OBJ_obj2nid(sk_ASN1_OBJECT_value(usages.get(), 0)), NID_time_stamp);
    EXPECT_EQ(X509_check_purpose(certificate.get(), X509_PURPOSE_TIMESTAMP_SIGN, 0), 1);
}

TEST_F(OneCertificate, OfAnOcspResponderMaySignResponsesAndIsNotAskedAbout) {
    const X509Ptr certificate = write(CertificateUse::OcspResponder);
    EXPECT_NE(X509_get_extended_key_usage(certificate.get()) & XKU_OCSP_SIGN, 0u);
    const int at = X509_get_ext_by_NID(certificate.get(), NID_id_pkix_OCSP_noCheck, -1);
    ASSERT_GE(at, 0);
    const ASN1_OCTET_STRING* value = X509_EXTENSION_get_data(X509_get_ext(certificate.get(), at));
    EXPECT_EQ(to_hex(ByteView(ASN1_STRING_get0_data(value),
                              static_cast<std::size_t>(ASN1_STRING_length(value)))),
              "0500");
}

TEST_F(OneCertificate, SaysWhereItsStateIsAskedFor) {
    order_.ocsp_url = "http://127.0.0.1:8081/ocsp/sm2";
    order_.issuer_url = "http://127.0.0.1:8081/ca/sm2.cer";
    order_.revocation_url = "http://127.0.0.1:8081/crl/sm2.crl?a=1&b=2";
    const X509Ptr certificate = write(CertificateUse::Seal);
    const AccessPtr access(static_cast<AUTHORITY_INFO_ACCESS*>(
        X509_get_ext_d2i(certificate.get(), NID_info_access, nullptr, nullptr)));
    ASSERT_EQ(sk_ACCESS_DESCRIPTION_num(access.get()), 2);
    const ACCESS_DESCRIPTION* ocsp = sk_ACCESS_DESCRIPTION_value(access.get(), 0);
    const ACCESS_DESCRIPTION* issuer = sk_ACCESS_DESCRIPTION_value(access.get(), 1);
    EXPECT_EQ(OBJ_obj2nid(ocsp->method), NID_ad_OCSP);
    EXPECT_EQ(text_of(ocsp->location), order_.ocsp_url);
    EXPECT_EQ(OBJ_obj2nid(issuer->method), NID_ad_ca_issuers);
    EXPECT_EQ(text_of(issuer->location), order_.issuer_url);
    const PointsPtr points(static_cast<CRL_DIST_POINTS*>(
        X509_get_ext_d2i(certificate.get(), NID_crl_distribution_points, nullptr, nullptr)));
    ASSERT_EQ(sk_DIST_POINT_num(points.get()), 1);
    const DIST_POINT* point = sk_DIST_POINT_value(points.get(), 0);
    ASSERT_EQ(sk_GENERAL_NAME_num(point->distpoint->name.fullname), 1);
    EXPECT_EQ(text_of(sk_GENERAL_NAME_value(point->distpoint->name.fullname, 0)),
              order_.revocation_url);
}

TEST_F(OneCertificate, AnAddressThatOpensslWouldReadOtherwiseIsRefused) {
    for (const char* url : {"http://a/b,OCSP;URI:http://evil", "http://a b", "http://例/"}) {
        for (std::string CertificateOrder::*field : {&CertificateOrder::ocsp_url,
                                                     &CertificateOrder::issuer_url,
                                                     &CertificateOrder::revocation_url}) {
            order_ = {};
            order_.*field = url;
            EXPECT_ERROR(write(CertificateUse::Seal), Invalid, "plain ASCII");
        }
    }
}

}  // namespace
}  // namespace yinxin::keys
