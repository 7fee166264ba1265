// SPDX-License-Identifier: Apache-2.0
// What can be done with a public key given as SubjectPublicKeyInfo (DER).
#pragma once

#include <optional>

#include "common/bytes.h"

namespace yinxin::keys {

/// Whether `signature` is of `message` with SHA-256: RSA PKCS#1 v1.5, or ECDSA as DER
/// SEQUENCE{r,s}. False for a key of another kind or for bytes that are no key.
bool verify_sha256(ByteView spki, ByteView message, ByteView signature);

/// The same as keys sign (private_key.h): SM2 keys with SM3 and the identifier of sm2.h, others as
/// verify_sha256.
bool verify_signature(ByteView spki, ByteView message, ByteView signature);

/// Coordinates of a P-256 point, 32 bytes each, as a JWK wants them; nullopt for another key.
struct PointP256 {
    Bytes x, y;
};
std::optional<PointP256> p256_point(ByteView spki);

/// How tokens name their key: the first 8 bytes of SHA-256 over the SubjectPublicKeyInfo.
Bytes short_key_id(ByteView spki);

/// An ECDSA signature on P-256 as r and s of 32 bytes each (COSE, JOSE) from DER; throws
/// Error{Malformed}.
Bytes p256_signature_from_der(ByteView der);

}  // namespace yinxin::keys
