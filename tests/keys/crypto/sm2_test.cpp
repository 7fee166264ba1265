// SPDX-License-Identifier: Apache-2.0
#include "keys/crypto/sm2.h"

#include <openssl/core_names.h>
#include <openssl/param_build.h>

#include "keys/crypto/digest.h"
#include "keys/crypto/public_key.h"
#include "tests/support/data.h"
#include "tests/support/expect_error.h"

namespace yinxin::keys {
namespace {

std::string vector(const char* name) {
    static const auto all = tests::domain_vectors("sm2");
    return all.at(name);
}
Bytes published(const char* name) {
    return from_hex(vector(name));
}
Bytes joined(std::initializer_list<Bytes> parts) {
    Bytes all;
    for (const Bytes& part : parts) {
        all.insert(all.end(), part.begin(), part.end());
    }
    return all;
}

Bytes public_point() {
    return joined({{4}, published("xA"), published("yA")});
}
/// id-ecPublicKey on the curve 1.2.156.10197.1.301.
Bytes spki() {
    return joined(
        {from_hex("3059301306072a8648ce3d020106082a811ccf5501822d034200"), public_point()});
}

EvpPkeyPtr private_key() {
    using BuilderPtr = Handle<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free>;
    using ParametersPtr = Handle<OSSL_PARAM, OSSL_PARAM_free>;
    const Bytes d = published("d"), point = public_point();
    const BignumPtr number(BN_bin2bn(d.data(), openssl_length(d.size()), nullptr));
    const BuilderPtr builder(OSSL_PARAM_BLD_new());
    OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "SM2", 0);
    OSSL_PARAM_BLD_push_octet_string(
        builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size());
    OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_PRIV_KEY, number.get());
    const ParametersPtr parameters(OSSL_PARAM_BLD_to_param(builder.get()));
    const EvpPkeyCtxPtr context(EVP_PKEY_CTX_new_from_name(nullptr, "SM2", nullptr));
    EVP_PKEY* key = nullptr;
    openssl_check(
        EVP_PKEY_fromdata_init(context.get()) == 1 &&
            EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_KEYPAIR, parameters.get()) == 1,
        "the published key");
    return EvpPkeyPtr(key);
}

/// GB/T 32918.2, 5.5: over the identifier, the curve's numbers and the public key.
Bytes z_value(std::string_view id) {
    using GroupPtr = Handle<EC_GROUP, EC_GROUP_free>;
    const GroupPtr group(EC_GROUP_new_by_curve_name(NID_sm2));
    const BignumPtr p(BN_new()), a(BN_new()), b(BN_new()), x(BN_new()), y(BN_new());
    EC_GROUP_get_curve(group.get(), p.get(), a.get(), b.get(), nullptr);
    EC_POINT_get_affine_coordinates(
        group.get(), EC_GROUP_get0_generator(group.get()), x.get(), y.get(), nullptr);
    const auto bits = static_cast<std::uint16_t>(id.size() * 8);
    Bytes input{static_cast<std::uint8_t>(bits >> 8), static_cast<std::uint8_t>(bits)};
    input.insert(input.end(), id.begin(), id.end());
    for (const BIGNUM* number : {a.get(), b.get(), x.get(), y.get()}) {
        Bytes bytes(32);
        BN_bn2binpad(number, bytes.data(), 32);
        input.insert(input.end(), bytes.begin(), bytes.end());
    }
    return sm3(joined({input, published("xA"), published("yA")}));
}

/// Whether the signature is of this digest, with no Z in between.
bool is_of_digest(EVP_PKEY* key, ByteView digest, ByteView signature) {
    const EvpPkeyCtxPtr context(EVP_PKEY_CTX_new(key, nullptr));
    return EVP_PKEY_verify_init(context.get()) == 1 &&
           EVP_PKEY_verify(
               context.get(), signature.data(), signature.size(), digest.data(), digest.size()) ==
               1;
}

Bytes sign(EVP_PKEY* key, ByteView message) {
    const EvpMdCtxPtr context = signing_context(key);
    Bytes signature(static_cast<std::size_t>(EVP_PKEY_get_size(key)));
    std::size_t size = signature.size();
    openssl_check(
        EVP_DigestSign(context.get(), signature.data(), &size, message.data(), message.size()) == 1,
        "signing");
    signature.resize(size);
    return signature;
}

TEST(Sm3, AgreesWithGbt32905) {
    const auto known = tests::domain_vectors("sm3");
    std::string long_text;
    for (int i = 0; i < 16; ++i) {
        long_text += "abcd";
    }
    EXPECT_EQ(to_hex(sm3(as_bytes("abc"))), known.at("abc").get<std::string>());
    EXPECT_EQ(to_hex(sm3(as_bytes(long_text))), known.at("abcd*16").get<std::string>());
    EXPECT_EQ(to_hex(sm3({})), known.at("empty").get<std::string>());
}

TEST(Sm3, OfPartsIsThatOfTheWhole) {
    Sm3 digest;
    digest.update(as_bytes("a")).update({}).update(as_bytes("bc"));
    EXPECT_EQ(digest.finish(), sm3(as_bytes("abc")));
    EXPECT_EQ(digest.finish(), sm3({})) << "it starts anew";
}

TEST(Sm2, TheIdentifierIsTheOneOfTheChineseProfiles) {
    EXPECT_EQ(sm2_id, vector("id"));
}

TEST(Sm2, AcceptsThePublishedSignature) {
    const Bytes message = to_bytes(as_bytes(vector("msg")));
    const EvpPkeyPtr key = public_key_from_spki(spki());
    EXPECT_TRUE(verify_sm2(key.get(), message, published("der_sig")));
    EXPECT_TRUE(verify_signature(spki(), message, published("der_sig")));
    EXPECT_FALSE(verify_sm2(key.get(), message, published("der_sig"), ""))
        << "the empty identifier";
    EXPECT_FALSE(verify_sm2(key.get(), as_bytes("message digesT"), published("der_sig")));
    EXPECT_FALSE(verify_sha256(spki(), message, published("der_sig")));
}

TEST(Sm2, RefusesEveryChangedBitOfTheSignature) {
    const EvpPkeyPtr key = public_key_from_spki(spki());
    const Bytes message = to_bytes(as_bytes(vector("msg")));
    for (std::size_t bit = 0; bit < published("der_sig").size() * 8; ++bit) {
        Bytes changed = published("der_sig");
        changed[bit / 8] = static_cast<std::uint8_t>(changed[bit / 8] ^ (1 << bit % 8));
        EXPECT_FALSE(verify_sm2(key.get(), message, changed)) << bit;
    }
}

TEST(Sm2, SignsTheDigestThatStartsWithZ) {
    const Bytes message = to_bytes(as_bytes(vector("msg")));
    const Bytes z = z_value(vector("id"));
    EXPECT_EQ(z, published("ZA"));
    EXPECT_EQ(z_value(""), published("Z_empty_id"));
    const Bytes e = Sm3().update(z).update(message).finish();
    EXPECT_EQ(e, published("e"));

    const EvpPkeyPtr key = private_key();
    EXPECT_TRUE(is_of_digest(key.get(), e, published("der_sig")));
    const Bytes signature = sign(key.get(), message);
    EXPECT_TRUE(is_of_digest(key.get(), e, signature));
    const Bytes other = Sm3().update(published("Z_empty_id")).update(message).finish();
    EXPECT_FALSE(is_of_digest(key.get(), other, signature));
}

TEST(Sm2, AKeyOfAnotherKindVerifiesNothing) {
    const EvpPkeyPtr p256(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
    EXPECT_FALSE(is_sm2(p256.get()));
    const Bytes signature = sign(p256.get(), as_bytes("m"));
    EXPECT_FALSE(verify_sm2(p256.get(), as_bytes("m"), signature));
    EXPECT_TRUE(verify_signature(to_der<i2d_PUBKEY>(p256.get()), as_bytes("m"), signature));
    EXPECT_FALSE(verify_signature({}, as_bytes("m"), signature));
}

}  // namespace
}  // namespace yinxin::keys
