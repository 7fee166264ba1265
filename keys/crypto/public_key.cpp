// SPDX-License-Identifier: Apache-2.0
#include "keys/crypto/public_key.h"

#include <openssl/core_names.h>
#include <openssl/err.h>

#include <array>

#include "keys/crypto/der_memory.h"
#include "keys/crypto/digest.h"
#include "keys/crypto/ecdsa.h"
#include "keys/crypto/openssl.h"
#include "keys/crypto/sm2.h"

namespace yinxin::keys {
namespace {

constexpr std::size_t kCoordinateBytes = 32;

bool is_p256(const EVP_PKEY* key) {
    std::array<char, 32> group{};
    std::size_t size = 0;
    return EVP_PKEY_get_id(key) == EVP_PKEY_EC &&
           EVP_PKEY_get_group_name(key, group.data(), group.size(), &size) == 1 &&
           std::string_view(group.data(), size) == SN_X9_62_prime256v1;
}

Bytes coordinate(const EVP_PKEY* key, const char* name) {
    BIGNUM* raw = nullptr;
    openssl_check(EVP_PKEY_get_bn_param(key, name, &raw) == 1, "coordinate of a public key");
    const BignumPtr number(raw);
    Bytes bytes(kCoordinateBytes);
    openssl_check(BN_bn2binpad(number.get(), bytes.data(), static_cast<int>(bytes.size())) ==
                      static_cast<int>(bytes.size()),
                  "coordinate of a public key");
    return bytes;
}

EvpPkeyPtr shared(const EvpPkeyPtr& key) {
    openssl_check(EVP_PKEY_up_ref(key.get()) == 1, "public key");
    return EvpPkeyPtr(key.get());
}

/// Null for bytes that are no key, or more than one. Shared with whoever asks again in this thread:
/// OpenSSL takes longer to read a key than to verify with it.
EvpPkeyPtr whole_key(ByteView spki) {
    thread_local DerMemory<EvpPkeyPtr> kept;
    if (const EvpPkeyPtr* known = kept.find(spki)) {
        return shared(*known);
    }
    const unsigned char* at = spki.data();
    EvpPkeyPtr key(d2i_PUBKEY(nullptr, &at, openssl_length(spki.size())));
    ERR_clear_error();
    if (key == nullptr || at != spki.data() + spki.size()) {
        return nullptr;
    }
    return shared(kept.keep(spki, std::move(key)));
}

bool sha256_holds(EVP_PKEY* key, ByteView message, ByteView signature) {
    if (EVP_PKEY_get_id(key) == EVP_PKEY_EC) {
        return verify_ecdsa(key, EVP_sha256(), message, signature);
    }
    const EvpMdCtxPtr context(openssl_required(EVP_MD_CTX_new(), "digest context"));
    const bool good =
        EVP_PKEY_get_id(key) == EVP_PKEY_RSA &&
        EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key) == 1 &&
        EVP_DigestVerify(
            context.get(), signature.data(), signature.size(), message.data(), message.size()) == 1;
    ERR_clear_error();
    return good;
}

}  // namespace

bool verify_sha256(ByteView spki, ByteView message, ByteView signature) {
    const EvpPkeyPtr key = whole_key(spki);
    return key != nullptr && sha256_holds(key.get(), message, signature);
}

bool verify_signature(ByteView spki, ByteView message, ByteView signature) {
    const EvpPkeyPtr key = whole_key(spki);
    return key != nullptr && (is_sm2(key.get()) ? verify_sm2(key.get(), message, signature)
                                                : sha256_holds(key.get(), message, signature));
}

std::optional<PointP256> p256_point(ByteView spki) {
    EvpPkeyPtr key = whole_key(spki);
    if (key == nullptr) {
        key = public_key_from_spki(spki);  // once more, for what is wrong with it
    }
    if (!is_p256(key.get())) {
        return std::nullopt;
    }
    return PointP256{coordinate(key.get(), OSSL_PKEY_PARAM_EC_PUB_X),
                     coordinate(key.get(), OSSL_PKEY_PARAM_EC_PUB_Y)};
}

Bytes short_key_id(ByteView spki) {
    Bytes digest = sha256(spki);
    digest.resize(8);
    return digest;
}

Bytes p256_signature_from_der(ByteView der) {
    const auto signature = from_der<EcdsaSigPtr, d2i_ECDSA_SIG>(der, "ECDSA signature");
    Bytes fixed(2 * kCoordinateBytes);
    const int size = static_cast<int>(kCoordinateBytes);
    if (BN_bn2binpad(ECDSA_SIG_get0_r(signature.get()), fixed.data(), size) != size ||
        BN_bn2binpad(ECDSA_SIG_get0_s(signature.get()), fixed.data() + size, size) != size) {
        throw openssl_error(ErrorCode::Malformed, "ECDSA signature: not of P-256");
    }
    return fixed;
}

}  // namespace yinxin::keys
