// SPDX-License-Identifier: Apache-2.0
#include "keys/revocation_answers.h"

#include <openssl/ocsp.h>

#include "keys/crypto/sm2.h"
#include "keys/pki/certificate.h"
#include "tests/keys/test_pki.h"
#include "tests/support/expect_error.h"

namespace yinxin::keys {
namespace {

using std::chrono::hours;
using BasicPtr = Handle<OCSP_BASICRESP, OCSP_BASICRESP_free>;
using CertIdPtr = Handle<OCSP_CERTID, OCSP_CERTID_free>;
using CrlPtr = Handle<X509_CRL, X509_CRL_free>;
using RequestPtr = Handle<OCSP_REQUEST, OCSP_REQUEST_free>;
using ResponsePtr = Handle<OCSP_RESPONSE, OCSP_RESPONSE_free>;

X509Ptr parse(ByteView der) {
    return from_der<X509Ptr, d2i_X509>(der, "certificate");
}

/// What a reader finds out, by OpenSSL's reader.
struct Found {
    int answer = -1;  ///< OCSPResponseStatus
    int status = -1;
    int reason = -1;
    bool trusted = false;  ///< signed by a responder of the authority
    bool in_time = false;
    bool nonce_given_back = false;
};

class RevocationAnswers : public testing::Test {
  protected:
    Revocation revoked(const SoftwareKey& key, const std::string& reason) const {
        const auto certificate = Certificate::from_der(key.chain()[0]);
        return {.key = key.id(),
                .issuer_name = certificate.issuer_name,
                .serial_number = certificate.serial_number,
                .revoked_at = now_ - hours(2),
                .reason = reason};
    }

    CertIdPtr id_of(const SoftwareKey& key, const EVP_MD* digest = EVP_sha256()) const {
        return CertIdPtr(
            OCSP_cert_to_id(digest, parse(key.chain()[0]).get(), parse(key.chain()[1]).get()));
    }

    Bytes request_about(const SoftwareKey& key, const EVP_MD* digest = EVP_sha256()) {
        request_.reset(OCSP_REQUEST_new());
        OCSP_request_add0_id(request_.get(), id_of(key, digest).release());
        OCSP_request_add1_nonce(request_.get(), nullptr, -1);
        return to_der<i2d_OCSP_REQUEST>(request_.get());
    }

    Found ask(const SoftwareKey& key,
              const std::vector<Revocation>& all,
              OcspFault fault = OcspFault::None,
              const EVP_MD* digest = EVP_sha256()) {
        const Bytes request = request_about(key, digest);
        const auto response = from_der<ResponsePtr, d2i_OCSP_RESPONSE>(
            OcspResponder(issuer_, *responder_).answer(request, all, now_, fault), "response");
        Found found;
        found.answer = OCSP_response_status(response.get());
        const BasicPtr basic(OCSP_response_get1_basic(response.get()));
        ASN1_GENERALIZEDTIME *from = nullptr, *to = nullptr, *at = nullptr;
        EXPECT_EQ(OCSP_resp_find_status(basic.get(),
                                        id_of(key, digest).get(),
                                        &found.status,
                                        &found.reason,
                                        &at,
                                        &from,
                                        &to),
                  1);
        found.in_time = OCSP_check_validity(from, to, 60, -1) == 1;
        found.nonce_given_back = OCSP_check_nonce(request_.get(), basic.get()) == 1;
        const X509StorePtr store(X509_STORE_new());
        X509_STORE_add_cert(store.get(), parse(pki_.root()).get());
        const CertificateStackPtr others(sk_X509_new_null());
        sk_X509_push(others.get(), parse(issuer_).release());
        found.trusted = OCSP_basic_verify(basic.get(), others.get(), store.get(), 0) == 1;
        return found;
    }

    Time now_ = SystemClock().now();
    tests::TestPki pki_{now_};
    Bytes issuer_ = pki_.issuer().chain().front();
    std::unique_ptr<SoftwareKey> seal_ = pki_.key(CertificateUse::Seal, KeyAlgorithm::EcdsaP256);
    std::unique_ptr<SoftwareKey> responder_ =
        pki_.key(CertificateUse::OcspResponder, KeyAlgorithm::EcdsaP256);
    RequestPtr request_;
};

TEST_F(RevocationAnswers, CallGoodWhatIsNotRevoked) {
    const auto other = pki_.key(CertificateUse::Seal, KeyAlgorithm::EcdsaP256);
    for (const EVP_MD* digest : {EVP_sha1(), EVP_sha256()}) {
        const Found found =
            ask(*seal_, {revoked(*other, "keyCompromise")}, OcspFault::None, digest);
        EXPECT_EQ(found.answer, OCSP_RESPONSE_STATUS_SUCCESSFUL);
        EXPECT_EQ(found.status, V_OCSP_CERTSTATUS_GOOD);
        EXPECT_TRUE(found.trusted);
        EXPECT_TRUE(found.in_time);
        EXPECT_TRUE(found.nonce_given_back);
    }
}

TEST_F(RevocationAnswers, CallRevokedWhatIs) {
    const Found found = ask(*seal_, {revoked(*seal_, "superseded")});
    EXPECT_EQ(found.status, V_OCSP_CERTSTATUS_REVOKED);
    EXPECT_EQ(found.reason, OCSP_REVOKED_STATUS_SUPERSEDED);
    EXPECT_TRUE(found.trusted);
    EXPECT_EQ(ask(*seal_, {revoked(*seal_, "unspecified")}).reason, OCSP_REVOKED_STATUS_NOSTATUS);
}

TEST_F(RevocationAnswers, CallUnknownWhatAnotherIssued) {
    tests::TestPki other(now_);
    const auto stranger = other.key(CertificateUse::Seal, KeyAlgorithm::EcdsaP256);
    EXPECT_EQ(ask(*stranger, {}).status, V_OCSP_CERTSTATUS_UNKNOWN);
}

TEST_F(RevocationAnswers, AreSpoiltOnOrder) {
    const Found stale = ask(*seal_, {}, OcspFault::Stale);
    EXPECT_TRUE(stale.trusted);
    EXPECT_FALSE(stale.in_time);
    EXPECT_EQ(ask(*seal_, {}, OcspFault::Revoked).status, V_OCSP_CERTSTATUS_REVOKED);
    EXPECT_EQ(ask(*seal_, {}, OcspFault::Unknown).status, V_OCSP_CERTSTATUS_UNKNOWN);
    const Found foreign = ask(*seal_, {}, OcspFault::Foreign);
    EXPECT_EQ(foreign.status, V_OCSP_CERTSTATUS_GOOD);
    EXPECT_FALSE(foreign.trusted);
}

TEST_F(RevocationAnswers, SayWhenARequestIsNone) {
    const RequestPtr empty(OCSP_REQUEST_new());
    for (const Bytes& request :
         {Bytes(), to_bytes(as_bytes("<html>")), to_der<i2d_OCSP_REQUEST>(empty.get())}) {
        const auto response = from_der<ResponsePtr, d2i_OCSP_RESPONSE>(
            OcspResponder(issuer_, *responder_).answer(request, {}, now_), "response");
        EXPECT_EQ(OCSP_response_status(response.get()), OCSP_RESPONSE_STATUS_MALFORMEDREQUEST);
    }
}

TEST_F(RevocationAnswers, ListWhatTheAuthorityRevoked) {
    const auto good = pki_.key(CertificateUse::Seal, KeyAlgorithm::EcdsaP256);
    const auto second = pki_.key(CertificateUse::Seal, KeyAlgorithm::EcdsaP256);
    tests::TestPki other(now_);
    Revocation elsewhere =
        revoked(*other.key(CertificateUse::Seal, KeyAlgorithm::EcdsaP256), "superseded");
    elsewhere.issuer_name = Bytes{0x30, 0x00};
    const std::vector<Revocation> all{
        revoked(*seal_, "keyCompromise"), elsewhere, revoked(*second, "unspecified")};

    const auto crl =
        from_der<CrlPtr, d2i_X509_CRL>(write_revocation_list(pki_.issuer(), all, now_), "CRL");
    EXPECT_EQ(X509_CRL_verify(crl.get(), pki_.issuer().handle()), 1);
    EXPECT_EQ(X509_CRL_get_version(crl.get()), X509_CRL_VERSION_2);
    EXPECT_EQ(sk_X509_REVOKED_num(X509_CRL_get_REVOKED(crl.get())), 2);
    EXPECT_GE(X509_CRL_get_ext_by_NID(crl.get(), NID_authority_key_identifier, -1), 0);
    EXPECT_LT(X509_cmp_current_time(X509_CRL_get0_lastUpdate(crl.get())), 0);
    EXPECT_GT(X509_cmp_current_time(X509_CRL_get0_nextUpdate(crl.get())), 0);

    const auto reason_of = [&crl](const SoftwareKey& key) {
        X509_REVOKED* entry = nullptr;
        if (X509_CRL_get0_by_cert(crl.get(), &entry, parse(key.chain()[0]).get()) != 1) {
            return std::string("not listed");
        }
        using EnumeratedPtr = Handle<ASN1_ENUMERATED, ASN1_ENUMERATED_free>;
        const EnumeratedPtr reason(static_cast<ASN1_ENUMERATED*>(
            X509_REVOKED_get_ext_d2i(entry, NID_crl_reason, nullptr, nullptr)));
        return reason == nullptr
                   ? std::string("none")
                   : std::string(OCSP_crl_reason_str(ASN1_ENUMERATED_get(reason.get())));
    };
    EXPECT_EQ(reason_of(*seal_), "keyCompromise");
    EXPECT_EQ(reason_of(*second), "none");
    EXPECT_EQ(reason_of(*good), "not listed");
}

TEST_F(RevocationAnswers, OfAnSm2AuthorityAreListedUnderTheIdentifier) {
    const auto authority = SoftwareKey::generate("root", KeyAlgorithm::Sm2);
    CertificateOrder order;
    order.use = CertificateUse::Root;
    order.subject.common_name = "root";
    order.spki = authority->spki();
    order.not_before = now_ - hours(1);
    order.not_after = now_ + hours(1);
    OpenSslRandom random;
    authority->set_chain({write_certificate(order, *authority, random)});
    const auto crl =
        from_der<CrlPtr, d2i_X509_CRL>(write_revocation_list(*authority, {}, now_), "CRL");
    EXPECT_EQ(X509_CRL_get_signature_nid(crl.get()), NID_SM2_with_SM3);
    const ASN1_BIT_STRING* signature = nullptr;
    X509_CRL_get0_signature(crl.get(), &signature, nullptr);
    EXPECT_TRUE(verify_sm2(authority->handle(),
                           to_der<i2d_re_X509_CRL_tbs>(crl.get()),
                           {ASN1_STRING_get0_data(signature),
                            static_cast<std::size_t>(ASN1_STRING_length(signature))}));
}

TEST_F(RevocationAnswers, NumberListsSoThatALaterOneIsHigher) {
    const auto number_at = [this](Time time) {
        const auto crl =
            from_der<CrlPtr, d2i_X509_CRL>(write_revocation_list(pki_.issuer(), {}, time), "CRL");
        const Asn1IntegerPtr number(static_cast<ASN1_INTEGER*>(
            X509_CRL_get_ext_d2i(crl.get(), NID_crl_number, nullptr, nullptr)));
        std::int64_t value = 0;
        ASN1_INTEGER_get_int64(&value, number.get());
        return value;
    };
    EXPECT_LT(number_at(now_), number_at(now_ + std::chrono::milliseconds(1)));
}

}  // namespace
}  // namespace yinxin::keys
