// SPDX-License-Identifier: Apache-2.0
#include "verify/cms_check.h"

#include <openssl/err.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include "keys/crypto/ecdsa.h"
#include "keys/crypto/sm2.h"
#include "keys/pki/parsed_certificate.h"
#include "verify/sm2_signature.h"

namespace yinxin::verify {

namespace {

constexpr const char* kData = "1.2.840.113549.1.7.1";
constexpr const char* kContentType = "1.2.840.113549.1.9.3";
constexpr const char* kMessageDigest = "1.2.840.113549.1.9.4";
constexpr const char* kSigningCertificate = "1.2.840.113549.1.9.16.2.12";
constexpr const char* kSigningCertificateV2 = "1.2.840.113549.1.9.16.2.47";
constexpr const char* kSha1 = "1.3.14.3.2.26";
constexpr const char* kSha256 = "2.16.840.1.101.3.4.2.1";

bool same(ByteView a, ByteView b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end());
}

const Attribute* find_attribute(const SignerInfo& signer, const char* oid) {
    const auto found = std::find_if(signer.signed_list.begin(),
                                    signer.signed_list.end(),
                                    [&](const Attribute& each) { return each.oid == oid; });
    return found == signer.signed_list.end() ? nullptr : &*found;
}

/// RFC 5652, 5.1 and 5.3: versions follow from the rest, so another one means that bytes were
/// changed.
void check_versions(const SignedData& data, Assessment& assessment) {
    const bool later = data.content_type != kData ||
                       std::any_of(data.signers.begin(),
                                   data.signers.end(),
                                   [](const SignerInfo& each) { return each.version == 3; });
    const bool fits = data.other_certificates ? data.version == 4 || data.version == 5
                                              : data.version == (later ? 3 : 1);
    if (!fits) {
        assessment.malformed("cms_version", "the version of SignedData does not fit its content");
    }
    for (const SignerInfo& signer : data.signers) {
        if (signer.version != (signer.issuer.empty() ? 3 : 1)) {
            assessment.malformed("signer_info_version",
                                 "the version of SignerInfo does not fit its signer identifier");
        }
    }
}

void check_attribute_counts(const SignerInfo& signer, Assessment& assessment) {
    std::set<std::string> seen;
    for (const Attribute& attribute : signer.signed_list) {
        if (!seen.insert(attribute.oid).second || attribute.values.size() != 1) {
            assessment.malformed(
                "signed_attribute_twice",
                "a signed attribute stands twice or has not exactly one value: " + attribute.oid);
        }
    }
}

void check_content_attributes(const SignerInfo& signer,
                              const CmsExpectation& expected,
                              const DigestAlgorithm& digest,
                              Assessment& assessment) {
    const Attribute* type = find_attribute(signer, kContentType);
    if (type == nullptr || type->values.empty() || type->values[0].tag != kOid ||
        pkcs7_type(oid_text(type->values[0].content)) != expected.content_type) {
        assessment.malformed("content_type_attribute",
                             "the content-type attribute is missing or names something else");
    }
    const Attribute* stated = find_attribute(signer, kMessageDigest);
    if (stated == nullptr || stated->values.empty() || stated->values[0].tag != kOctetString) {
        assessment.malformed("message_digest_attribute", "the message-digest attribute is missing");
        return;
    }
    if (!same(stated->values[0].content, expected.digest_of_content(digest))) {
        assessment.fault(Verdict::Broken,
                         "digest",
                         "the signed bytes are not those the seal was made over",
                         "HASH_FAILURE");
    }
}

/// ESSCertID (RFC 2634, 5.4) and ESSCertIDv2 (RFC 5035, 4): the first one names the signer.
bool names_certificate(const Attribute& attribute, ByteView certificate) {
    const bool v2 = attribute.oid == kSigningCertificateV2;
    TlvReader value(attribute.values.at(0).content, 8);
    TlvReader list = value.inside(value.next(kSequence, "the certificates of signing-certificate"));
    TlvReader first = list.inside(list.next(kSequence, "an ESSCertID"));
    std::string oid = v2 ? kSha256 : kSha1;
    if (v2) {
        if (const auto stated = first.next_if(kSequence)) {
            oid = read_algorithm(*stated).oid;
        }
    }
    const DigestAlgorithm* algorithm = digest_algorithm(oid);
    const Tlv hash = first.next(kOctetString, "the hash of an ESSCertID");
    return algorithm != nullptr && same(hash.content, digest_of(*algorithm, {certificate}));
}

void check_signing_certificate(const SignerInfo& signer,
                               const CmsExpectation& expected,
                               CmsSigner& result,
                               Assessment& assessment) {
    const Attribute* v1 = find_attribute(signer, kSigningCertificate);
    const Attribute* v2 = find_attribute(signer, kSigningCertificateV2);
    if (v1 == nullptr && v2 == nullptr) {
        if (expected.signing_certificate_required) {
            assessment.malformed("signing_certificate_missing",
                                 "the signature does not say which certificate it is made with");
        } else {
            assessment.note("not_pades",
                            "without a signing-certificate attribute: not a PAdES signature");
        }
        return;
    }
    result.signing_certificate = true;
    for (const Attribute* attribute : {v1, v2}) {
        if (attribute == nullptr || attribute->values.empty() ||
            names_certificate(*attribute, *result.certificate)) {
            continue;
        }
        constexpr const char* kCode = "signing_certificate";
        constexpr const char* kWords = "the certificate is not the one the signature names";
        if (expected.signing_certificate_binds) {
            assessment.fault(Verdict::Broken, kCode, kWords, "SIG_CRYPTO_FAILURE");
        } else {
            result.signing_certificate = false;
            assessment.note(kCode, kWords);
        }
    }
}

struct Candidate {
    ByteView der;
    bool embedded;
};

bool fits(const SignerInfo& signer, X509* certificate, bool& other_bytes) {
    if (signer.issuer.empty()) {
        const ASN1_OCTET_STRING* id = X509_get0_subject_key_id(certificate);
        return id != nullptr &&
               same({ASN1_STRING_get0_data(id), static_cast<std::size_t>(ASN1_STRING_length(id))},
                    signer.subject_key_identifier);
    }
    const Bytes serial = keys::to_der<i2d_ASN1_INTEGER>(X509_get_serialNumber(certificate));
    if (!same(serial, signer.serial)) {
        return false;
    }
    if (same(keys::to_der<i2d_X509_NAME>(X509_get_issuer_name(certificate)), signer.issuer)) {
        return true;
    }
    const unsigned char* at = signer.issuer.data();
    const keys::X509NamePtr name(
        d2i_X509_NAME(nullptr, &at, static_cast<long>(signer.issuer.size())));
    ERR_clear_error();
    other_bytes =
        other_bytes ||
        (name != nullptr && X509_NAME_cmp(name.get(), X509_get_issuer_name(certificate)) == 0);
    return false;
}

keys::X509Ptr find_certificate(const SignedData& data,
                               const SignerInfo& signer,
                               const CmsExpectation& expected,
                               CmsSigner& result,
                               Assessment& assessment) {
    std::vector<Candidate> candidates;
    for (const ByteView der : data.certificates) {
        candidates.push_back({der, true});
    }
    for (const ByteView der : expected.more_certificates) {
        candidates.push_back({der, false});
    }
    bool other_bytes = false;
    for (const Candidate& candidate : candidates) {
        keys::X509Ptr certificate = keys::parsed_certificate(candidate.der);
        if (certificate == nullptr) {
            if (candidate.embedded) {
                assessment.malformed("certificate_damaged",
                                     "a certificate inside the signature cannot be read");
            }
            continue;
        }
        if (fits(signer, certificate.get(), other_bytes)) {
            result.certificate = to_bytes(candidate.der);
            result.embedded = candidate.embedded;
            return certificate;
        }
    }
    if (other_bytes) {
        assessment.malformed(
            "signer_identifier",
            "the signer identifier writes the issuer's name in other bytes than the certificate");
    } else {
        assessment.fault(Verdict::Undecided,
                         "no_certificate",
                         "the signer's certificate is not at hand",
                         "NO_SIGNING_CERTIFICATE_FOUND");
    }
    return nullptr;
}

/// DER order of a SET OF (X.690, 11.6): by bytes, a shorter one as if filled up with zeros.
bool before(ByteView a, ByteView b) {
    return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end());
}

Bytes sorted_attributes(const SignerInfo& signer) {
    std::vector<ByteView> parts;
    for (const Attribute& attribute : signer.signed_list) {
        parts.push_back(attribute.whole);
    }
    std::sort(parts.begin(), parts.end(), before);
    Bytes content;
    for (const ByteView part : parts) {
        content.insert(content.end(), part.begin(), part.end());
    }
    return enclosed(kSet, content);
}

struct PssParameters {
    std::string digest_oid = kSha1;
    std::string mask_digest_oid = kSha1;
    int salt_bytes = 20;
};

/// RSASSA-PSS-params (RFC 4055, 3.1).
PssParameters read_pss(const AlgorithmIdentifier& algorithm) {
    PssParameters result;
    if (!algorithm.parameters || algorithm.parameters->tag != kSequence) {
        return result;
    }
    TlvReader parts(algorithm.parameters->content, 8);
    if (const auto hash = parts.next_if(0xA0)) {
        result.digest_oid =
            read_algorithm(parts.inside(*hash).next(kSequence, "the digest of RSASSA-PSS")).oid;
    }
    if (const auto mask = parts.next_if(0xA1)) {
        const AlgorithmIdentifier mgf =
            read_algorithm(parts.inside(*mask).next(kSequence, "the mask of RSASSA-PSS"));
        if (mgf.parameters) {
            result.mask_digest_oid = read_algorithm(*mgf.parameters).oid;
        }
    }
    if (const auto salt = parts.next_if(0xA2)) {
        result.salt_bytes =
            small_integer(parts.inside(*salt).next(kInteger, "the salt of RSASSA-PSS"));
    }
    if (const auto trailer = parts.next_if(0xA3)) {
        if (small_integer(parts.inside(*trailer).next(kInteger, "the trailer of RSASSA-PSS")) !=
            1) {
            throw Error(ErrorCode::Malformed, "RSASSA-PSS with another trailer");
        }
    }
    parts.finish("the parameters of RSASSA-PSS");
    return result;
}

/// Null when the key cannot verify. Copied from one that is ready: to make one takes longer than to
/// verify with it.
keys::EvpMdCtxPtr verifying_context(EVP_PKEY* key, const char* digest) {
    constexpr std::size_t kReadyMax = 16;
    // Each holds its key, so that no other comes to lie at the same address.
    thread_local std::map<std::pair<const EVP_PKEY*, std::string_view>, keys::EvpMdCtxPtr> ready;
    auto found = ready.find({key, digest});
    if (found == ready.end()) {
        keys::EvpMdCtxPtr made(keys::openssl_required(EVP_MD_CTX_new(), "digest context"));
        if (EVP_DigestVerifyInit(made.get(), nullptr, EVP_get_digestbyname(digest), nullptr, key) !=
            1) {
            return nullptr;
        }
        if (ready.size() >= kReadyMax) {
            ready.clear();
        }
        found = ready.emplace(std::pair{key, std::string_view(digest)}, std::move(made)).first;
    }
    keys::EvpMdCtxPtr context(keys::openssl_required(EVP_MD_CTX_new(), "digest context"));
    const bool copied = EVP_MD_CTX_copy_ex(context.get(), found->second.get()) == 1;
    return copied ? std::move(context) : nullptr;
}

bool value_holds(EVP_PKEY* key,
                 const SignerInfo& signer,
                 const SignatureAlgorithm& algorithm,
                 const DigestAlgorithm& digest,
                 ByteView message,
                 std::string_view id) {
    if (algorithm.key == KeyKind::Sm2) {
        return sm2_holds(key, message, signer.signature, id);
    }
    if (algorithm.key == KeyKind::Ec) {
        return keys::verify_ecdsa(
            key, EVP_get_digestbyname(digest.name), message, signer.signature);
    }
    const keys::EvpMdCtxPtr context = verifying_context(key, digest.name);
    bool good = context != nullptr;
    if (good && algorithm.key == KeyKind::RsaPss) {
        EVP_PKEY_CTX* const parameters = EVP_MD_CTX_get_pkey_ctx(context.get());
        const PssParameters pss = read_pss(signer.signature_algorithm);
        const DigestAlgorithm* mask = digest_algorithm(pss.mask_digest_oid);
        good = pss.digest_oid == digest.oid && mask != nullptr &&
               EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING) == 1 &&
               EVP_PKEY_CTX_set_rsa_mgf1_md(parameters, EVP_get_digestbyname(mask->name)) == 1 &&
               EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, pss.salt_bytes) == 1;
    }
    good = good && EVP_DigestVerify(context.get(),
                                    signer.signature.data(),
                                    signer.signature.size(),
                                    message.data(),
                                    message.size()) == 1;
    ERR_clear_error();
    return good;
}

bool key_fits(const EVP_PKEY* key, KeyKind kind) {
    const int id = EVP_PKEY_get_base_id(key);
    switch (kind) {
        case KeyKind::Rsa:
            return id == EVP_PKEY_RSA;
        case KeyKind::RsaPss:
            return id == EVP_PKEY_RSA || id == EVP_PKEY_RSA_PSS;
        case KeyKind::Ec:
            return id == EVP_PKEY_EC;
        case KeyKind::Sm2:
            return keys::is_sm2(key);
    }
    return false;
}

/// False when the key says nothing either way.
bool check_key(const EVP_PKEY* key, KeyKind kind, CmsSigner& result, Assessment& assessment) {
    const int bits = EVP_PKEY_get_bits(key);
    const bool rsa = kind == KeyKind::Rsa || kind == KeyKind::RsaPss;
    if (bits < (rsa ? kRsaBitsMin : kEcBitsMin)) {
        assessment.fault(Verdict::Undecided,
                         "short_key",
                         "the signer's key is too short to count",
                         "CRYPTO_CONSTRAINTS_FAILURE_NO_POE");
        return false;
    }
    if (rsa && bits < kRsaBitsFair) {
        result.short_key = true;
        assessment.warn("short_key",
                        "the signer's RSA key has only " + std::to_string(bits) + " bits");
    }
    return true;
}

void check_value(const SignerInfo& signer,
                 X509* certificate,
                 const DigestAlgorithm& digest,
                 CmsSigner& result,
                 Assessment& assessment) {
    const SignatureAlgorithm* algorithm = signature_algorithm(signer.signature_algorithm.oid);
    const EVP_PKEY* key = X509_get0_pubkey(certificate);
    ERR_clear_error();
    if (algorithm == nullptr || key == nullptr) {
        assessment.fault(
            Verdict::Undecided,
            "algorithm_unknown",
            "signature algorithm " + signer.signature_algorithm.oid + " is not known here",
            "CRYPTO_CONSTRAINTS_FAILURE_NO_POE");
        return;
    }
    if (algorithm->digest_oid != nullptr &&
        digest_algorithm(algorithm->digest_oid)->name != std::string_view(digest.name)) {
        assessment.fault(Verdict::Broken,
                         "algorithms_disagree",
                         "digest and signature algorithm contradict each other",
                         "SIG_CRYPTO_FAILURE");
        return;
    }
    // id-ecPublicKey stands with the curve, RSASSA-PSS with its digests
    const bool bare = algorithm->key == KeyKind::Rsa || algorithm->key == KeyKind::Sm2 ||
                      (algorithm->key == KeyKind::Ec && algorithm->digest_oid != nullptr);
    if (bare && !signer.signature_algorithm.parameters_empty()) {
        assessment.malformed("algorithm_parameters",
                             "the signature algorithm has parameters it must not have");
    }
    if (!key_fits(key, algorithm->key)) {
        assessment.fault(Verdict::Broken,
                         "algorithms_disagree",
                         "the key is of another kind than the signature",
                         "SIG_CRYPTO_FAILURE");
        return;
    }
    if (!check_key(key, algorithm->key, result, assessment)) {
        return;
    }
    // RFC 5652, 5.4: signed is the SET OF, not the [0] it stands under
    Bytes as_found = to_bytes(signer.signed_attributes);
    as_found.at(0) = kSet;
    const Bytes sorted = sorted_attributes(signer);
    if (as_found != sorted) {
        assessment.warn("attributes_unsorted", "the signed attributes are not in DER order");
    }
    EVP_PKEY* usable = X509_get0_pubkey(certificate);
    const auto holds = [&](std::string_view id) {
        return value_holds(usable, signer, *algorithm, digest, as_found, id) ||
               value_holds(usable, signer, *algorithm, digest, sorted, id);
    };
    if (holds(keys::sm2_id)) {
        return;
    }
    if (algorithm->key == KeyKind::Sm2 && holds("")) {
        assessment.warn("sm2_empty_id",
                        "the SM2 signature holds with the empty identifier only, not with the one "
                        "of the Chinese profiles");
    } else {
        assessment.fault(Verdict::Broken,
                         "signature_value",
                         "the signature value does not verify with the signer's key",
                         "SIG_CRYPTO_FAILURE");
    }
}

}  // namespace

CmsSigner check_signer(const SignedData& data,
                       const CmsExpectation& expected,
                       Assessment& assessment) {
    CmsSigner result;
    check_versions(data, assessment);
    if (data.content_type != expected.content_type) {
        assessment.malformed("content_type", "the CMS carries another content type than it must");
    }
    if (data.signers.size() != 1) {
        assessment.malformed(
            "signer_count",
            "the CMS has " + std::to_string(data.signers.size()) + " signers where one is allowed");
        return result;
    }
    const SignerInfo& signer = data.signers.front();
    if (signer.signed_list.empty()) {
        assessment.malformed("signed_attributes_missing", "the signature has no signed attributes");
        return result;
    }
    check_attribute_counts(signer, assessment);
    const bool listed =
        std::any_of(data.digest_algorithms.begin(),
                    data.digest_algorithms.end(),
                    [&](const AlgorithmIdentifier& each) {
                        return each.oid == signer.digest_algorithm.oid && each.parameters_empty();
                    });
    if (!listed || !signer.digest_algorithm.parameters_empty()) {
        assessment.malformed("digest_algorithms",
                             "the digest algorithm is not listed, or has parameters");
    }
    const keys::X509Ptr certificate = find_certificate(data, signer, expected, result, assessment);
    const DigestAlgorithm* digest = digest_algorithm(signer.digest_algorithm.oid);
    if (digest == nullptr) {
        assessment.fault(Verdict::Undecided,
                         "algorithm_unknown",
                         "digest algorithm " + signer.digest_algorithm.oid + " is not known here",
                         "CRYPTO_CONSTRAINTS_FAILURE_NO_POE");
        return result;
    }
    if (!sound_at(*digest, expected.now)) {
        assessment.fault(Verdict::Undecided,
                         "algorithm_outdated",
                         std::string(digest->name) + " is too weak to count",
                         "CRYPTO_CONSTRAINTS_FAILURE_NO_POE");
    }
    check_content_attributes(signer, expected, *digest, assessment);
    if (certificate != nullptr) {
        check_signing_certificate(signer, expected, result, assessment);
        check_value(signer, certificate.get(), *digest, result, assessment);
    }
    return result;
}

}  // namespace yinxin::verify
