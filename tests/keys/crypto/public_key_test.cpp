// SPDX-License-Identifier: Apache-2.0
#include "keys/crypto/public_key.h"

#include <vector>

#include "keys/crypto/digest.h"
#include "keys/crypto/openssl.h"
#include "keys/crypto/sm2.h"
#include "tests/support/expect_error.h"

namespace yinxin::keys {
namespace {

// RFC 6979, A.2.5: the P-256 key, and its signature of "sample" with SHA-256.
constexpr const char* kX = "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6";
constexpr const char* kY = "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299";
constexpr const char* kR = "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716";
constexpr const char* kS = "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8";

Bytes spki() {
    return from_hex(std::string("3059301306072a8648ce3d020106082a8648ce3d03010703420004") + kX +
                    kY);
}
Bytes signature() {
    return from_hex(std::string("3046022100") + kR + "022100" + kS);
}

TEST(VerifySha256, AcceptsThePublishedSignature) {
    EXPECT_TRUE(verify_sha256(spki(), as_bytes("sample"), signature()));
}

TEST(VerifySha256, RefusesEveryChangedBitOfTheSignature) {
    for (std::size_t bit = 0; bit < signature().size() * 8; ++bit) {
        Bytes changed = signature();
        changed[bit / 8] = static_cast<std::uint8_t>(changed[bit / 8] ^ (1 << bit % 8));
        EXPECT_FALSE(verify_sha256(spki(), as_bytes("sample"), changed)) << bit;
    }
}

TEST(VerifySha256, IsFalseForOtherMessagesAndForBytesThatAreNoKey) {
    EXPECT_FALSE(verify_sha256(spki(), as_bytes("sampl"), signature()));
    EXPECT_FALSE(verify_sha256(spki(), {}, signature()));
    EXPECT_FALSE(verify_sha256(spki(), as_bytes("sample"), {}));
    EXPECT_FALSE(verify_sha256({}, as_bytes("sample"), signature()));
    Bytes longer = spki();
    longer.push_back(0);
    EXPECT_FALSE(verify_sha256(longer, as_bytes("sample"), signature()));
    // RFC 8410, 10.1: an Ed25519 key
    const Bytes ed25519 = from_hex(
        "302a300506032b657003210019bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c38ad703166e1");
    EXPECT_FALSE(verify_sha256(ed25519, as_bytes("sample"), signature()));
}

TEST(VerifySha256, TellsManyKeysApart) {
    constexpr std::size_t kKeys = 100;  // more than are remembered
    std::vector<Bytes> keys, signatures;
    for (std::size_t i = 0; i < kKeys; ++i) {
        const EvpPkeyPtr key(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
        const EvpMdCtxPtr context = signing_context(key.get());
        Bytes made(80);
        std::size_t size = made.size();
        ASSERT_EQ(EVP_DigestSign(context.get(), made.data(), &size, made.data(), 0), 1);
        made.resize(size);
        keys.push_back(to_der<i2d_PUBKEY>(key.get()));
        signatures.push_back(made);
    }
    for (int turn = 0; turn < 2; ++turn) {
        for (std::size_t i = 0; i < kKeys; ++i) {
            EXPECT_TRUE(verify_sha256(keys[i], {}, signatures[i]));
            EXPECT_FALSE(verify_sha256(keys[i], {}, signatures[(i + 1) % kKeys]));
        }
    }
}

TEST(P256Point, IsThatOfTheKey) {
    const auto point = p256_point(spki());
    ASSERT_TRUE(point.has_value());
    EXPECT_EQ(to_hex(point->x), kX);
    EXPECT_EQ(to_hex(point->y), kY);
}

TEST(P256Point, IsNoneForAnotherKeyAndMalformedForNone) {
    const Bytes ed25519 = from_hex(
        "302a300506032b657003210019bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c38ad703166e1");
    EXPECT_FALSE(p256_point(ed25519).has_value());
    EXPECT_ERROR(p256_point(as_bytes("no key")), Malformed, "public key");
}

TEST(ShortKeyId, IsTheBeginningOfTheDigest) {
    const Bytes digest = sha256(spki());
    EXPECT_EQ(short_key_id(spki()), Bytes(digest.begin(), digest.begin() + 8));
}

TEST(P256Signature, FromDerHasFixedWidth) {
    EXPECT_EQ(to_hex(p256_signature_from_der(signature())), std::string(kR) + kS);
    const Bytes small =
        p256_signature_from_der(Bytes{0x30, 0x06, 0x02, 0x01, 0x01, 0x02, 0x01, 0x02});
    EXPECT_EQ(to_hex(small), std::string(62, '0') + "01" + std::string(62, '0') + "02");
}

TEST(P256Signature, RefusesNumbersWiderThanTheCurve) {
    const Bytes wide = from_hex("3026022101" + std::string(64, '0') + "020101");
    EXPECT_ERROR(p256_signature_from_der(wide), Malformed, "P-256");
    EXPECT_ERROR(p256_signature_from_der(as_bytes("0")), Malformed, "ECDSA");
}

}  // namespace
}  // namespace yinxin::keys
