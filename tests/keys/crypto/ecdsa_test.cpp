// SPDX-License-Identifier: Apache-2.0
#include "keys/crypto/ecdsa.h"

#include <gtest/gtest.h>

#include "keys/crypto/sm2.h"

namespace yinxin::keys {
namespace {

Bytes signed_by(EVP_PKEY* key, const EVP_MD* digest, ByteView message) {
    const EvpMdCtxPtr context(EVP_MD_CTX_new());
    std::size_t size = 600;
    Bytes signature(size);
    openssl_check(
        EVP_DigestSignInit(context.get(), nullptr, digest, nullptr, key) == 1 &&
            EVP_DigestSign(
                context.get(), signature.data(), &size, message.data(), message.size()) == 1,
        "signing");
    signature.resize(size);
    return signature;
}

TEST(Ecdsa, IsOfEveryCurveAndDigestThatOpensslKnows) {
    for (const char* curve : {"P-224", "P-256", "P-384", "P-521", "brainpoolP256r1"}) {
        const EvpPkeyPtr key(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", curve));
        for (const EVP_MD* digest : {EVP_sha1(), EVP_sha256(), EVP_sha512(), EVP_sha3_384()}) {
            const Bytes signature = signed_by(key.get(), digest, as_bytes("m"));
            // So often that keys on P-256 get tables.
            for (int use = 0; use < 20; ++use) {
                EXPECT_TRUE(verify_ecdsa(key.get(), digest, as_bytes("m"), signature)) << curve;
                EXPECT_FALSE(verify_ecdsa(key.get(), digest, as_bytes("n"), signature)) << curve;
                EXPECT_FALSE(verify_ecdsa(key.get(), digest, as_bytes("m"), {})) << curve;
            }
        }
    }
}

TEST(Ecdsa, IsNotOfKeysOfAnotherKind) {
    for (const EvpPkeyPtr& key :
         {EvpPkeyPtr(EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{2048})),
          EvpPkeyPtr(EVP_PKEY_Q_keygen(nullptr, nullptr, "SM2"))}) {
        const EVP_MD* digest = is_sm2(key.get()) ? EVP_sm3() : EVP_sha256();
        const Bytes signature = signed_by(key.get(), digest, as_bytes("m"));
        EXPECT_FALSE(verify_ecdsa(key.get(), digest, as_bytes("m"), signature));
    }
}

}  // namespace
}  // namespace yinxin::keys
