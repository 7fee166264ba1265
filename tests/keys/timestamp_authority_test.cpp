// SPDX-License-Identifier: Apache-2.0
#include "keys/timestamp_authority.h"

#include <openssl/ts.h>

#include <set>

#include "keys/crypto/digest.h"
#include "keys/crypto/openssl.h"
#include "keys/crypto/random.h"
#include "tests/keys/test_pki.h"
#include "tests/support/expect_error.h"

namespace yinxin::keys {
namespace {

using ImprintPtr = Handle<TS_MSG_IMPRINT, TS_MSG_IMPRINT_free>;
using RequestPtr = Handle<TS_REQ, TS_REQ_free>;
using ResponsePtr = Handle<TS_RESP, TS_RESP_free>;
using VerifyPtr = Handle<TS_VERIFY_CTX, TS_VERIFY_CTX_free>;

X509Ptr parse(ByteView der) {
    return from_der<X509Ptr, d2i_X509>(der, "certificate");
}

RequestPtr request_over(ByteView digest, const EVP_MD* algorithm = EVP_sha256()) {
    RequestPtr request(TS_REQ_new());
    const ImprintPtr imprint(TS_MSG_IMPRINT_new());
    const X509AlgorPtr identifier(X509_ALGOR_new());
    X509_ALGOR_set_md(identifier.get(), algorithm);
    TS_MSG_IMPRINT_set_algo(imprint.get(), identifier.get());
    Bytes copy = to_bytes(digest);
    TS_MSG_IMPRINT_set_msg(imprint.get(), copy.data(), static_cast<int>(copy.size()));
    const Asn1IntegerPtr nonce(ASN1_INTEGER_new());
    ASN1_INTEGER_set_uint64(nonce.get(), 0x0123456789abcdefULL);
    TS_REQ_set_version(request.get(), 1);
    TS_REQ_set_msg_imprint(request.get(), imprint.get());
    TS_REQ_set_nonce(request.get(), nonce.get());
    TS_REQ_set_cert_req(request.get(), 1);
    return request;
}

class TimestampAuthorityTest : public testing::TestWithParam<KeyAlgorithm> {
  protected:
    ResponsePtr answer(const TS_REQ* request, TsaFault fault = TsaFault::None) {
        const Bytes der = to_der<i2d_TS_REQ>(request);
        return from_der<ResponsePtr, d2i_TS_RESP>(tsa_.answer(der, now_, fault), "response");
    }
    static long status(TS_RESP* response) {
        return ASN1_INTEGER_get(TS_STATUS_INFO_get0_status(TS_RESP_get_status_info(response)));
    }
    /// By OpenSSL's own reader: signature, chain, purpose, ESS certificate, imprint and nonce.
    bool holds(TS_REQ* request, TS_RESP* response) {
        const VerifyPtr context(TS_REQ_to_TS_VERIFY_CTX(request, nullptr));
        X509_STORE* const store = X509_STORE_new();
        X509_STORE_add_cert(store, parse(pki_.root()).get());
        TS_VERIFY_CTX_set_store(context.get(), store);
        TS_VERIFY_CTX_add_flags(context.get(), TS_VFY_SIGNATURE);
        return TS_RESP_verify_response(context.get(), response) == 1;
    }
    static std::string serial_of(TS_RESP* response) {
        return to_hex(
            to_der<i2d_ASN1_INTEGER>(TS_TST_INFO_get_serial(TS_RESP_get_tst_info(response))));
    }
    X509Ptr certificate_in(TS_RESP* response) {
        STACK_OF(X509)* const all = TS_RESP_get_token(response)->d.sign->cert;
        for (int i = 0; i < sk_X509_num(all); ++i) {
            if (X509_check_private_key(sk_X509_value(all, i), key_->handle()) == 1) {
                return X509Ptr(X509_dup(sk_X509_value(all, i)));
            }
        }
        return nullptr;
    }

    Time now_ = SystemClock().now();
    Bytes digest_ = sha256(as_bytes("what is stamped"));
    OpenSslRandom random_;
    tests::TestPki pki_{now_};
    std::unique_ptr<SoftwareKey> key_ = pki_.key(CertificateUse::TimeStamping, GetParam());
    TimestampAuthority tsa_{*key_, pki_.issuer(), random_};
};
INSTANTIATE_TEST_SUITE_P(Algorithms,
                         TimestampAuthorityTest,
                         testing::Values(KeyAlgorithm::EcdsaP256, KeyAlgorithm::Rsa2048),
                         [](const auto& test) { return to_text(test.param); });

TEST_P(TimestampAuthorityTest, StampsWhatItIsAsked) {
    const RequestPtr request = request_over(digest_);
    const ResponsePtr response = answer(request.get());
    ASSERT_EQ(status(response.get()), TS_STATUS_GRANTED);
    EXPECT_TRUE(holds(request.get(), response.get()));

    TS_TST_INFO* const info = TS_RESP_get_tst_info(response.get());
    char policy[80] = {};
    OBJ_obj2txt(policy, sizeof policy, TS_TST_INFO_get_policy_id(info), 1);
    EXPECT_STREQ(policy, demo_timestamp_policy_oid);
    const auto seconds = std::chrono::floor<std::chrono::seconds>(now_).time_since_epoch().count();
    EXPECT_EQ(ASN1_TIME_cmp_time_t(TS_TST_INFO_get_time(info), seconds), 0);
    // The certificate is named by its SHA-256 (RFC 5816).
    PKCS7* const token = TS_RESP_get_token(response.get());
    PKCS7_SIGNER_INFO* const signer = sk_PKCS7_SIGNER_INFO_value(PKCS7_get_signer_info(token), 0);
    EXPECT_NE(PKCS7_get_signed_attribute(signer, NID_id_smime_aa_signingCertificateV2), nullptr);
    EXPECT_EQ(PKCS7_get_signed_attribute(signer, NID_id_smime_aa_signingCertificate), nullptr);
}

TEST_P(TimestampAuthorityTest, SendsNoCertificatesUnasked) {
    const RequestPtr request = request_over(digest_);
    TS_REQ_set_cert_req(request.get(), 0);
    const ResponsePtr response = answer(request.get());
    ASSERT_EQ(status(response.get()), TS_STATUS_GRANTED);
    EXPECT_LE(sk_X509_num(TS_RESP_get_token(response.get())->d.sign->cert), 0);
}

TEST_P(TimestampAuthorityTest, NeverRepeatsASerialNumber) {
    const RequestPtr request = request_over(digest_);
    std::set<std::string> seen;
    for (int i = 0; i < 20; ++i) {
        // A new one each time, as after a restart.
        const TimestampAuthority again(*key_, pki_.issuer(), random_);
        const auto response = from_der<ResponsePtr, d2i_TS_RESP>(
            again.answer(to_der<i2d_TS_REQ>(request.get()), now_), "response");
        seen.insert(serial_of(response.get()));
    }
    EXPECT_EQ(seen.size(), 20u);
}

TEST_P(TimestampAuthorityTest, TakesTheDigestsOfTheChineseProfilesToo) {
    const RequestPtr request = request_over(digest_, EVP_sm3());
    const ResponsePtr response = answer(request.get());
    EXPECT_EQ(status(response.get()), TS_STATUS_GRANTED);
    EXPECT_TRUE(holds(request.get(), response.get()));
}

TEST_P(TimestampAuthorityTest, RejectsWhatItCannotStamp) {
    const RequestPtr weak = request_over(Bytes(20), EVP_sha1());
    EXPECT_EQ(status(answer(weak.get()).get()), TS_STATUS_REJECTION);
    for (const char* junk : {"", "<html>", "\x30\x03\x02\x01\x01"}) {
        const auto response = from_der<ResponsePtr, d2i_TS_RESP>(
            tsa_.answer(as_bytes(junk), now_, TsaFault::WrongImprint), "response");
        EXPECT_EQ(status(response.get()), TS_STATUS_REJECTION);
    }
}

TEST_P(TimestampAuthorityTest, LiesAboutImprintAndNonceOnOrder) {
    const RequestPtr request = request_over(digest_);
    for (const TsaFault fault : {TsaFault::WrongImprint, TsaFault::WrongNonce}) {
        const ResponsePtr response = answer(request.get(), fault);
        ASSERT_EQ(status(response.get()), TS_STATUS_GRANTED);
        EXPECT_FALSE(holds(request.get(), response.get()));
        TS_TST_INFO* const info = TS_RESP_get_tst_info(response.get());
        const ASN1_OCTET_STRING* const said =
            TS_MSG_IMPRINT_get_msg(TS_TST_INFO_get_msg_imprint(info));
        const bool same_imprint =
            to_bytes({ASN1_STRING_get0_data(said),
                      static_cast<std::size_t>(ASN1_STRING_length(said))}) == digest_;
        const bool same_nonce =
            ASN1_INTEGER_cmp(TS_TST_INFO_get_nonce(info), TS_REQ_get_nonce(request.get())) == 0;
        EXPECT_EQ(same_imprint, fault != TsaFault::WrongImprint);
        EXPECT_EQ(same_nonce, fault != TsaFault::WrongNonce);
    }
}

TEST_P(TimestampAuthorityTest, ShowsAnExpiredCertificateOnOrder) {
    const RequestPtr request = request_over(digest_);
    const ResponsePtr response = answer(request.get(), TsaFault::Expired);
    ASSERT_EQ(status(response.get()), TS_STATUS_GRANTED);
    EXPECT_FALSE(holds(request.get(), response.get()));
    const X509Ptr certificate = certificate_in(response.get());
    ASSERT_NE(certificate, nullptr);
    EXPECT_LT(X509_cmp_current_time(X509_get0_notAfter(certificate.get())), 0);
    EXPECT_EQ(X509_verify(certificate.get(), pki_.issuer().handle()), 1)
        << "nothing else is wrong with it";
}

TEST_P(TimestampAuthorityTest, ShowsACertificateForNothingOnOrder) {
    const RequestPtr request = request_over(digest_);
    const ResponsePtr response = answer(request.get(), TsaFault::WithoutUsage);
    ASSERT_EQ(status(response.get()), TS_STATUS_GRANTED);
    EXPECT_FALSE(holds(request.get(), response.get()));
    const X509Ptr certificate = certificate_in(response.get());
    ASSERT_NE(certificate, nullptr);
    EXPECT_EQ(X509_get_ext_by_NID(certificate.get(), NID_ext_key_usage, -1), -1);
    EXPECT_EQ(X509_verify(certificate.get(), pki_.issuer().handle()), 1)
        << "nothing else is wrong with it";
}

TEST_P(TimestampAuthorityTest, IsADayAheadOnOrder) {
    const RequestPtr request = request_over(digest_);
    const ResponsePtr response = answer(request.get(), TsaFault::Future);
    EXPECT_TRUE(holds(request.get(), response.get())) << "nothing else is wrong with it";
    EXPECT_GT(X509_cmp_current_time(TS_TST_INFO_get_time(TS_RESP_get_tst_info(response.get()))), 0);
}

}  // namespace
}  // namespace yinxin::keys
