// SPDX-License-Identifier: Apache-2.0
// ECDSA (FIPS 186-5), of whatever curves OpenSSL knows.
#pragma once

#include "common/bytes.h"
#include "keys/crypto/openssl.h"

namespace yinxin::keys {

/// Whether `signature` (DER SEQUENCE{r,s}) is of `message` with this kind of digest; false for a
/// key of another kind. What OpenSSL says, which keys on P-256 that come again do not wait for
/// (key_tables.h).
bool verify_ecdsa(EVP_PKEY* key, const EVP_MD* kind, ByteView message, ByteView signature);

}  // namespace yinxin::keys
