// SPDX-License-Identifier: Apache-2.0
// CMS SignedData (RFC 5652, 5) taken apart over the original bytes: views only, nothing decoded
// that is not needed and nothing re-encoded. GB/T 35275 SignedData is the same under other content
// types.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "verify/tlv.h"

namespace yinxin::verify {

/// id-aa-timeStampToken (RFC 3161, appendix A): the unsigned attribute with a time stamp over the
/// signature.
inline constexpr const char* kTimeStampToken = "1.2.840.113549.1.9.16.2.14";

struct AlgorithmIdentifier {
    std::string oid;
    std::optional<Tlv> parameters;
    ByteView whole;

    /// Absent, or exactly the two bytes of NULL.
    bool parameters_empty() const {
        return !parameters || (parameters->tag == kNull && parameters->whole.size() == 2);
    }
};

struct Attribute {
    std::string oid;
    std::vector<Tlv> values;
    ByteView whole;
};

struct SignerInfo {
    int version = 0;
    ByteView issuer;  ///< DER of the Name; empty when named by subjectKeyIdentifier
    ByteView serial;  ///< DER INTEGER
    Bytes subject_key_identifier;
    AlgorithmIdentifier digest_algorithm;
    ByteView signed_attributes;  ///< the whole [0] value; empty when there is none
    std::vector<Attribute> signed_list;
    AlgorithmIdentifier signature_algorithm;
    Bytes signature;
    std::vector<Attribute> unsigned_list;
};

/// RevocationInfoChoice: a CRL, or what an OID names.
struct RevocationInfo {
    std::string format;  ///< "" for a CRL
    ByteView der;
};

struct SignedData {
    int version = 0;
    std::vector<AlgorithmIdentifier> digest_algorithms;
    std::string content_type;
    std::optional<Bytes> content;
    std::vector<ByteView> certificates;  ///< X.509 only
    bool other_certificates = false;     ///< obsolete or other formats stand there, too
    std::vector<RevocationInfo> revocations;
    std::vector<SignerInfo> signers;
};

/// The PKCS#7 identifier of a content type where GB/T 35275 has one of its own (data, signedData);
/// any other as it is.
std::string pkcs7_type(const std::string& oid);

/// `value` is the ContentInfo. Views into its bytes. Throws Error{Malformed} or Error{TooLarge}.
SignedData read_signed_data(const Tlv& value);
AlgorithmIdentifier read_algorithm(const Tlv& value);

}  // namespace yinxin::verify
