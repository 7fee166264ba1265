// SPDX-License-Identifier: Apache-2.0
#include "server/http/known_keys.h"

#include "common/bytes.h"
#include "keys/crypto/digest.h"

namespace yinxin::server {
namespace {

// Only good keys come in; more of them than this is no instance we know.
constexpr std::size_t kKeysMax = 4096;

std::string digest_of(const std::string& key) {
    return std::string(as_text(keys::sha256(as_bytes(key))));
}

}  // namespace

void KnownKeys::add(const std::string& key) {
    std::string digest = digest_of(key);
    const std::lock_guard lock(mutex_);
    if (digests_.size() >= kKeysMax && !digests_.contains(digest))
        digests_.clear();
    digests_.insert(std::move(digest));
}

bool KnownKeys::contains(const std::string& key) const {
    const std::string digest = digest_of(key);
    const std::lock_guard lock(mutex_);
    return digests_.contains(digest);
}

}  // namespace yinxin::server
