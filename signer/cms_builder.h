// SPDX-License-Identifier: Apache-2.0
// Detached CMS SignedData as PAdES baseline wants it (RFC 5652, ETSI EN 319 122-1 and 319 142-1);
// with SM2 keys the same in SM2 and SM3, which no ETSI suite lists. Knows no PDF, holds no key.
#pragma once

#include <vector>

#include "common/bytes.h"
#include "keys/crypto/digest.h"
#include "keys/private_key.h"

namespace yinxin::signer {

/// Everything that depends on key and chain only is encoded once. Any thread.
class CmsBuilder {
  public:
    /// `chain`: DER of the signer's certificate, then its issuers without the root. Throws
    /// Error{Invalid} when it is empty.
    CmsBuilder(const std::vector<Bytes>& chain, keys::KeyAlgorithm algorithm);

    /// What the content is digested with: SHA-256, for SM2 keys SM3.
    keys::Digest::Kind digest_kind() const { return digest_kind_; }
    /// DER SET OF (tag 0x31) of the signed attributes: content-type, message-digest,
    /// signing-certificate-v2. What the key signs.
    Bytes signed_attributes(ByteView digest) const;
    /// DER ContentInfo of SignedData without content: one SignerInfo with these attributes and the
    /// key's signature of them. `timestamp_token`: of the signature's octets, for B-T; empty: none.
    Bytes signed_data(ByteView signed_attributes,
                      ByteView signature,
                      ByteView timestamp_token = {}) const;

  private:
    keys::Digest::Kind digest_kind_;
    Bytes digest_algorithm_;     ///< AlgorithmIdentifier
    Bytes content_type_;         ///< Attribute
    Bytes signing_certificate_;  ///< Attribute
    Bytes certificates_;         ///< [0] CertificateSet
    Bytes signer_identifier_;    ///< IssuerAndSerialNumber
    Bytes signature_algorithm_;  ///< AlgorithmIdentifier
};

}  // namespace yinxin::signer
