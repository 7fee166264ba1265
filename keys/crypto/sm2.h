// SPDX-License-Identifier: Apache-2.0
// SM2 with SM3 (GB/T 32918.2) and its distinguishing identifier. OpenSSL takes the empty identifier
// unless told; the Chinese profiles know one, and this is the only place that names it.
#pragma once

#include <string_view>

#include "common/bytes.h"
#include "keys/crypto/openssl.h"

namespace yinxin::keys {

/// GM/T 0009, 10: the identifier where none was agreed on. Of every signature, certificate,
/// request and revocation list made here.
inline constexpr std::string_view sm2_id = "1234567812345678";

bool is_sm2(const EVP_PKEY* key);

/// Ready for EVP_DigestSign or X509_sign_ctx: SHA-256 with RSA and EC keys, SM3 and sm2_id with SM2
/// keys. The key outlives it.
EvpMdCtxPtr signing_context(EVP_PKEY* key);

/// Whether `signature` (DER SEQUENCE{r,s}) is of `message` with SM3 and this identifier; false for
/// a key of another kind. What OpenSSL says, which keys that come again do not wait for
/// (key_tables.h).
bool verify_sm2(EVP_PKEY* key, ByteView message, ByteView signature, std::string_view id = sm2_id);

/// Makes X509_verify and X509_verify_cert use sm2_id for the signature on this certificate, where
/// it is one of SM2 (another kind must not be given an identifier). Needed on every certificate of
/// a path.
void set_sm2_id(X509* certificate);

}  // namespace yinxin::keys
