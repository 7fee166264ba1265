// SPDX-License-Identifier: Apache-2.0
#include "keys/crypto/digest.h"

#include <openssl/crypto.h>

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
Digest::Digest(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Digest::~Digest() = default;
Digest::Digest(Digest&&) noexcept = default;
Digest& Digest::operator=(Digest&&) noexcept = default;

Digest Digest::copy() const {
    auto other = std::make_unique<Impl>(Impl{impl_->kind});
    openssl_check(EVP_MD_CTX_copy_ex(other->context.get(), impl_->context.get()) == 1, "digest");
    return Digest(std::move(other));
}

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

/// RFC 2104: what stands before the data and before the inner digest is hashed once.
struct HmacSha256::Impl {
    EvpMdCtxPtr inner = begun(), outer = begun();

    static EvpMdCtxPtr begun() {
        EvpMdCtxPtr context = openssl_required(EvpMdCtxPtr(EVP_MD_CTX_new()), "HMAC-SHA-256");
        openssl_check(EVP_DigestInit_ex(context.get(), kind_sha256(), nullptr) == 1,
                      "HMAC-SHA-256");
        return context;
    }

    static void add(EVP_MD_CTX* context, ByteView data) {
        openssl_check(EVP_DigestUpdate(context, data.data(), data.size()) == 1, "HMAC-SHA-256");
    }

    static Bytes finish(const EvpMdCtxPtr& begun, ByteView data) {
        const auto context = openssl_required(EvpMdCtxPtr(EVP_MD_CTX_new()), "HMAC-SHA-256");
        openssl_check(EVP_MD_CTX_copy_ex(context.get(), begun.get()) == 1, "HMAC-SHA-256");
        add(context.get(), data);
        Bytes digest(sha256_bytes);
        openssl_check(EVP_DigestFinal_ex(context.get(), digest.data(), nullptr) == 1,
                      "HMAC-SHA-256");
        return digest;
    }
};

HmacSha256::HmacSha256(ByteView key) : impl_(std::make_unique<Impl>()) {
    constexpr std::size_t block = 64;
    Bytes pad = key.size() > block ? sha256(key) : to_bytes(key);
    pad.resize(block);
    for (std::uint8_t& byte : pad) byte ^= 0x36;
    Impl::add(impl_->inner.get(), pad);
    for (std::uint8_t& byte : pad) byte ^= 0x36 ^ 0x5c;
    Impl::add(impl_->outer.get(), pad);
    OPENSSL_cleanse(pad.data(), pad.size());
}
HmacSha256::~HmacSha256() = default;
HmacSha256::HmacSha256(HmacSha256&&) noexcept = default;
HmacSha256& HmacSha256::operator=(HmacSha256&&) noexcept = default;

Bytes HmacSha256::of(ByteView data) const {
    return Impl::finish(impl_->outer, Impl::finish(impl_->inner, data));
}

Bytes hmac_sha256(ByteView key, ByteView data) {
    return HmacSha256(key).of(data);
}

}  // namespace yinxin::keys
