// SPDX-License-Identifier: Apache-2.0
#include "keys/crypto/secret.h"

#include <openssl/crypto.h>

namespace yinxin::keys {

void Secret::wipe() noexcept {
    OPENSSL_cleanse(bytes_.data(), bytes_.size());
}

}  // namespace yinxin::keys
