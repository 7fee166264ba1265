// SPDX-License-Identifier: Apache-2.0
// SM2 signature values in the two forms that are found: DER SEQUENCE{r,s}, or r and s of 32 bytes
// each.
#pragma once

#include <openssl/types.h>

#include <string_view>

#include "common/bytes.h"

namespace yinxin::verify {

/// Over `message` with SM3 and this identifier; false for a key of another kind.
bool sm2_holds(EVP_PKEY* key, ByteView message, ByteView signature, std::string_view id);

}  // namespace yinxin::verify
