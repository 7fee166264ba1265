// SPDX-License-Identifier: Apache-2.0
#include "signer/cms_builder.h"

#include "common/error.h"
#include "keys/crypto/digest.h"
#include "keys/pki/certificate.h"
#include "signer/der_writer.h"

namespace yinxin::signer {
namespace {

using keys::Certificate;
using keys::KeyAlgorithm;

constexpr const char* kData = "1.2.840.113549.1.7.1";
constexpr const char* kSignedData = "1.2.840.113549.1.7.2";
constexpr const char* kContentType = "1.2.840.113549.1.9.3";
constexpr const char* kMessageDigest = "1.2.840.113549.1.9.4";
constexpr const char* kSigningCertificateV2 = "1.2.840.113549.1.9.16.2.47";
constexpr const char* kTimeStampToken = "1.2.840.113549.1.9.16.2.14";
constexpr const char* kSha256 = "2.16.840.1.101.3.4.2.1";
constexpr const char* kRsaEncryption = "1.2.840.113549.1.1.1";
constexpr const char* kEcdsaWithSha256 = "1.2.840.10045.4.3.2";
constexpr const char* kSm3 = "1.2.156.10197.1.401";
constexpr const char* kSm2WithSm3 = "1.2.156.10197.1.501";

Bytes attribute(const char* type, ByteView value) {
    return der::sequence({der::object_identifier(type), der::set_of({to_bytes(value)})});
}

/// RFC 5754, 2: the parameters of SHA-256 are absent; OpenSSL writes SM3 in the same way.
Bytes digest_algorithm(KeyAlgorithm algorithm) {
    return der::sequence({der::object_identifier(algorithm == KeyAlgorithm::Sm2 ? kSm3 : kSha256)});
}

/// RSA: rsaEncryption, which every validator knows in this place (RFC 5652, 10.1.2; RFC 3370, 3.2).
/// ECDSA: RFC 5754, 3.3. SM2: GM/T 0006.
Bytes signature_algorithm(KeyAlgorithm algorithm) {
    switch (algorithm) {
        case KeyAlgorithm::Rsa2048:
        case KeyAlgorithm::Rsa3072:
            return der::sequence({der::object_identifier(kRsaEncryption), der::null()});
        case KeyAlgorithm::EcdsaP256:
            return der::sequence({der::object_identifier(kEcdsaWithSha256)});
        case KeyAlgorithm::Sm2:
            return der::sequence({der::object_identifier(kSm2WithSm3)});
    }
    throw Error(ErrorCode::Internal, "a key algorithm without an identifier");
}

/// RFC 5035, 3: SigningCertificateV2. SHA-256 is the default hash algorithm and so left out in DER.
/// So is issuerSerial, which may be: SignerInfo names the same.
Bytes signing_certificate(const Certificate& signer, KeyAlgorithm algorithm) {
    const Bytes ess_cert_id =
        algorithm == KeyAlgorithm::Sm2
            ? der::sequence({digest_algorithm(algorithm), der::octet_string(keys::sm3(signer.der))})
            : der::sequence({der::octet_string(signer.sha256)});
    return der::sequence({der::sequence({ess_cert_id})});
}

/// The SET OF attributes with the tag it has in SignerInfo (RFC 5652, 5.3: [0] IMPLICIT).
Bytes as_context0(ByteView set_of) {
    YINXIN_ASSERT(!set_of.empty() && set_of[0] == der::kSet);
    Bytes tagged = to_bytes(set_of);
    tagged[0] = der::kContext0;
    return tagged;
}

/// RFC 5652, 5.3: [1] IMPLICIT; nothing without a token.
Bytes unsigned_attributes(ByteView timestamp_token) {
    return timestamp_token.empty()
               ? Bytes{}
               : der::set_of({attribute(kTimeStampToken, timestamp_token)}, der::kContext1);
}

}  // namespace

CmsBuilder::CmsBuilder(const std::vector<Bytes>& chain, KeyAlgorithm algorithm)
    : digest_kind_(algorithm == KeyAlgorithm::Sm2 ? keys::Digest::Kind::Sm3
                                                  : keys::Digest::Kind::Sha256),
      digest_algorithm_(digest_algorithm(algorithm)) {
    if (chain.empty()) {
        throw Error(ErrorCode::Invalid, "the seal key has no certificate: install its chain first");
    }
    const Certificate signer = Certificate::from_der(chain.front());
    content_type_ = attribute(kContentType, der::object_identifier(kData));
    signing_certificate_ = attribute(kSigningCertificateV2, signing_certificate(signer, algorithm));
    certificates_ = der::set_of(chain, der::kContext0);
    signer_identifier_ = der::sequence({signer.issuer_name, signer.serial_number});
    signature_algorithm_ = signature_algorithm(algorithm);
}

Bytes CmsBuilder::signed_attributes(ByteView digest) const {
    static_assert(keys::sha256_bytes == keys::sm3_bytes);
    YINXIN_ASSERT(digest.size() == keys::sha256_bytes);
    // No signing-time: ETSI EN 319 142-1, 6.3. Sorted, because validators differ in the order they
    // hash in.
    return der::set_of({content_type_,
                        attribute(kMessageDigest, der::octet_string(digest)),
                        signing_certificate_});
}

Bytes CmsBuilder::signed_data(ByteView signed_attributes,
                              ByteView signature,
                              ByteView timestamp_token) const {
    const Bytes version = der::integer(1);  // RFC 5652, 5.1 and 5.3: id-data, issuerAndSerialNumber
    const Bytes signer_info = der::sequence({version,
                                             signer_identifier_,
                                             digest_algorithm_,
                                             as_context0(signed_attributes),
                                             signature_algorithm_,
                                             der::octet_string(signature),
                                             unsigned_attributes(timestamp_token)});
    const Bytes content = der::sequence({version,
                                         der::set_of({digest_algorithm_}),
                                         der::sequence({der::object_identifier(kData)}),
                                         certificates_,
                                         der::set_of({signer_info})});
    return der::sequence(
        {der::object_identifier(kSignedData), der::value(der::kContext0, content)});
}

}  // namespace yinxin::signer
