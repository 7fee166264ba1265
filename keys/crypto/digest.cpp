// SPDX-License-Identifier: Apache-2.0
#include "keys/crypto/digest.h"

#include <openssl/hmac.h>

#include "keys/crypto/openssl.h"

namespace yinxin::keys {

namespace {

/// Fetched once (OpenSSL looks a name up for longer than it hashes 200 bytes), kept to the end.
const EVP_MD* fetched(const char* name) {
    const EVP_MD* found = EVP_MD_fetch(nullptr, name, nullptr);
    openssl_check(found != nullptr, name);
    return found;
}

const EVP_MD* kind_sha256() {
    static const EVP_MD* const kind = fetched("SHA256");
    return kind;
}

const EVP_MD* kind_sm3() {
    static const EVP_MD* const kind = fetched("SM3");
    return kind;
}

}  // namespace

struct Digest::Impl {
    const EVP_MD* kind;
    EvpMdCtxPtr context{openssl_required(EVP_MD_CTX_new(), "digest context")};
    void start() { openssl_check(EVP_DigestInit_ex(context.get(), kind, nullptr) == 1, "digest"); }
};

Digest::Digest(Kind kind)
    : impl_(std::make_unique<Impl>(Impl{kind == Kind::Sm3 ? kind_sm3() : kind_sha256()})) {
    impl_->start();
}
Digest::~Digest() = default;
Digest::Digest(Digest&&) noexcept = default;
Digest& Digest::operator=(Digest&&) noexcept = default;

Digest& Digest::update(ByteView part) {
    openssl_check(EVP_DigestUpdate(impl_->context.get(), part.data(), part.size()) == 1, "digest");
    return *this;
}

Bytes Digest::finish() {
    Bytes digest(static_cast<std::size_t>(EVP_MD_get_size(impl_->kind)));
    openssl_check(EVP_DigestFinal_ex(impl_->context.get(), digest.data(), nullptr) == 1, "digest");
    impl_->start();
    return digest;
}

Bytes sha256(ByteView data) {
    Bytes digest(sha256_bytes);
    openssl_check(
        EVP_Digest(data.data(), data.size(), digest.data(), nullptr, kind_sha256(), nullptr) == 1,
        "digest");
    return digest;
}

Bytes sm3(ByteView data) {
    return Sm3().update(data).finish();
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
