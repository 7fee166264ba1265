// SPDX-License-Identifier: Apache-2.0
#include "keys/crypto/digest.h"

#include <openssl/hmac.h>
#include <openssl/sha.h>

#include "keys/crypto/openssl.h"

namespace yinxin::keys {

struct Sha256::Impl {
    EvpMdCtxPtr context{openssl_required(EVP_MD_CTX_new(), "digest context")};
    void start() {
        openssl_check(EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) == 1, "SHA-256");
    }
};

Sha256::Sha256() : impl_(std::make_unique<Impl>()) {
    impl_->start();
}
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

Sha256& Sha256::update(ByteView part) {
    openssl_check(EVP_DigestUpdate(impl_->context.get(), part.data(), part.size()) == 1, "SHA-256");
    return *this;
}

Bytes Sha256::finish() {
    Bytes digest(sha256_bytes);
    openssl_check(EVP_DigestFinal_ex(impl_->context.get(), digest.data(), nullptr) == 1, "SHA-256");
    impl_->start();
    return digest;
}

Bytes sha256(ByteView data) {
    Bytes digest(sha256_bytes);
    SHA256(data.data(), data.size(), digest.data());
    return digest;
}

Bytes hmac_sha256(ByteView key, ByteView data) {
    // A null key would make OpenSSL reuse an earlier one.
    static constexpr std::uint8_t kEmpty = 0;
    Bytes code(sha256_bytes);
    unsigned int size = 0;
    openssl_check(HMAC(EVP_sha256(),
                       key.empty() ? &kEmpty : key.data(),
                       openssl_length(key.size()),
                       data.data(),
                       data.size(),
                       code.data(),
                       &size) != nullptr &&
                      size == code.size(),
                  "HMAC-SHA-256");
    return code;
}

}  // namespace yinxin::keys
