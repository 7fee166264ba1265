// SPDX-License-Identifier: Apache-2.0
#include "keys/crypto/random.h"

#include <openssl/rand.h>

#include "keys/crypto/openssl.h"

namespace yinxin::keys {

Bytes OpenSslRandom::bytes(std::size_t count) {
    Bytes result(count);
    openssl_check(RAND_bytes(result.data(), openssl_length(count)) == 1, "random bytes");
    return result;
}

}  // namespace yinxin::keys
