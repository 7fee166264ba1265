// SPDX-License-Identifier: Apache-2.0
#include "keys/certificate_writer.h"

#include <openssl/pem.h>

#include <algorithm>

#include "common/error.h"
#include "keys/crypto/sm2.h"
#include "keys/pki/asn1_time.h"

namespace yinxin::keys {
namespace {

constexpr std::size_t kSerialBytes = 16;

using BitStringPtr = Handle<ASN1_BIT_STRING, ASN1_BIT_STRING_free>;
using PoliciesPtr = Handle<CERTIFICATEPOLICIES, CERTIFICATEPOLICIES_free>;
using PolicyPtr = Handle<POLICYINFO, POLICYINFO_free>;

void add(X509_NAME* name, const char* type, const std::string& value) {
    if (value.empty()) {
        return;
    }
    // MBSTRING_UTF8: stored as UTF8String (country: PrintableString), RFC 5280, 4.1.2.4.
    const auto* bytes = reinterpret_cast<const unsigned char*>(value.data());
    openssl_check(X509_NAME_add_entry_by_txt(
                      name, type, MBSTRING_UTF8, bytes, openssl_length(value.size()), -1, 0) == 1,
                  "name of a certificate");
}

X509NamePtr make_name(const SubjectName& subject) {
    X509NamePtr name = openssl_required(X509NamePtr(X509_NAME_new()), "name of a certificate");
    add(name.get(), "C", subject.country);
    add(name.get(), "O", subject.organization);
    add(name.get(), "OU", subject.organizational_unit);
    add(name.get(), "CN", subject.common_name);
    return name;
}

void set_serial(X509* certificate, Random& random) {
    const Bytes bytes = random.bytes(kSerialBytes);
    const auto number = openssl_required(
        BignumPtr(BN_bin2bn(bytes.data(), openssl_length(bytes.size()), nullptr)), "serial number");
    openssl_check(BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr,
                  "serial number");
}

struct Extension {
    int nid;
    const char* value;  ///< as in openssl.cnf; null: left out
};

const char* basic_constraints(CertificateUse use) {
    switch (use) {
        case CertificateUse::Root:
            return "critical,CA:TRUE";
        case CertificateUse::Intermediate:
            return "critical,CA:TRUE,pathlen:0";
        default:
            return "critical,CA:FALSE";
    }
}

const char* key_usage(CertificateUse use) {
    switch (use) {
        case CertificateUse::Root:
        case CertificateUse::Intermediate:
            return "critical,keyCertSign,cRLSign";
        case CertificateUse::Seal:
            // Validators differ in which of the two they want.
            return "critical,digitalSignature,nonRepudiation";
        default:
            return "critical,digitalSignature";
    }
}

/// Null: left out.
const char* extended_key_usage(CertificateUse use) {
    switch (use) {
        case CertificateUse::Seal:
            return "1.3.6.1.5.5.7.3.36";  // RFC 9336: id-kp-documentSigning
        case CertificateUse::TimeStamping:
            return "critical,timeStamping";  // RFC 3161, 2.3: critical and alone
        case CertificateUse::OcspResponder:
            return "OCSPSigning";
        default:
            return nullptr;
    }
}

/// The characters of RFC 3986 but those that mean something to OpenSSL's reading of extensions.
const std::string& checked_url(const std::string& url, const char* field) {
    constexpr std::string_view kOthers = "-._~:/?[]@!$&'()*+=%";
    const bool plain = std::all_of(url.begin(), url.end(), [&](char c) {
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
               kOthers.find(c) != std::string_view::npos;
    });
    if (!plain) {
        throw Error(ErrorCode::Invalid,
                    std::string(field) + " \"" + url +
                        "\" of a certificate: write an address of plain ASCII without , ; # and "
                        "spaces");
    }
    return url;
}

std::string authority_information(const CertificateOrder& order) {
    std::string text;
    if (!order.ocsp_url.empty()) {
        text += "OCSP;URI:";
        text += checked_url(order.ocsp_url, "ocsp_url");
    }
    if (!order.issuer_url.empty()) {
        text += text.empty() ? "caIssuers;URI:" : ",caIssuers;URI:";
        text += checked_url(order.issuer_url, "issuer_url");
    }
    return text;
}

void add_extensions(X509* certificate, X509* issuer, const CertificateOrder& order) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    X509V3_set_ctx_nodb(&context);
    const bool self_signed = issuer == certificate;
    const std::string authority = authority_information(order);
    const std::string revocation =
        order.revocation_url.empty() ? ""
                                     : "URI:" + checked_url(order.revocation_url, "revocation_url");
    const auto unless_empty = [](const std::string& text) {
        return text.empty() ? nullptr : text.c_str();
    };
    const Extension extensions[] = {
        {NID_basic_constraints, basic_constraints(order.use)},
        {NID_key_usage, key_usage(order.use)},
        {NID_ext_key_usage, extended_key_usage(order.use)},
        {NID_subject_key_identifier, "hash"},
        {NID_authority_key_identifier, self_signed ? nullptr : "keyid:always"},
        {NID_id_pkix_OCSP_noCheck,
         order.use == CertificateUse::OcspResponder ? "ignored" : nullptr},
        {NID_info_access, unless_empty(authority)},
        {NID_crl_distribution_points, unless_empty(revocation)},
    };
    for (const Extension& extension : extensions) {
        if (extension.value == nullptr) {
            continue;
        }
        const auto made = openssl_required(X509ExtensionPtr(X509V3_EXT_conf_nid(
                                               nullptr, &context, extension.nid, extension.value)),
                                           "extension of a certificate");
        openssl_check(X509_add_ext(certificate, made.get(), -1) == 1, "extension of a certificate");
    }
}

void add_policy(X509* certificate, const std::string& oid) {
    const auto policies =
        openssl_required(PoliciesPtr(CERTIFICATEPOLICIES_new()), "certificate policies");
    PolicyPtr policy = openssl_required(PolicyPtr(POLICYINFO_new()), "certificate policy");
    policy->policyid = openssl_required(OBJ_txt2obj(oid.c_str(), 1), "certificate policy");
    openssl_check(sk_POLICYINFO_push(policies.get(), policy.get()) > 0, "certificate policies");
    policy.release();
    openssl_check(
        X509_add1_ext_i2d(certificate, NID_certificate_policies, policies.get(), 0, 0) == 1,
        "certificate policies");
}

}  // namespace

namespace {

X509ReqPtr unsigned_request(EVP_PKEY* key, const SubjectName& subject) {
    X509ReqPtr request = openssl_required(X509ReqPtr(X509_REQ_new()), "certificate request");
    const X509NamePtr name = make_name(subject);
    openssl_check(X509_REQ_set_version(request.get(), X509_REQ_VERSION_1) == 1 &&
                      X509_REQ_set_subject_name(request.get(), name.get()) == 1 &&
                      X509_REQ_set_pubkey(request.get(), key) == 1,
                  "certificate request");
    return request;
}

std::string in_pem(const X509_REQ* request) {
    const BioPtr text = writing_bio();
    openssl_check(PEM_write_bio_X509_REQ(text.get(), request) == 1, "PEM");
    return std::string(as_text(written(text.get())));
}

}  // namespace

std::string certificate_request(const SoftwareKey& key, const SubjectName& subject) {
    const X509ReqPtr request = unsigned_request(key.handle(), subject);
    openssl_check(X509_REQ_sign_ctx(request.get(), signing_context(key.handle()).get()) > 0,
                  "certificate request");
    return in_pem(request.get());
}

/// The token signs the bytes, so they are put together here.
std::string certificate_request(Pkcs11Key& key, const SubjectName& subject) {
    const EvpPkeyPtr shown = public_key_from_spki(key.spki());
    const X509ReqPtr request = unsigned_request(shown.get(), subject);
    const bool rsa = EVP_PKEY_is_a(shown.get(), "RSA") == 1;
    const X509AlgorPtr algorithm = openssl_required(X509AlgorPtr(X509_ALGOR_new()), "algorithm");
    openssl_check(
        X509_ALGOR_set0(algorithm.get(),
                        OBJ_nid2obj(rsa ? NID_sha256WithRSAEncryption : NID_ecdsa_with_SHA256),
                        rsa ? V_ASN1_NULL : V_ASN1_UNDEF,
                        nullptr) == 1 &&
            X509_REQ_set1_signature_algo(request.get(), algorithm.get()) == 1,
        "certificate request");
    const Bytes signature = key.sign_plainly(to_der<i2d_re_X509_REQ_tbs>(request.get()));
    BitStringPtr bits = openssl_required(BitStringPtr(ASN1_BIT_STRING_new()), "signature");
    openssl_check(ASN1_BIT_STRING_set(bits.get(),
                                      const_cast<unsigned char*>(signature.data()),
                                      openssl_length(signature.size())) == 1,
                  "certificate request");
    bits->flags &= ~0x0fL;  // no bits at the end are unused
    bits->flags |= ASN1_STRING_FLAG_BITS_LEFT;
    X509_REQ_set0_signature(request.get(), bits.release());
    return in_pem(request.get());
}

Bytes write_certificate(const CertificateOrder& order, const SoftwareKey& issuer, Random& random) {
    const auto certificate = openssl_required(X509Ptr(X509_new()), "certificate");
    const bool self_signed = issuer.chain().empty();
    const X509Ptr issuer_certificate =
        self_signed
            ? nullptr
            : from_der<X509Ptr, d2i_X509>(issuer.chain().front(), "certificate of the issuer");
    const X509NamePtr name = make_name(order.subject);
    const EvpPkeyPtr key = public_key_from_spki(order.spki);
    set_serial(certificate.get(), random);
    set_time(X509_getm_notBefore(certificate.get()), order.not_before);
    set_time(X509_getm_notAfter(certificate.get()), order.not_after);
    openssl_check(
        X509_set_version(certificate.get(), X509_VERSION_3) == 1 &&
            X509_set_subject_name(certificate.get(), name.get()) == 1 &&
            X509_set_issuer_name(
                certificate.get(),
                self_signed ? name.get() : X509_get_subject_name(issuer_certificate.get())) == 1 &&
            X509_set_pubkey(certificate.get(), key.get()) == 1,
        "certificate");
    add_extensions(
        certificate.get(), self_signed ? certificate.get() : issuer_certificate.get(), order);
    if (!order.policy_oid.empty()) {
        add_policy(certificate.get(), order.policy_oid);
    }
    openssl_check(X509_sign_ctx(certificate.get(), signing_context(issuer.handle()).get()) > 0,
                  "signing a certificate");
    return to_der<i2d_X509>(certificate.get());
}

}  // namespace yinxin::keys
