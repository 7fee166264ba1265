// SPDX-License-Identifier: Apache-2.0
#include "keys/revocation_answers.h"

#include <openssl/ocsp.h>

#include <algorithm>
#include <optional>

#include "keys/crypto/sm2.h"
#include "keys/pki/asn1_time.h"

namespace yinxin::keys {
namespace {

using BasicResponsePtr = Handle<OCSP_BASICRESP, OCSP_BASICRESP_free>;
using CertIdPtr = Handle<OCSP_CERTID, OCSP_CERTID_free>;
using CrlPtr = Handle<X509_CRL, X509_CRL_free>;
using EnumeratedPtr = Handle<ASN1_ENUMERATED, ASN1_ENUMERATED_free>;
using OcspRequestPtr = Handle<OCSP_REQUEST, OCSP_REQUEST_free>;
using OcspResponsePtr = Handle<OCSP_RESPONSE, OCSP_RESPONSE_free>;
using RevokedPtr = Handle<X509_REVOKED, X509_REVOKED_free>;

constexpr int kQuestionsMax = 16;
constexpr std::chrono::hours kDay{24};

Asn1TimePtr asn1_time(Time time) {
    Asn1TimePtr made = openssl_required(Asn1TimePtr(ASN1_TIME_new()), "a time");
    set_time(made.get(), time);
    return made;
}

/// OCSP knows GeneralizedTime only (RFC 6960, 4.2.1).
Asn1TimePtr generalized_time(Time time) {
    return openssl_required(
        Asn1TimePtr(ASN1_TIME_to_generalizedtime(asn1_time(time).get(), nullptr)), "a time");
}

/// CRLReason; "unspecified" should not be written (RFC 5280, 5.3.1).
std::optional<int> number_of(const std::string& reason) {
    for (long number = CRL_REASON_KEY_COMPROMISE; number <= CRL_REASON_AA_COMPROMISE; ++number) {
        if (reason == OCSP_crl_reason_str(number)) {
            return static_cast<int>(number);
        }
    }
    return std::nullopt;
}

X509Ptr certificate_of(const SoftwareKey& key) {
    return from_der<X509Ptr, d2i_X509>(key.chain().front(), "certificate of an authority");
}

void add_revoked(X509_CRL* crl, const Revocation& revocation) {
    RevokedPtr entry = openssl_required(RevokedPtr(X509_REVOKED_new()), "entry of a CRL");
    const auto serial =
        from_der<Asn1IntegerPtr, d2i_ASN1_INTEGER>(revocation.serial_number, "serial number");
    const Asn1TimePtr at = asn1_time(revocation.revoked_at);
    openssl_check(X509_REVOKED_set_serialNumber(entry.get(), serial.get()) == 1 &&
                      X509_REVOKED_set_revocationDate(entry.get(), at.get()) == 1,
                  "entry of a CRL");
    if (const auto number = number_of(revocation.reason)) {
        const auto reason = openssl_required(EnumeratedPtr(ASN1_ENUMERATED_new()), "reason");
        openssl_check(
            ASN1_ENUMERATED_set(reason.get(), *number) == 1 &&
                X509_REVOKED_add1_ext_i2d(entry.get(), NID_crl_reason, reason.get(), 0, 0) == 1,
            "reason of a revocation");
    }
    openssl_check(X509_CRL_add0_revoked(crl, entry.get()) == 1, "entry of a CRL");
    entry.release();  // add0: the list owns it now
}

void add_extensions(X509_CRL* crl, X509* issuer, Time now) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, nullptr, nullptr, crl, 0);
    const auto identifier =
        openssl_required(X509ExtensionPtr(X509V3_EXT_conf_nid(
                             nullptr, &context, NID_authority_key_identifier, "keyid:always")),
                         "authority key identifier of a CRL");
    const auto number = openssl_required(Asn1IntegerPtr(ASN1_INTEGER_new()), "CRL number");
    openssl_check(ASN1_INTEGER_set_int64(number.get(), now.time_since_epoch().count()) == 1 &&
                      X509_CRL_add_ext(crl, identifier.get(), -1) == 1 &&
                      X509_CRL_add1_ext_i2d(crl, NID_crl_number, number.get(), 0, 0) == 1,
                  "extensions of a CRL");
}

Bytes failed_answer(int status) {
    const auto answer =
        openssl_required(OcspResponsePtr(OCSP_response_create(status, nullptr)), "OCSP answer");
    return to_der<i2d_OCSP_RESPONSE>(answer.get());
}

/// What is said about one certificate.
struct Statement {
    int status = V_OCSP_CERTSTATUS_UNKNOWN;
    std::optional<Time> revoked_at{};
    int reason = OCSP_REVOKED_STATUS_NOSTATUS;
};

Statement state_of(OCSP_CERTID* id, X509* issuer, const std::vector<Revocation>& all) {
    ASN1_INTEGER* serial = nullptr;
    ASN1_OBJECT* digest = nullptr;
    OCSP_id_get0_info(nullptr, &digest, nullptr, &serial, id);
    const EVP_MD* const algorithm = EVP_get_digestbyobj(digest);
    const CertIdPtr ours(algorithm == nullptr ? nullptr
                                              : OCSP_cert_id_new(algorithm,
                                                                 X509_get_subject_name(issuer),
                                                                 X509_get0_pubkey_bitstr(issuer),
                                                                 serial));
    if (ours == nullptr || OCSP_id_issuer_cmp(ours.get(), id) != 0) {
        return {};
    }
    const Bytes name = to_der<i2d_X509_NAME>(X509_get_subject_name(issuer));
    const Bytes number = to_der<i2d_ASN1_INTEGER>(serial);
    for (const Revocation& revocation : all) {
        if (revocation.issuer_name == name && revocation.serial_number == number) {
            return {.status = V_OCSP_CERTSTATUS_REVOKED,
                    .revoked_at = revocation.revoked_at,
                    .reason = number_of(revocation.reason).value_or(OCSP_REVOKED_STATUS_NOSTATUS)};
        }
    }
    return {.status = V_OCSP_CERTSTATUS_GOOD};
}

Statement spoilt(Statement statement, OcspFault fault, Time now) {
    if (fault == OcspFault::Revoked) {
        return {.status = V_OCSP_CERTSTATUS_REVOKED,
                .revoked_at = now - kDay,
                .reason = OCSP_REVOKED_STATUS_KEYCOMPROMISE};
    }
    return fault == OcspFault::Unknown ? Statement{} : statement;
}

/// A responder that nobody certified: it says of itself that it may.
struct ForeignResponder {
    explicit ForeignResponder(Time now)
        : key(openssl_required(EvpPkeyPtr(EVP_EC_gen("P-256")), "key")),
          certificate(openssl_required(X509Ptr(X509_new()), "certificate")) {
        X509* const x509 = certificate.get();
        const Asn1TimePtr from = asn1_time(now - kDay);
        const Asn1TimePtr to = asn1_time(now + kDay);
        const std::string_view name = "Foreign responder";
        X509_NAME* const subject = X509_get_subject_name(x509);
        const X509ExtensionPtr usage(
            X509V3_EXT_conf_nid(nullptr, nullptr, NID_ext_key_usage, "OCSPSigning"));
        openssl_check(
            usage != nullptr && X509_set_version(x509, X509_VERSION_3) == 1 &&
                ASN1_INTEGER_set(X509_get_serialNumber(x509), 1) == 1 &&
                X509_set1_notBefore(x509, from.get()) == 1 &&
                X509_set1_notAfter(x509, to.get()) == 1 &&
                X509_NAME_add_entry_by_txt(subject,
                                           "CN",
                                           MBSTRING_UTF8,
                                           reinterpret_cast<const unsigned char*>(name.data()),
                                           openssl_length(name.size()),
                                           -1,
                                           0) == 1 &&
                X509_set_issuer_name(x509, subject) == 1 && X509_set_pubkey(x509, key.get()) == 1 &&
                X509_add_ext(x509, usage.get(), -1) == 1 &&
                X509_sign(x509, key.get(), EVP_sha256()) > 0,
            "certificate of a foreign responder");
    }
    EvpPkeyPtr key;
    X509Ptr certificate;
};

void sign(OCSP_BASICRESP* basic, X509* certificate, EVP_PKEY* key) {
    openssl_check(
        OCSP_basic_sign_ctx(basic, certificate, signing_context(key).get(), nullptr, 0) == 1,
        "signing an OCSP answer");
}

}  // namespace

Bytes write_revocation_list(const SoftwareKey& issuer,
                            const std::vector<Revocation>& all,
                            Time now) {
    const X509Ptr authority = certificate_of(issuer);
    const X509_NAME* const name = X509_get_subject_name(authority.get());
    const Bytes name_der = to_der<i2d_X509_NAME>(name);
    const auto crl = openssl_required(CrlPtr(X509_CRL_new()), "CRL");
    const Asn1TimePtr from = asn1_time(now);
    const Asn1TimePtr to = asn1_time(now + revocation_answer_life);
    openssl_check(X509_CRL_set_version(crl.get(), X509_CRL_VERSION_2) == 1 &&
                      X509_CRL_set_issuer_name(crl.get(), name) == 1 &&
                      X509_CRL_set1_lastUpdate(crl.get(), from.get()) == 1 &&
                      X509_CRL_set1_nextUpdate(crl.get(), to.get()) == 1,
                  "CRL");
    for (const Revocation& revocation : all) {
        if (revocation.issuer_name == name_der) {
            add_revoked(crl.get(), revocation);
        }
    }
    X509_CRL_sort(crl.get());
    add_extensions(crl.get(), authority.get(), now);
    openssl_check(X509_CRL_sign_ctx(crl.get(), signing_context(issuer.handle()).get()) > 0,
                  "signing a CRL");
    return to_der<i2d_X509_CRL>(crl.get());
}

OcspResponder::OcspResponder(Bytes issuer, const SoftwareKey& responder)
    : issuer_(std::move(issuer)), responder_(responder) {}

Bytes OcspResponder::answer(ByteView request,
                            const std::vector<Revocation>& all,
                            Time now,
                            OcspFault fault) const {
    OcspRequestPtr questions;
    try {
        questions = from_der<OcspRequestPtr, d2i_OCSP_REQUEST>(request, "OCSP request");
    } catch (const Error&) {
        return failed_answer(OCSP_RESPONSE_STATUS_MALFORMEDREQUEST);
    }
    const int count = OCSP_request_onereq_count(questions.get());
    if (count < 1 || count > kQuestionsMax) {
        return failed_answer(OCSP_RESPONSE_STATUS_MALFORMEDREQUEST);
    }
    const X509Ptr issuer = from_der<X509Ptr, d2i_X509>(issuer_, "certificate of an authority");
    const auto basic = openssl_required(BasicResponsePtr(OCSP_BASICRESP_new()), "OCSP answer");
    const Time made = fault == OcspFault::Stale ? now - 8 * kDay : now;
    const Asn1TimePtr from = generalized_time(made);
    const Asn1TimePtr to = generalized_time(made + revocation_answer_life);
    for (int i = 0; i < count; ++i) {
        OCSP_CERTID* const id = OCSP_onereq_get0_id(OCSP_request_onereq_get0(questions.get(), i));
        const Statement statement = spoilt(state_of(id, issuer.get(), all), fault, now);
        const Asn1TimePtr revoked =
            statement.revoked_at ? generalized_time(*statement.revoked_at) : nullptr;
        openssl_check(OCSP_basic_add1_status(basic.get(),
                                             id,
                                             statement.status,
                                             statement.reason,
                                             revoked.get(),
                                             from.get(),
                                             to.get()) != nullptr,
                      "OCSP answer");
    }
    openssl_check(OCSP_copy_nonce(basic.get(), questions.get()) > 0, "nonce of an OCSP answer");
    if (fault == OcspFault::Foreign) {
        const ForeignResponder foreign(now);
        sign(basic.get(), foreign.certificate.get(), foreign.key.get());
    } else {
        sign(basic.get(), certificate_of(responder_).get(), responder_.handle());
    }
    const auto answer = openssl_required(
        OcspResponsePtr(OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic.get())),
        "OCSP answer");
    return to_der<i2d_OCSP_RESPONSE>(answer.get());
}

}  // namespace yinxin::keys
