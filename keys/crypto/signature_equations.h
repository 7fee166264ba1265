// SPDX-License-Identifier: Apache-2.0
// What makes a signature good, reckoned with a key's tables. A yes is final; false decides nothing:
// the key may have no tables, or OpenSSL may see it otherwise.
#pragma once

#include <string_view>

#include "common/bytes.h"
#include "keys/crypto/key_tables.h"

namespace yinxin::keys {

/// Whether `signature` (DER) is of `message` with SM3 and this identifier.
bool sm2_equation_holds(KeyTables<Sm2Curve>& tables,
                        EVP_PKEY* key,
                        ByteView message,
                        ByteView signature,
                        std::string_view id);

/// Whether `signature` (DER) is ECDSA of what has this digest.
bool ecdsa_equation_holds(KeyTables<P256Curve>& tables,
                          EVP_PKEY* key,
                          ByteView digest,
                          ByteView signature);

}  // namespace yinxin::keys
