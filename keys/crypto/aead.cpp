// SPDX-License-Identifier: Apache-2.0
#include "keys/crypto/aead.h"

#include "common/idle_pool.h"
#include "keys/crypto/openssl.h"

namespace yinxin::keys {
namespace {

constexpr std::size_t key_bytes = 32, nonce_bytes = 12, tag_bytes = 16;

using CipherContextPtr = Handle<EVP_CIPHER_CTX, EVP_CIPHER_CTX_free>;
using Contexts = IdlePool<CipherContextPtr>;

}  // namespace

/// A context that has the key already only takes another nonce.
struct AeadKey::Impl {
    explicit Impl(ByteView given) : key(to_bytes(given)) {}
    ~Impl() { OPENSSL_cleanse(key.data(), key.size()); }

    Contexts::Lease context(Contexts& pool, bool sealing) const {
        return pool.take([&] {
            auto made = openssl_required(CipherContextPtr(EVP_CIPHER_CTX_new()), "AES-GCM");
            openssl_check(
                EVP_CipherInit_ex(
                    made.get(), EVP_aes_256_gcm(), nullptr, key.data(), nullptr, sealing ? 1 : 0) ==
                    1,
                "AES-GCM");
            return made;
        });
    }

    Bytes key;
    mutable Contexts sealing, opening;
};

AeadKey::AeadKey(ByteView key) {
    YINXIN_ASSERT(key.size() == key_bytes);
    impl_ = std::make_unique<Impl>(key);
}
AeadKey::~AeadKey() = default;
AeadKey::AeadKey(AeadKey&&) noexcept = default;
AeadKey& AeadKey::operator=(AeadKey&&) noexcept = default;

Bytes AeadKey::seal(ByteView context, ByteView plain, Random& random) const {
    Bytes sealed = random.bytes(nonce_bytes);
    sealed.resize(nonce_bytes + plain.size() + tag_bytes);
    std::uint8_t* out = sealed.data() + nonce_bytes;
    const auto cipher = impl_->context(impl_->sealing, true);
    int written = 0;
    openssl_check(
        EVP_EncryptInit_ex(cipher.get(), nullptr, nullptr, nullptr, sealed.data()) == 1 &&
            EVP_EncryptUpdate(
                cipher.get(), nullptr, &written, context.data(), openssl_length(context.size())) ==
                1 &&
            EVP_EncryptUpdate(
                cipher.get(), out, &written, plain.data(), openssl_length(plain.size())) == 1 &&
            EVP_EncryptFinal_ex(cipher.get(), out + plain.size(), &written) == 1 &&
            EVP_CIPHER_CTX_ctrl(cipher.get(),
                                EVP_CTRL_GCM_GET_TAG,
                                static_cast<int>(tag_bytes),
                                out + plain.size()) == 1,
        "AES-GCM encryption");
    return sealed;
}

Bytes AeadKey::open(ByteView context, ByteView sealed) const {
    if (sealed.size() < nonce_bytes + tag_bytes) {
        throw Error(ErrorCode::Malformed, "sealed bytes are too short");
    }
    const ByteView body = sealed.subspan(nonce_bytes, sealed.size() - nonce_bytes - tag_bytes);
    Bytes tag = to_bytes(sealed.last(tag_bytes));
    Bytes plain(body.size());
    const auto cipher = impl_->context(impl_->opening, false);
    int written = 0;
    openssl_check(
        EVP_DecryptInit_ex(cipher.get(), nullptr, nullptr, nullptr, sealed.data()) == 1 &&
            EVP_DecryptUpdate(
                cipher.get(), nullptr, &written, context.data(), openssl_length(context.size())) ==
                1 &&
            EVP_DecryptUpdate(
                cipher.get(), plain.data(), &written, body.data(), openssl_length(body.size())) ==
                1 &&
            EVP_CIPHER_CTX_ctrl(
                cipher.get(), EVP_CTRL_GCM_SET_TAG, static_cast<int>(tag_bytes), tag.data()) == 1,
        "AES-GCM decryption");
    std::uint8_t end[16];
    if (EVP_DecryptFinal_ex(cipher.get(), end, &written) != 1) {
        throw Error(ErrorCode::Malformed,
                    "sealed bytes were changed, or are sealed with another key");
    }
    return plain;
}

}  // namespace yinxin::keys
