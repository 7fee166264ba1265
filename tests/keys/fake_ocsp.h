// SPDX-License-Identifier: Apache-2.0
// Revocation answers made in memory by OpenSSL's functions: OCSP responses and CRLs.
#pragma once

#include <openssl/ocsp.h>

#include "common/ports.h"
#include "keys/crypto/sm2.h"
#include "keys/software_key.h"

namespace yinxin::tests {

struct RevocationFact {
    Time this_update{}, next_update{};
    std::optional<Time> revoked_at{};
    int reason = OCSP_REVOKED_STATUS_NOSTATUS;
};

inline time_t seconds_of(Time time) {
    return static_cast<time_t>(
        std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count());
}

/// About `certificate` of `issuer`, signed by `responder` with its chain()[0].
inline Bytes ocsp_answer(ByteView certificate,
                         ByteView issuer,
                         const keys::SoftwareKey& responder,
                         const RevocationFact& fact) {
    const auto subject = keys::from_der<keys::X509Ptr, d2i_X509>(certificate, "certificate");
    const auto above = keys::from_der<keys::X509Ptr, d2i_X509>(issuer, "issuer");
    const auto signer =
        keys::from_der<keys::X509Ptr, d2i_X509>(responder.chain().front(), "responder");
    const keys::Handle<OCSP_BASICRESP, OCSP_BASICRESP_free> basic(OCSP_BASICRESP_new());
    const keys::Handle<OCSP_CERTID, OCSP_CERTID_free> id(
        OCSP_cert_to_id(EVP_sha256(), subject.get(), above.get()));
    const keys::Asn1TimePtr from(ASN1_GENERALIZEDTIME_set(nullptr, seconds_of(fact.this_update)));
    const keys::Asn1TimePtr to(ASN1_GENERALIZEDTIME_set(nullptr, seconds_of(fact.next_update)));
    const keys::Asn1TimePtr revoked(
        fact.revoked_at ? ASN1_TIME_set(nullptr, seconds_of(*fact.revoked_at)) : nullptr);
    OCSP_basic_add1_status(basic.get(),
                           id.get(),
                           fact.revoked_at ? V_OCSP_CERTSTATUS_REVOKED : V_OCSP_CERTSTATUS_GOOD,
                           fact.reason,
                           revoked.get(),
                           from.get(),
                           to.get());
    keys::openssl_check(OCSP_basic_sign_ctx(basic.get(),
                                            signer.get(),
                                            keys::signing_context(responder.handle()).get(),
                                            nullptr,
                                            0) == 1,
                        "signing an OCSP answer");
    const keys::Handle<OCSP_RESPONSE, OCSP_RESPONSE_free> response(
        OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic.get()));
    return keys::to_der<i2d_OCSP_RESPONSE>(response.get());
}

/// A CRL of `issuer` that lists `certificate` when the fact says so.
inline Bytes crl_of(const keys::SoftwareKey& issuer,
                    ByteView certificate,
                    const RevocationFact& fact) {
    const auto above = keys::from_der<keys::X509Ptr, d2i_X509>(issuer.chain().front(), "issuer");
    const auto subject = keys::from_der<keys::X509Ptr, d2i_X509>(certificate, "certificate");
    const keys::Handle<X509_CRL, X509_CRL_free> crl(X509_CRL_new());
    const keys::Asn1TimePtr from(ASN1_TIME_set(nullptr, seconds_of(fact.this_update)));
    const keys::Asn1TimePtr to(ASN1_TIME_set(nullptr, seconds_of(fact.next_update)));
    X509_CRL_set_version(crl.get(), X509_CRL_VERSION_2);
    X509_CRL_set_issuer_name(crl.get(), X509_get_subject_name(above.get()));
    X509_CRL_set1_lastUpdate(crl.get(), from.get());
    X509_CRL_set1_nextUpdate(crl.get(), to.get());
    if (fact.revoked_at) {
        X509_REVOKED* const entry = X509_REVOKED_new();
        const keys::Asn1TimePtr at(ASN1_TIME_set(nullptr, seconds_of(*fact.revoked_at)));
        X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(subject.get()));
        X509_REVOKED_set_revocationDate(entry, at.get());
        const keys::Handle<ASN1_ENUMERATED, ASN1_ENUMERATED_free> reason(ASN1_ENUMERATED_new());
        ASN1_ENUMERATED_set(reason.get(), fact.reason);
        X509_REVOKED_add1_ext_i2d(entry, NID_crl_reason, reason.get(), 0, 0);
        X509_CRL_add0_revoked(crl.get(), entry);
    }
    keys::openssl_check(
        X509_CRL_sign_ctx(crl.get(), keys::signing_context(issuer.handle()).get()) > 0,
        "signing a CRL");
    return keys::to_der<i2d_X509_CRL>(crl.get());
}

}  // namespace yinxin::tests
