// SPDX-License-Identifier: Apache-2.0
#include "keys/pki/revocation.h"

#include <openssl/err.h>
#include <openssl/ocsp.h>

#include "common/error.h"
#include "keys/crypto/sm2.h"
#include "keys/pki/asn1_time.h"
#include "keys/pki/parsed_certificate.h"

namespace yinxin::keys {
namespace {

using CrlPtr = Handle<X509_CRL, X509_CRL_free>;
using OcspBasicPtr = Handle<OCSP_BASICRESP, OCSP_BASICRESP_free>;
using OcspIdPtr = Handle<OCSP_CERTID, OCSP_CERTID_free>;
using OcspRequestPtr = Handle<OCSP_REQUEST, OCSP_REQUEST_free>;
using OcspResponsePtr = Handle<OCSP_RESPONSE, OCSP_RESPONSE_free>;
using AccessPtr = Handle<AUTHORITY_INFO_ACCESS, AUTHORITY_INFO_ACCESS_free>;
using DistributionPtr = Handle<CRL_DIST_POINTS, CRL_DIST_POINTS_free>;

constexpr std::size_t kPlacesMax = 4;
constexpr std::size_t kPlaceBytesMax = 500;

[[noreturn]] void refuse(const std::string& why) {
    ERR_clear_error();
    throw Error(ErrorCode::Invalid, why);
}

ByteView octets_of(const ASN1_STRING* value) {
    return {ASN1_STRING_get0_data(value), static_cast<std::size_t>(ASN1_STRING_length(value))};
}

// What OpenSSL verifies answers and lists with has no place for SM2's identifier.

bool is_signed(OCSP_BASICRESP* basic, STACK_OF(X509) * known, X509* signer) {
    EVP_PKEY* const key = X509_get0_pubkey(signer);
    if (!is_sm2(key)) {
        return OCSP_basic_verify(basic, known, nullptr, OCSP_NOVERIFY) == 1;
    }
    return OBJ_obj2nid(OCSP_resp_get0_tbs_sigalg(basic)->algorithm) == NID_SM2_with_SM3 &&
           verify_sm2(key,
                      to_der<i2d_OCSP_RESPDATA>(
                          const_cast<OCSP_RESPDATA*>(OCSP_resp_get0_respdata(basic))),
                      octets_of(OCSP_resp_get0_signature(basic)));
}

bool is_signed(X509_CRL* list, X509* issuer) {
    EVP_PKEY* const key = X509_get0_pubkey(issuer);
    if (!is_sm2(key)) {
        return X509_CRL_verify(list, key) == 1;
    }
    const ASN1_BIT_STRING* value = nullptr;
    const X509_ALGOR* algorithm = nullptr;
    X509_CRL_get0_signature(list, &value, &algorithm);
    return X509_CRL_get_signature_nid(list) == NID_SM2_with_SM3 &&
           verify_sm2(key, to_der<i2d_re_X509_CRL_tbs>(list), octets_of(value));
}

void add_place(const GENERAL_NAME* name, std::vector<std::string>& to) {
    if (name == nullptr || name->type != GEN_URI || to.size() >= kPlacesMax) {
        return;
    }
    const ASN1_IA5STRING* uri = name->d.uniformResourceIdentifier;
    const std::string text(reinterpret_cast<const char*>(ASN1_STRING_get0_data(uri)),
                           static_cast<std::size_t>(ASN1_STRING_length(uri)));
    if (text.size() <= kPlaceBytesMax &&
        (text.starts_with("http://") || text.starts_with("https://"))) {
        to.push_back(text);
    }
}

std::string reason_text(int reason) {
    return reason < 0 ? "" : OCSP_crl_reason_str(reason);
}

/// RFC 6960, 4.2.2.2: the issuer itself, or a responder it certified for this.
void check_responder(X509* signer, X509* issuer, const ASN1_GENERALIZEDTIME* produced) {
    if (X509_cmp(signer, issuer) == 0) {
        return;
    }
    set_sm2_id(signer);
    const bool below = X509_check_issued(issuer, signer) == X509_V_OK &&
                       X509_verify(signer, X509_get0_pubkey(issuer)) == 1;
    const bool named = (X509_get_extension_flags(signer) & EXFLAG_XKUSAGE) != 0 &&
                       (X509_get_extended_key_usage(signer) & XKU_OCSP_SIGN) != 0;
    if (!below || !named) {
        refuse("the OCSP responder is neither the issuer nor named by it");
    }
    const Time at = time_of(produced);
    if (at < time_of(X509_get0_notBefore(signer)) || at > time_of(X509_get0_notAfter(signer))) {
        refuse("the OCSP responder's certificate was not valid when it answered");
    }
}

/// The answer about exactly this certificate: its CertID is computed again (RFC 6960, 4.1.1).
OCSP_SINGLERESP* find_single(OCSP_BASICRESP* basic, X509* certificate, X509* issuer) {
    for (int i = 0; i < OCSP_resp_count(basic); ++i) {
        OCSP_SINGLERESP* const single = OCSP_resp_get0(basic, i);
        OCSP_CERTID* const id = const_cast<OCSP_CERTID*>(OCSP_SINGLERESP_get0_id(single));
        ASN1_OBJECT* digest = nullptr;
        OCSP_id_get0_info(nullptr, &digest, nullptr, nullptr, id);
        const EVP_MD* const method = EVP_get_digestbyobj(digest);
        const OcspIdPtr own(method == nullptr ? nullptr
                                              : OCSP_cert_to_id(method, certificate, issuer));
        if (own != nullptr && OCSP_id_cmp(own.get(), id) == 0) {
            return single;
        }
    }
    return nullptr;
}

std::vector<Bytes> certificates_of(const OCSP_BASICRESP* basic) {
    std::vector<Bytes> out;
    const STACK_OF(X509)* const held = OCSP_resp_get0_certs(basic);
    for (int i = 0; i < sk_X509_num(held); ++i) {
        out.push_back(to_der<i2d_X509>(sk_X509_value(held, i)));
    }
    return out;
}

}  // namespace

RevocationPlaces revocation_places(ByteView certificate) {
    const X509Ptr x509 = required_certificate(certificate);
    RevocationPlaces places;
    const AccessPtr access(static_cast<AUTHORITY_INFO_ACCESS*>(
        X509_get_ext_d2i(x509.get(), NID_info_access, nullptr, nullptr)));
    for (int i = 0; access != nullptr && i < sk_ACCESS_DESCRIPTION_num(access.get()); ++i) {
        const ACCESS_DESCRIPTION* each = sk_ACCESS_DESCRIPTION_value(access.get(), i);
        if (OBJ_obj2nid(each->method) == NID_ad_OCSP) {
            add_place(each->location, places.ocsp);
        }
    }
    const DistributionPtr points(static_cast<CRL_DIST_POINTS*>(
        X509_get_ext_d2i(x509.get(), NID_crl_distribution_points, nullptr, nullptr)));
    for (int i = 0; points != nullptr && i < sk_DIST_POINT_num(points.get()); ++i) {
        const DIST_POINT* each = sk_DIST_POINT_value(points.get(), i);
        if (each->distpoint == nullptr || each->distpoint->type != 0) {
            continue;
        }
        const GENERAL_NAMES* names = each->distpoint->name.fullname;
        for (int k = 0; k < sk_GENERAL_NAME_num(names); ++k) {
            add_place(sk_GENERAL_NAME_value(names, k), places.crl);
        }
    }
    places.none_needed = X509_get_ext_by_NID(x509.get(), NID_id_pkix_OCSP_noCheck, -1) >= 0;
    ERR_clear_error();
    return places;
}

Bytes ocsp_request(ByteView certificate, ByteView issuer) {
    const X509Ptr subject = required_certificate(certificate), above = required_certificate(issuer);
    const auto request = openssl_required(OcspRequestPtr(OCSP_REQUEST_new()), "OCSP request");
    // SHA-1 only names the certificate here; it is what every responder knows (RFC 5019, 2.1.1).
    OcspIdPtr id = openssl_required(
        OcspIdPtr(OCSP_cert_to_id(EVP_sha1(), subject.get(), above.get())), "OCSP request");
    openssl_check(OCSP_request_add0_id(request.get(), id.get()) != nullptr, "OCSP request");
    id.release();
    return to_der<i2d_OCSP_REQUEST>(request.get());
}

RevocationStatus read_ocsp(ByteView response, ByteView certificate, ByteView issuer) {
    const X509Ptr subject = required_certificate(certificate), above = required_certificate(issuer);
    const auto answer =
        from_der<OcspResponsePtr, d2i_OCSP_RESPONSE>(response, "the answer of the OCSP responder");
    if (const int status = OCSP_response_status(answer.get());
        status != OCSP_RESPONSE_STATUS_SUCCESSFUL) {
        refuse(std::string("the OCSP responder says ") + OCSP_response_status_str(status));
    }
    const OcspBasicPtr basic(OCSP_response_get1_basic(answer.get()));
    if (basic == nullptr) {
        refuse("an OCSP answer of another kind than basic");
    }
    const auto extra =
        openssl_required(BorrowingCertificateStackPtr(sk_X509_new_null()), "certificate stack");
    openssl_check(sk_X509_push(extra.get(), above.get()) > 0, "certificate stack");
    X509* signer = nullptr;
    if (OCSP_resp_get0_signer(basic.get(), &signer, extra.get()) != 1 ||
        !is_signed(basic.get(), extra.get(), signer)) {
        refuse("the signature of the OCSP answer does not verify");
    }
    if (EVP_PKEY_eq(X509_get0_pubkey(signer), X509_get0_pubkey(subject.get())) == 1) {
        refuse("the certificate vouches for itself");
    }
    check_responder(signer, above.get(), OCSP_resp_get0_produced_at(basic.get()));
    OCSP_SINGLERESP* const single = find_single(basic.get(), subject.get(), above.get());
    if (single == nullptr) {
        refuse("the OCSP answer is about another certificate");
    }
    int reason = -1;
    ASN1_GENERALIZEDTIME *revoked = nullptr, *from = nullptr, *to = nullptr;
    const int kind = OCSP_single_get0_status(single, &reason, &revoked, &from, &to);
    RevocationStatus status;
    status.kind = kind == V_OCSP_CERTSTATUS_GOOD      ? RevocationStatus::Kind::Good
                  : kind == V_OCSP_CERTSTATUS_REVOKED ? RevocationStatus::Kind::Revoked
                                                      : RevocationStatus::Kind::Unknown;
    status.this_update = time_of(from);
    if (to != nullptr) {
        status.next_update = time_of(to);
    }
    if (status.kind == RevocationStatus::Kind::Revoked) {
        status.revoked_at = time_of(revoked);
        status.reason = reason_text(reason);
    }
    status.certificates = certificates_of(basic.get());
    ERR_clear_error();
    return status;
}

RevocationStatus read_crl(ByteView crl, ByteView certificate, ByteView issuer) {
    const X509Ptr subject = required_certificate(certificate), above = required_certificate(issuer);
    const auto list = from_der<CrlPtr, d2i_X509_CRL>(crl, "CRL");
    if (X509_NAME_cmp(X509_CRL_get_issuer(list.get()), X509_get_subject_name(above.get())) != 0 ||
        X509_NAME_cmp(X509_get_issuer_name(subject.get()), X509_get_subject_name(above.get())) !=
            0) {
        refuse("the CRL is of another issuer");
    }
    if ((X509_get_key_usage(above.get()) & KU_CRL_SIGN) == 0 ||
        !is_signed(list.get(), above.get())) {
        refuse("the signature of the CRL does not verify");
    }
    // Partial lists (delta, by reason, indirect) say nothing about certificates they leave out.
    if (X509_CRL_get_ext_by_NID(list.get(), NID_delta_crl, -1) >= 0 ||
        X509_CRL_get_ext_by_NID(list.get(), NID_issuing_distribution_point, -1) >= 0) {
        refuse("the CRL is a partial one");
    }
    RevocationStatus status;
    status.kind = RevocationStatus::Kind::Good;
    status.this_update = time_of(X509_CRL_get0_lastUpdate(list.get()));
    if (const ASN1_TIME* next = X509_CRL_get0_nextUpdate(list.get())) {
        status.next_update = time_of(next);
    }
    X509_REVOKED* entry = nullptr;
    const int found = X509_CRL_get0_by_cert(list.get(), &entry, subject.get());
    if (found == 1) {  // 2: removeFromCRL, of delta lists only
        status.kind = RevocationStatus::Kind::Revoked;
        status.revoked_at = time_of(X509_REVOKED_get0_revocationDate(entry));
        const Handle<ASN1_ENUMERATED, ASN1_ENUMERATED_free> reason(static_cast<ASN1_ENUMERATED*>(
            X509_REVOKED_get_ext_d2i(entry, NID_crl_reason, nullptr, nullptr)));
        status.reason = reason_text(
            reason == nullptr ? -1 : static_cast<int>(ASN1_ENUMERATED_get(reason.get())));
    }
    ERR_clear_error();
    return status;
}

}  // namespace yinxin::keys
