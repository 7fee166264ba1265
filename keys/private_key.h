// SPDX-License-Identifier: Apache-2.0
// A private key as its user sees it: what it signs with, and a way to ask. There is no way to read
// the key. In the process that faces the network the implementation asks the sealer over a Unix
// socket.
#pragma once

#include <string>
#include <vector>

#include "common/bytes.h"

namespace yinxin::keys {

enum class KeyAlgorithm { EcdsaP256, Rsa2048, Rsa3072, Sm2 };

/// "p256", "rsa2048", "rsa3072", "sm2": the words of the command line and of yinxin.toml.
std::string to_text(KeyAlgorithm algorithm);
KeyAlgorithm key_algorithm_from_text(const std::string& text);  // Error{Invalid}
/// Of a public key (DER SubjectPublicKeyInfo). Throws Error{Invalid} for one that is none of
/// these.
KeyAlgorithm key_algorithm_of(ByteView spki);

/// Why a signature is made; each is one row of the audit table and one count of the sealer.
enum class KeyPurpose { Document, Token, ExternalSeal, SealRecord, Report, Probe, LogHead };
std::string to_text(KeyPurpose purpose);  // "document", "token", "external_seal", ...
KeyPurpose key_purpose_from_text(const std::string& text);

/// The only thing a Probe may sign (else it would be a way around the audit): these bytes as they
/// are, or signed attributes whose message-digest is their SHA-256.
ByteView probe_message();

/// What the sealer is asked to sign. For a document `message` is the DER SET OF signedAttrs (RFC
/// 5652, 5.4) and `digest` the SHA-256 (of SM2 keys: SM3) of the ByteRange bytes, which the sealer
/// finds in the message-digest attribute and compares; for a seal of GB/T 38540 it is the TBS_Sign,
/// and the digest its dataHash. For a token `message` is the COSE Sig_structure and `digest` its
/// SHA-256.
struct SignOrder {
    KeyPurpose purpose = KeyPurpose::Document;
    std::string subject;  ///< id of the document, seal record ... the signature is for
    ByteView digest;
    ByteView message;
};

/// FieldError::rule of what is thrown where a token refuses its PIN: people mend that, not time.
inline constexpr const char* pin_rule = "pin";

/// Any thread.
class PrivateKey {
  public:
    virtual ~PrivateKey() = default;
    virtual const std::string& id() const = 0;
    virtual KeyAlgorithm algorithm() const = 0;
    /// DER of the key's own certificate, then its issuers without the root. Empty until one is
    /// installed.
    virtual const std::vector<Bytes>& chain() const = 0;
    /// Signs SHA-256 (SM2: SM3, under the identifier of crypto/sm2.h) of order.message. RSA: PKCS#1
    /// v1.5; ECDSA, SM2: DER SEQUENCE{r,s}.
    /// Throws Error{Unavailable} when the sealer does not answer in time, Error{Refused} when it
    /// declines the order.
    virtual Bytes sign(const SignOrder& order) = 0;
    /// Throws Error{Unavailable} when it could not sign now; signs nothing.
    virtual void check_alive() {}
};

}  // namespace yinxin::keys
