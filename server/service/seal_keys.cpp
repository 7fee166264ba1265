// SPDX-License-Identifier: Apache-2.0
#include "server/service/seal_keys.h"

#include "keys/crypto/digest.h"

namespace yinxin::server {

std::vector<Bytes> own_certificates(const SealKeys& keys) {
    std::vector<Bytes> own;
    for (const keys::PrivateKey* key : keys) {
        if (!key->chain().empty()) {
            own.push_back(keys::sha256(key->chain().front()));
        }
    }
    return own;
}

std::vector<Bytes> intermediates(const SealKeys& keys) {
    std::vector<Bytes> above;
    for (const keys::PrivateKey* key : keys) {
        if (!key->chain().empty()) {
            above.insert(above.end(), key->chain().begin() + 1, key->chain().end());
        }
    }
    return above;
}

}  // namespace yinxin::server
