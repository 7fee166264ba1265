// SPDX-License-Identifier: Apache-2.0
#include "verify/path_check.h"

#include <openssl/err.h>

#include <algorithm>
#include <bit>
#include <mutex>

#include "keys/crypto/der_memory.h"
#include "keys/pki/asn1_time.h"
#include "keys/pki/parsed_certificate.h"
#include "verify/revocation_check.h"

namespace yinxin::verify {

using keys::X509Ptr;

namespace {

/// From the leaf to an anchor, in DER; each of them valid from one time until before another.
struct KnownPath {
    std::vector<Bytes> certificates;
    Time from{}, until{};
};

/// A key that no other list has, in whatever order the others are.
Bytes list_of(ByteView first, std::vector<ByteView> others) {
    std::sort(others.begin(), others.end(), [](ByteView a, ByteView b) {
        return as_text(a) < as_text(b);
    });
    Bytes out;
    const auto add = [&out](ByteView each) {
        for (int shift = 24; shift >= 0; shift -= 8) {
            out.push_back(static_cast<std::uint8_t>(each.size() >> shift));
        }
        out.insert(out.end(), each.begin(), each.end());
    };
    add(first);
    std::for_each(others.begin(), others.end(), add);
    return out;
}

}  // namespace

struct TrustStore::Impl {
    std::vector<X509Ptr> anchors;
    std::vector<X509Ptr> intermediates;
    // What these and the certificates of a signature prove: signatures over certificates, which
    // are the same in every document of one sealer.
    mutable std::mutex mutex;  ///< of both below
    mutable keys::DerMemory<KnownPath> paths;
    mutable keys::DerMemory<bool> undamaged;
};

TrustStore::TrustStore(const std::vector<Bytes>& anchors_der,
                       const std::vector<Bytes>& intermediates_der)
    : impl_(std::make_unique<Impl>()) {
    for (const Bytes& der : anchors_der) {
        impl_->anchors.push_back(keys::required_certificate(der, "trust anchor"));
    }
    for (const Bytes& der : intermediates_der) {
        impl_->intermediates.push_back(keys::required_certificate(der, "intermediate"));
    }
}
TrustStore::~TrustStore() = default;

namespace {

/// The same with the empty identifier of SM2; null when it cannot be copied.
X509Ptr without_id(X509* certificate) {
    X509Ptr copy(X509_dup(certificate));
    ERR_clear_error();
    if (copy != nullptr) {
        X509_set0_distinguishing_id(copy.get(), nullptr);
    }
    return copy;
}

bool is_signed_with_sm2(const X509* certificate) {
    return X509_get_signature_nid(certificate) == NID_SM2_with_SM3;
}

/// Bits in which two key identifiers differ; far apart when one is missing or shorter.
int distance(const ASN1_OCTET_STRING* a, const ASN1_OCTET_STRING* b) {
    constexpr int kFar = 1000;
    if (a == nullptr || b == nullptr || ASN1_STRING_length(a) != ASN1_STRING_length(b)) {
        return kFar;
    }
    int bits = 0;
    for (int i = 0; i < ASN1_STRING_length(a); ++i) {
        bits += std::popcount(
            static_cast<unsigned>(ASN1_STRING_get0_data(a)[i] ^ ASN1_STRING_get0_data(b)[i]));
    }
    return bits;
}

/// By key identifier, or by name. Another authority may bear the same name: its identifier is
/// another, while one that differs in a few bits only is this one, damaged.
bool may_be_issuer(X509* issuer, X509* certificate) {
    constexpr int kDamagedBitsMax = 8;
    const ASN1_OCTET_STRING* wanted = X509_get0_authority_key_id(certificate);
    const ASN1_OCTET_STRING* has = X509_get0_subject_key_id(issuer);
    const int apart = distance(wanted, has);
    const bool by_name =
        X509_NAME_cmp(X509_get_subject_name(issuer), X509_get_issuer_name(certificate)) == 0;
    return apart == 0 ||
           (by_name && (wanted == nullptr || has == nullptr || apart <= kDamagedBitsMax));
}

/// 1: signed by it, 0: not, -1: an algorithm OpenSSL does not know, which says nothing.
int signed_by(X509* certificate, X509* issuer) {
    const X509_ALGOR* outside = nullptr;
    X509_get0_signature(nullptr, &outside, certificate);
    if (X509_ALGOR_cmp(X509_get0_tbs_sigalg(certificate), outside) != 0) {  // RFC 5280, 4.1.1.2
        return 0;
    }
    EVP_PKEY* key = X509_get0_pubkey(issuer);
    int digest = NID_undef, key_type = NID_undef;
    const bool known =
        OBJ_find_sigid_algs(X509_get_signature_nid(certificate), &digest, &key_type) == 1 &&
        key != nullptr;
    if (!known) {
        ERR_clear_error();
        return -1;
    }
    bool holds = X509_verify(certificate, key) == 1;
    if (!holds && is_signed_with_sm2(certificate)) {
        const X509Ptr plain = without_id(certificate);
        holds = plain != nullptr && X509_verify(plain.get(), key) == 1;
    }
    ERR_clear_error();
    return holds ? 1 : 0;
}

PathAnswer from_openssl(int error, bool proven) {
    switch (error) {
        case X509_V_ERR_CERT_HAS_EXPIRED:
        case X509_V_ERR_CERT_NOT_YET_VALID:
            return {proven ? Trust::No : Trust::Unknown, "OUT_OF_BOUNDS_NO_POE"};
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
        case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
        case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
        case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
            return {Trust::No, "NO_CERTIFICATE_CHAIN_FOUND"};
        default:
            return {Trust::No, "CERTIFICATE_CHAIN_GENERAL_FAILURE"};
    }
}

keys::BorrowingCertificateStackPtr stack_of(
    std::initializer_list<const std::vector<X509Ptr>*> lists) {
    keys::BorrowingCertificateStackPtr stack(
        keys::openssl_required(sk_X509_new_null(), "certificate stack"));
    for (const std::vector<X509Ptr>* list : lists) {
        for (const X509Ptr& each : *list) {
            keys::openssl_check(sk_X509_push(stack.get(), each.get()) > 0, "certificate stack");
        }
    }
    return stack;
}

/// RFC 5280, 6. X509_V_OK and the path, or OpenSSL's reason.
int path_error(X509* leaf,
               const std::vector<X509Ptr>& others,
               const TrustStore::Impl& trust,
               Time at,
               KnownPath& path) {
    const auto other_stack = stack_of({&others, &trust.intermediates});
    const auto anchors = stack_of({&trust.anchors});
    const keys::X509StorePtr store(keys::openssl_required(X509_STORE_new(), "path validation"));
    const keys::X509StoreCtxPtr context(
        keys::openssl_required(X509_STORE_CTX_new(), "path validation"));
    keys::openssl_check(
        X509_STORE_CTX_init(context.get(), store.get(), leaf, other_stack.get()) == 1,
        "path validation");
    X509_STORE_CTX_set0_trusted_stack(context.get(), anchors.get());
    X509_STORE_CTX_set_time(
        context.get(), 0, std::chrono::floor<std::chrono::seconds>(at).time_since_epoch().count());
    X509_STORE_CTX_set_flags(context.get(),
                             X509_V_FLAG_PARTIAL_CHAIN);  // an anchor need not be self-signed
    const bool good = X509_verify_cert(context.get()) == 1;
    const int error = X509_STORE_CTX_get_error(context.get());
    if (good) {
        path = {{}, Time::min(), Time::max()};
        const STACK_OF(X509)* const chain = X509_STORE_CTX_get0_chain(context.get());
        for (int i = 0; i < sk_X509_num(chain); ++i) {
            const X509* const each = sk_X509_value(chain, i);
            path.certificates.push_back(keys::to_der<i2d_X509>(each));
            path.from = std::max(path.from, keys::time_of(X509_get0_notBefore(each)));
            path.until = std::min(path.until, keys::time_of(X509_get0_notAfter(each)));
        }
    }
    ERR_clear_error();
    return good ? X509_V_OK : error;
}

/// Only times are looked at anew.
bool is_known(const TrustStore::Impl& trust, ByteView list, Time at, KnownPath& path) {
    const std::lock_guard lock(trust.mutex);
    const KnownPath* const known = trust.paths.find(list);
    if (known == nullptr || at < known->from || at >= known->until) {
        return false;
    }
    path = *known;
    return true;
}

}  // namespace

std::string usage_fault(ByteView der) {
    const X509Ptr certificate = keys::parsed_certificate(der);
    if (certificate == nullptr) {
        return "the certificate cannot be read";
    }
    constexpr std::uint32_t kSigns = KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION;
    if ((X509_get_extension_flags(certificate.get()) & EXFLAG_KUSAGE) != 0 &&
        (X509_get_key_usage(certificate.get()) & kSigns) == 0) {
        return "key usage allows neither digitalSignature nor nonRepudiation";
    }
    using UsagesPtr = keys::Handle<EXTENDED_KEY_USAGE, EXTENDED_KEY_USAGE_free>;
    const UsagesPtr usages(static_cast<EXTENDED_KEY_USAGE*>(
        X509_get_ext_d2i(certificate.get(), NID_ext_key_usage, nullptr, nullptr)));
    ERR_clear_error();
    if (usages == nullptr) {
        return "";
    }
    const keys::Asn1ObjectPtr document_signing(
        keys::openssl_required(OBJ_txt2obj("1.3.6.1.5.5.7.3.36", 1), "OID"));
    for (int i = 0; i < sk_ASN1_OBJECT_num(usages.get()); ++i) {
        const ASN1_OBJECT* usage = sk_ASN1_OBJECT_value(usages.get(), i);
        if (OBJ_obj2nid(usage) == NID_email_protect ||
            OBJ_obj2nid(usage) == NID_anyExtendedKeyUsage ||
            OBJ_cmp(usage, document_signing.get()) == 0) {
            return "";
        }
    }
    return "extended key usage has neither documentSigning nor emailProtection";
}

bool is_time_stamping_certificate(ByteView der) {
    const X509Ptr certificate = keys::parsed_certificate(der);
    if (certificate == nullptr) {
        return false;
    }
    int critical = 0;
    using UsagesPtr = keys::Handle<EXTENDED_KEY_USAGE, EXTENDED_KEY_USAGE_free>;
    const UsagesPtr usages(static_cast<EXTENDED_KEY_USAGE*>(
        X509_get_ext_d2i(certificate.get(), NID_ext_key_usage, &critical, nullptr)));
    ERR_clear_error();
    return usages != nullptr && critical == 1 && sk_ASN1_OBJECT_num(usages.get()) == 1 &&
           OBJ_obj2nid(sk_ASN1_OBJECT_value(usages.get(), 0)) == NID_time_stamp;
}

PathAnswer check_path(const PathQuestion& question,
                      const TrustStore& trust,
                      Assessment& assessment) {
    if (trust.impl().anchors.empty()) {
        assessment.note("no_trust_anchor",
                        "no trust anchors were given: who sealed is not decided");
        return {Trust::Unknown, "NO_CERTIFICATE_CHAIN_FOUND"};
    }
    const X509Ptr leaf = keys::parsed_certificate(question.certificate);
    if (leaf == nullptr) {
        return {Trust::No, "CERTIFICATE_CHAIN_GENERAL_FAILURE"};
    }
    std::vector<X509Ptr> others;
    for (const ByteView der : question.others) {
        if (X509Ptr other = keys::parsed_certificate(der)) {
            others.push_back(std::move(other));
        }
    }
    const Bytes list = list_of(question.certificate, question.others);
    KnownPath path;
    int error = X509_V_OK;
    if (!is_known(trust.impl(), list, question.at, path)) {
        error = path_error(leaf.get(), others, trust.impl(), question.at, path);
        if (error == X509_V_OK) {
            const std::lock_guard lock(trust.impl().mutex);
            trust.impl().paths.keep(list, path);
        }
    }
    if (error == X509_V_ERR_CERT_SIGNATURE_FAILURE) {
        // Certificates made without thinking of the identifier of SM2 have the empty one.
        const X509Ptr plain_leaf = without_id(leaf.get());
        std::vector<X509Ptr> plain;
        for (const X509Ptr& other : others) {
            if (X509Ptr copy = without_id(other.get())) {
                plain.push_back(std::move(copy));
            }
        }
        if (plain_leaf != nullptr &&
            path_error(plain_leaf.get(), plain, trust.impl(), question.at, path) == X509_V_OK) {
            assessment.warn("sm2_empty_id", "the certificates hold with the empty identifier only");
            error = X509_V_OK;
        }
    }
    if (error != X509_V_OK) {
        assessment.note(
            "path",
            std::string("no path to a trust anchor: ") + X509_verify_cert_error_string(error));
        return from_openssl(error, question.proven);
    }
    if (const std::string fault = question.time_stamping ? "" : usage_fault(question.certificate);
        !fault.empty()) {
        assessment.warn("key_usage", fault);
        return {Trust::No, "CHAIN_CONSTRAINTS_FAILURE"};
    }
    return question.revocation != nullptr
               ? question.revocation->judge(path.certificates, question, assessment)
               : PathAnswer{Trust::Yes, ""};
}

PathAnswer worse_of(const PathAnswer& a, const PathAnswer& b) {
    const auto rank = [](Trust trust) {
        return trust == Trust::No ? 2 : trust == Trust::Unknown ? 1 : 0;
    };
    return rank(b.trust) > rank(a.trust) ? b : a;
}

void check_embedded_certificates(const std::vector<ByteView>& certificates,
                                 const TrustStore& trust,
                                 Assessment& assessment) {
    const Bytes list = list_of({}, certificates);
    {
        const std::lock_guard lock(trust.impl().mutex);
        if (trust.impl().undamaged.find(list) != nullptr) {
            return;
        }
    }
    bool undamaged = true;
    std::vector<X509Ptr> parsed;
    for (const ByteView der : certificates) {
        if (X509Ptr certificate = keys::parsed_certificate(der)) {
            parsed.push_back(std::move(certificate));
        } else {
            undamaged = false;
            assessment.malformed("certificate_damaged",
                                 "a certificate inside the signature cannot be read");
        }
    }
    for (const X509Ptr& certificate : parsed) {
        bool named = false, holds = false;
        for (const std::vector<X509Ptr>* issuers :
             std::initializer_list<const std::vector<X509Ptr>*>{
                 &parsed, &trust.impl().intermediates, &trust.impl().anchors}) {
            for (const X509Ptr& issuer : *issuers) {
                if (!may_be_issuer(issuer.get(), certificate.get())) {
                    continue;
                }
                const int result = signed_by(certificate.get(), issuer.get());
                named = named || result == 0;
                holds = holds || result != 0;
            }
        }
        if (named && !holds) {
            undamaged = false;
            assessment.malformed(
                "certificate_damaged",
                "a certificate inside the signature was not signed by the issuer it names");
        }
    }
    if (undamaged) {
        const std::lock_guard lock(trust.impl().mutex);
        trust.impl().undamaged.keep(list, true);
    }
}

void get_to_know(const std::vector<Bytes>& chain, const TrustStore& trust, Time now) {
    if (chain.empty()) {
        return;
    }
    const std::vector<ByteView> carried(chain.begin(), chain.end());
    Assessment unsaid;
    check_embedded_certificates(carried, trust, unsaid);
    for (const auto& others : {carried, std::vector<ByteView>{}}) {  // of CMS; of GB/T 38540
        check_path({.certificate = chain.front(), .others = others, .at = now}, trust, unsaid);
    }
}

}  // namespace yinxin::verify
