// SPDX-License-Identifier: Apache-2.0
// What the tables say beside what OpenSSL says of the same.
#include "keys/crypto/key_tables.h"

#include <gtest/gtest.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/param_build.h>

#include <atomic>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

#include "keys/crypto/digest.h"
#include "keys/crypto/ecdsa.h"
#include "keys/crypto/random.h"
#include "keys/crypto/signature_equations.h"
#include "keys/crypto/sm2.h"
#include "tests/support/data.h"

namespace yinxin::keys {
namespace {

using GroupPtr = Handle<EC_GROUP, EC_GROUP_free>;

/// How keys on a curve sign, unless told otherwise.
template <typename Curve>
struct Usual;
template <>
struct Usual<Sm2Curve> {
    static constexpr const char* kind = "SM2";
    static constexpr std::string_view id = sm2_id;
    static const EVP_MD* digest() { return EVP_sm3(); }
};
template <>
struct Usual<P256Curve> {
    static constexpr const char* kind = "EC";
    static constexpr std::string_view id = "";
    static const EVP_MD* digest() { return EVP_sha256(); }
};

struct Signed {
    const EVP_MD* digest;
    std::string id;  // of SM2; "" for none
    Bytes message, signature;
};

bool set_id(EVP_PKEY_CTX* parameters, const std::string& id) {
    return id.empty() ||
           EVP_PKEY_CTX_set1_id(parameters, id.data(), openssl_length(id.size())) == 1;
}

template <typename Curve>
GroupPtr new_group() {
    return GroupPtr(EC_GROUP_new_by_curve_name(Curve::nid));
}

template <typename Curve>
EvpPkeyPtr made_from(const BIGNUM* d) {
    using BuilderPtr = Handle<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free>;
    using ParametersPtr = Handle<OSSL_PARAM, OSSL_PARAM_free>;
    const GroupPtr group = new_group<Curve>();
    const EcPointPtr point(EC_POINT_new(group.get()));
    Bytes encoded(65);
    openssl_check(EC_POINT_mul(group.get(), point.get(), d, nullptr, nullptr, nullptr) == 1 &&
                      EC_POINT_point2oct(group.get(),
                                         point.get(),
                                         POINT_CONVERSION_UNCOMPRESSED,
                                         encoded.data(),
                                         encoded.size(),
                                         nullptr) == encoded.size(),
                  "public key");
    const BuilderPtr builder(OSSL_PARAM_BLD_new());
    OSSL_PARAM_BLD_push_utf8_string(
        builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, OBJ_nid2sn(Curve::nid), 0);
    OSSL_PARAM_BLD_push_octet_string(
        builder.get(), OSSL_PKEY_PARAM_PUB_KEY, encoded.data(), encoded.size());
    OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_PRIV_KEY, d);
    const ParametersPtr parameters(OSSL_PARAM_BLD_to_param(builder.get()));
    const EvpPkeyCtxPtr context(EVP_PKEY_CTX_new_from_name(nullptr, Usual<Curve>::kind, nullptr));
    EVP_PKEY* key = nullptr;
    openssl_check(
        EVP_PKEY_fromdata_init(context.get()) == 1 &&
            EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_KEYPAIR, parameters.get()) == 1,
        "key");
    return EvpPkeyPtr(key);
}

BignumPtr random_below(const BIGNUM* end) {
    BignumPtr number(BN_new());
    openssl_check(BN_rand_range(number.get(), end) == 1 && !BN_is_zero(number.get()), "number");
    return number;
}

template <typename Curve>
struct Pair {
    EvpPkeyPtr secret =
        made_from<Curve>(random_below(EC_GROUP_get0_order(new_group<Curve>().get())).get());
    EvpPkeyPtr open = parsed();

    /// As an instance has it.
    EvpPkeyPtr parsed() const { return public_key_from_spki(to_der<i2d_PUBKEY>(secret.get())); }

    Signed sign(Bytes message,
                std::string id = std::string(Usual<Curve>::id),
                const EVP_MD* digest = Usual<Curve>::digest()) const {
        const EvpMdCtxPtr context(EVP_MD_CTX_new());
        EVP_PKEY_CTX* parameters = nullptr;
        Bytes signature(80);
        std::size_t size = signature.size();
        openssl_check(
            EVP_DigestSignInit(context.get(), &parameters, digest, nullptr, secret.get()) == 1 &&
                set_id(parameters, id) &&
                EVP_DigestSign(
                    context.get(), signature.data(), &size, message.data(), message.size()) == 1,
            "signing");
        signature.resize(size);
        return {digest, std::move(id), std::move(message), std::move(signature)};
    }

    Bytes sign_digest(const Bytes& digest) const {
        const EvpPkeyCtxPtr context(EVP_PKEY_CTX_new(secret.get(), nullptr));
        Bytes signature(80);
        std::size_t size = signature.size();
        openssl_check(
            EVP_PKEY_sign_init(context.get()) == 1 &&
                EVP_PKEY_sign(
                    context.get(), signature.data(), &size, digest.data(), digest.size()) == 1,
            "signing");
        signature.resize(size);
        return signature;
    }

    /// GB/T 32918.2, 5.5
    Bytes z(std::string_view id) const {
        const GroupPtr group = new_group<Curve>();
        const BignumPtr a(BN_new()), b(BN_new()), x(BN_new()), y(BN_new());
        EC_GROUP_get_curve(group.get(), nullptr, a.get(), b.get(), nullptr);
        EC_POINT_get_affine_coordinates(
            group.get(), EC_GROUP_get0_generator(group.get()), x.get(), y.get(), nullptr);
        const std::size_t bits = id.size() * 8;
        Bytes input{static_cast<std::uint8_t>(bits >> 8), static_cast<std::uint8_t>(bits)};
        input.insert(input.end(), id.begin(), id.end());
        for (const BIGNUM* number : {a.get(), b.get(), x.get(), y.get()}) {
            Bytes bytes(32);
            BN_bn2binpad(number, bytes.data(), 32);
            input.insert(input.end(), bytes.begin(), bytes.end());
        }
        const Bytes spki = to_der<i2d_PUBKEY>(open.get());
        input.insert(input.end(), spki.end() - 64, spki.end());
        return sm3(input);
    }
};

bool openssl_says(EVP_PKEY* key, const Signed& what) {
    const EvpMdCtxPtr context(EVP_MD_CTX_new());
    EVP_PKEY_CTX* parameters = nullptr;
    const bool good =
        EVP_DigestVerifyInit(context.get(), &parameters, what.digest, nullptr, key) == 1 &&
        set_id(parameters, what.id) &&
        EVP_DigestVerify(context.get(),
                         what.signature.data(),
                         what.signature.size(),
                         what.message.data(),
                         what.message.size()) == 1;
    ERR_clear_error();
    return good;
}

Bytes digest_of(const EVP_MD* kind, const Bytes& message) {
    Bytes digest(static_cast<std::size_t>(EVP_MD_get_size(kind)));
    EVP_Digest(message.data(), message.size(), digest.data(), nullptr, kind, nullptr);
    return digest;
}

bool equation_holds(KeyTables<Sm2Curve>& tables, EVP_PKEY* key, const Signed& what) {
    return sm2_equation_holds(tables, key, what.message, what.signature, what.id);
}
bool equation_holds(KeyTables<P256Curve>& tables, EVP_PKEY* key, const Signed& what) {
    return ecdsa_equation_holds(tables, key, digest_of(what.digest, what.message), what.signature);
}

template <typename Curve>
bool tables_say(KeyTables<Curve>& tables, EVP_PKEY* key, const Signed& what) {
    const bool good = equation_holds(tables, key, what);
    ERR_clear_error();
    return good;
}

bool both_say(EVP_PKEY* key, const Signed& what) {
    return is_sm2(key) ? verify_sm2(key, what.message, what.signature, what.id)
                       : verify_ecdsa(key, what.digest, what.message, what.signature);
}

template <typename Curve>
void make_tables(KeyTables<Curve>& tables, EVP_PKEY* key) {
    for (unsigned use = 0; use < tables.uses_before; ++use) {
        tables.count(key);
    }
}

BignumPtr copy(const BIGNUM* number) {
    return BignumPtr(BN_dup(number));
}
template <typename Curve>
BignumPtr order() {
    return copy(EC_GROUP_get0_order(new_group<Curve>().get()));
}
BignumPtr sum(const BIGNUM* a, const BIGNUM* b) {
    BignumPtr result(BN_new());
    openssl_check(BN_add(result.get(), a, b) == 1, "sum");
    return result;
}
BignumPtr difference(const BIGNUM* a, const BIGNUM* b) {
    BignumPtr result(BN_new());
    openssl_check(BN_sub(result.get(), a, b) == 1, "difference");
    return result;
}
BignumPtr small(BN_ULONG word) {
    BignumPtr result(BN_new());
    openssl_check(BN_set_word(result.get(), word) == 1, "number");
    return result;
}

struct Numbers {
    BignumPtr r, s;
};
Numbers numbers_of(const Bytes& signature) {
    const auto parsed = from_der<EcdsaSigPtr, d2i_ECDSA_SIG>(signature, "signature");
    return {copy(ECDSA_SIG_get0_r(parsed.get())), copy(ECDSA_SIG_get0_s(parsed.get()))};
}
/// INTEGER, with more zeros in front than it needs.
Bytes integer(const BIGNUM* number, std::size_t more = 0) {
    const auto size = static_cast<std::size_t>(BN_num_bytes(number));
    const std::size_t zeros = BN_num_bits(number) % 8 == 0 ? more + 1 : more;
    Bytes all(2 + zeros + size);
    all[0] = 0x02;
    all[1] = static_cast<std::uint8_t>(zeros + size);
    BN_bn2bin(number, all.data() + 2 + zeros);
    return all;
}
Bytes sequence(const Bytes& first, const Bytes& second, Bytes head = {}) {
    if (head.empty()) {
        head = {0x30, static_cast<std::uint8_t>(first.size() + second.size())};
    }
    head.insert(head.end(), first.begin(), first.end());
    head.insert(head.end(), second.begin(), second.end());
    return head;
}
Bytes encoded(const BIGNUM* r, const BIGNUM* s) {
    return sequence(integer(r), integer(s));
}

/// The same signature in other bytes, and with numbers that mean the same or nothing.
template <typename Curve>
std::vector<Bytes> odd_forms(const Bytes& signature) {
    const Numbers good = numbers_of(signature);
    const BIGNUM *r = good.r.get(), *s = good.s.get();
    const BignumPtr n = order<Curve>(), zero = small(0), one = small(1);
    const BignumPtr n_less_1 = difference(n.get(), one.get());
    const Bytes r_der = integer(r), s_der = integer(s);
    const auto body = static_cast<std::uint8_t>(r_der.size() + s_der.size());
    std::vector<Bytes> all;
    for (const BIGNUM* edge : {zero.get(), one.get(), n_less_1.get(), n.get()}) {
        all.push_back(encoded(edge, s));
        all.push_back(encoded(r, edge));
        all.push_back(encoded(edge, edge));
    }
    all.push_back(encoded(sum(r, n.get()).get(), s));
    all.push_back(encoded(r, sum(s, n.get()).get()));
    all.push_back(encoded(difference(n.get(), r).get(), s));
    all.push_back(encoded(r, difference(n.get(), s).get()));
    all.push_back(encoded(r, difference(n.get(), r).get()));  // t = 0
    all.push_back(encoded(s, r));
    all.push_back(sequence(integer(r, 1), s_der));
    all.push_back(sequence(r_der, integer(s, 1)));
    all.push_back(sequence(r_der, s_der, {0x30, 0x81, body}));
    all.push_back(sequence(r_der, s_der, {0x30, 0x82, 0, body}));
    all.push_back(sequence(r_der, s_der, {0x31, body}));
    all.push_back(sequence(r_der, s_der, {0x30, static_cast<std::uint8_t>(body - 1)}));
    all.push_back(sequence(r_der, s_der, {0x30, static_cast<std::uint8_t>(body + 1)}));
    Bytes indefinite = sequence(r_der, s_der, {0x30, 0x80});
    indefinite.insert(indefinite.end(), {0, 0});
    all.push_back(indefinite);
    Bytes third = sequence(r_der, s_der, {0x30, static_cast<std::uint8_t>(body + 2)});
    third.insert(third.end(), {0x05, 0});
    all.push_back(third);
    Bytes longer = signature;
    longer.push_back(0);
    all.push_back(longer);
    all.emplace_back(signature.begin(), signature.end() - 1);
    all.emplace_back();
    Bytes bare(64);
    BN_bn2binpad(r, bare.data(), 32);
    BN_bn2binpad(s, bare.data() + 32, 32);
    all.push_back(bare);
    Bytes negative = encoded(r, s);
    negative[4] = static_cast<std::uint8_t>(negative[4] ^ 0x80);
    all.push_back(negative);
    return all;
}

/// Compares what OpenSSL, the tables alone and both together say, and counts the good ones.
template <typename Curve>
class KeyTablesBesideOpenssl : public testing::Test {
  protected:
    void compare(EVP_PKEY* key, const Signed& what) {
        const bool expected = openssl_says(key, what);
        good += expected ? 1 : 0;
        EXPECT_EQ(tables_say(tables, key, what), expected) << to_hex(what.signature);
        EXPECT_EQ(both_say(key, what), expected) << to_hex(what.signature);
    }

    KeyTables<Curve> tables;
    OpenSslRandom random;
    int good = 0;
};
using Curves = testing::Types<Sm2Curve, P256Curve>;
TYPED_TEST_SUITE(KeyTablesBesideOpenssl, Curves);

TYPED_TEST(KeyTablesBesideOpenssl, SayTheSameOfSignaturesAndOfThoseWithAChangedBit) {
    constexpr int kEach = 300;
    for (int count = 0; count < 4; ++count) {
        const Pair<TypeParam> pair;
        make_tables(this->tables, pair.open.get());
        for (int i = 0; i < kEach; ++i) {
            const auto size = static_cast<std::size_t>(i);
            Signed what = pair.sign(this->random.bytes(size));
            this->compare(pair.open.get(), what);
            std::uint8_t& byte = what.signature[size % what.signature.size()];
            byte = static_cast<std::uint8_t>(byte ^ 1 << i % 8);
            this->compare(pair.open.get(), what);
        }
    }
    EXPECT_EQ(this->good, 4 * kEach);
}

TYPED_TEST(KeyTablesBesideOpenssl, SayTheSameOfKeysAtBothEnds) {
    const BignumPtr one = small(1), two = small(2), n = order<TypeParam>();
    const BignumPtr last = difference(n.get(), two.get());  // GB/T 32918.2, 6.1: below n - 1
    for (const BIGNUM* d : {one.get(), two.get(), last.get()}) {
        const Pair<TypeParam> pair{made_from<TypeParam>(d)};
        make_tables(this->tables, pair.open.get());
        for (std::size_t i = 0; i < 50; ++i) {
            this->compare(pair.open.get(), pair.sign(this->random.bytes(i)));
        }
    }
    EXPECT_EQ(this->good, 3 * 50);
}

TYPED_TEST(KeyTablesBesideOpenssl, SayTheSameOfOddNumbersAndEncodings) {
    constexpr int kEach = 10;
    const Pair<TypeParam> pair;
    make_tables(this->tables, pair.open.get());
    for (int count = 0; count < kEach; ++count) {
        Signed what = pair.sign(this->random.bytes(100));
        this->compare(pair.open.get(), what);
        for (Bytes& form : odd_forms<TypeParam>(what.signature)) {
            what.signature = std::move(form);
            this->compare(pair.open.get(), what);
        }
    }
    constexpr bool kEcdsa = std::is_same_v<TypeParam, P256Curve>;  // to which n - s is as good as s
    EXPECT_EQ(this->good, kEcdsa ? 2 * kEach : kEach);
}

TYPED_TEST(KeyTablesBesideOpenssl, SayTheSameOfOtherMessagesAndKeys) {
    const Pair<TypeParam> pair, other;
    make_tables(this->tables, pair.open.get());
    make_tables(this->tables, other.open.get());
    Signed what = pair.sign(this->random.bytes(100));
    this->compare(other.open.get(), what);
    what.message.push_back(0);
    this->compare(pair.open.get(), what);
    what.message.resize(99);
    this->compare(pair.open.get(), what);
    what.message.clear();
    this->compare(pair.open.get(), what);
    EXPECT_EQ(this->good, 0);
}

using Sm2TablesBesideOpenssl = KeyTablesBesideOpenssl<Sm2Curve>;

TEST_F(Sm2TablesBesideOpenssl, SayTheSameOfOtherIdentifiers) {
    const Pair<Sm2Curve> pair;
    make_tables(tables, pair.open.get());
    Signed what = pair.sign(random.bytes(100));
    for (const char* id : {"", "1", "1234567812345679", "12345678123456780"}) {
        what.id = id;
        compare(pair.open.get(), what);
    }
    EXPECT_EQ(good, 0);
    compare(pair.open.get(), pair.sign(random.bytes(100), ""));
    compare(pair.open.get(), pair.sign(random.bytes(100), "1"));
    EXPECT_EQ(good, 2);
}

TEST_F(Sm2TablesBesideOpenssl, SayTheSameOfTheLongestIdentifierAndOfALongerOne) {
    const Pair<Sm2Curve> pair;
    make_tables(tables, pair.open.get());
    Signed what = pair.sign({1}, std::string(8190, 'i'));
    compare(pair.open.get(), what);
    EXPECT_EQ(good, 1);
    // Right by the standard, whose ENTL has room for it.
    what.id = std::string(8191, 'i');
    what.signature = pair.sign_digest(Sm3().update(pair.z(what.id)).update(what.message).finish());
    compare(pair.open.get(), what);
    EXPECT_EQ(good, 1);
    what.id = std::string(8190, 'i');
    what.signature = pair.sign_digest(Sm3().update(pair.z(what.id)).update(what.message).finish());
    compare(pair.open.get(), what);
    EXPECT_EQ(good, 2) << "signed in the same way";
}

TEST_F(Sm2TablesBesideOpenssl, SayTheSameOfThePublishedSignature) {
    const auto known = tests::domain_vectors("sm2");
    const Bytes d = from_hex(known.at("d").get<std::string>());
    const Pair<Sm2Curve> pair{made_from<Sm2Curve>(
        BignumPtr(BN_bin2bn(d.data(), openssl_length(d.size()), nullptr)).get())};
    make_tables(tables, pair.open.get());
    Signed what{EVP_sm3(),
                known.at("id"),
                to_bytes(as_bytes(known.at("msg").get<std::string>())),
                from_hex(known.at("der_sig").get<std::string>())};
    compare(pair.open.get(), what);
    EXPECT_EQ(good, 1);
    for (std::size_t bit = 0; bit < what.signature.size() * 8; ++bit) {
        Signed changed = what;
        std::uint8_t& byte = changed.signature[bit / 8];
        byte = static_cast<std::uint8_t>(byte ^ 1 << bit % 8);
        compare(pair.open.get(), changed);
    }
    EXPECT_EQ(good, 1);
}

using EcdsaTablesBesideOpenssl = KeyTablesBesideOpenssl<P256Curve>;

TEST_F(EcdsaTablesBesideOpenssl, SayTheSameOfLongerDigests) {
    const Pair<P256Curve> pair;
    make_tables(tables, pair.open.get());
    for (const EVP_MD* digest : {EVP_sha384(), EVP_sha512()}) {
        for (std::size_t i = 0; i < 50; ++i) {
            Signed what = pair.sign(random.bytes(i), "", digest);
            compare(pair.open.get(), what);
            what.message.push_back(0);
            compare(pair.open.get(), what);
            what.message.pop_back();
            what.digest = EVP_sha256();
            compare(pair.open.get(), what);
        }
    }
    EXPECT_EQ(good, 2 * 50);
}

/// A signature by the key `d` that is checked with the factors u and v of the base point and the
/// key, and the digest that it is of.
struct Chosen {
    Bytes digest, signature;
};
Chosen chosen(const BIGNUM* d, const BIGNUM* u, const BIGNUM* v) {
    const GroupPtr group = new_group<P256Curve>();
    const BnCtxPtr context(BN_CTX_new());
    const BignumPtr n = order<P256Curve>(), k(BN_new()), r(BN_new()), s(BN_new()), e(BN_new());
    const EcPointPtr point(EC_POINT_new(group.get()));
    BN_mod_mul(k.get(), d, v, n.get(), context.get());
    BN_mod_add(k.get(), k.get(), u, n.get(), context.get());
    EC_POINT_mul(group.get(), point.get(), k.get(), nullptr, nullptr, context.get());
    EC_POINT_get_affine_coordinates(group.get(), point.get(), r.get(), nullptr, context.get());
    BN_mod_inverse(s.get(), v, n.get(), context.get());
    BN_mod_mul(s.get(), s.get(), r.get(), n.get(), context.get());
    BN_mod_mul(e.get(), s.get(), u, n.get(), context.get());
    Bytes digest(32);
    BN_bn2binpad(e.get(), digest.data(), 32);
    return {digest, encoded(r.get(), s.get())};
}

bool openssl_says_of(EVP_PKEY* key, const Chosen& what) {
    const EvpPkeyCtxPtr context(EVP_PKEY_CTX_new(key, nullptr));
    return EVP_PKEY_verify_init(context.get()) == 1 && EVP_PKEY_verify(context.get(),
                                                                       what.signature.data(),
                                                                       what.signature.size(),
                                                                       what.digest.data(),
                                                                       what.digest.size()) == 1;
}

TEST_F(EcdsaTablesBesideOpenssl, LeaveToOpensslWhatTheyCannotAdd) {
    const BignumPtr zero = small(0), two = small(2), three = small(3), n = order<P256Curve>();
    const BignumPtr opposite = difference(n.get(), three.get());
    const Pair<P256Curve> pair{made_from<P256Curve>(three.get())};
    EVP_PKEY* key = pair.open.get();
    make_tables(tables, key);
    const auto say = [&](const BIGNUM* u, const BIGNUM* v) {
        const Chosen what = chosen(three.get(), u, v);
        EXPECT_TRUE(openssl_says_of(key, what));
        return ecdsa_equation_holds(tables, key, what.digest, what.signature);
    };
    const BignumPtr one = small(1);
    EXPECT_TRUE(say(two.get(), one.get()));
    EXPECT_TRUE(say(two.get(), two.get()));
    EXPECT_FALSE(say(three.get(), one.get())) << "the key's point to itself";
    EXPECT_FALSE(say(zero.get(), one.get())) << "a digest of zeros";
    // To its opposite, and then the next digit.
    EXPECT_FALSE(say(opposite.get(), small(257).get()));
    EXPECT_TRUE(say(opposite.get(), small(258).get()));
}

TEST_F(EcdsaTablesBesideOpenssl, SayTheSameOfDigestsAtBothEnds) {
    const Pair<P256Curve> pair;
    make_tables(tables, pair.open.get());
    for (const Bytes& digest : {Bytes(32, 0xff), Bytes(64, 0xff), Bytes(20, 0x01), Bytes(1, 1)}) {
        const Bytes signature = pair.sign_digest(digest);
        EXPECT_TRUE(ecdsa_equation_holds(tables, pair.open.get(), digest, signature));
        Bytes other = digest;
        other.front() ^= 2;
        EXPECT_FALSE(ecdsa_equation_holds(tables, pair.open.get(), other, signature));
    }
}

TEST(EcdsaTables, AreOfP256Only) {
    for (const char* curve : {"secp256k1", "brainpoolP256r1", "P-384"}) {
        const EvpPkeyPtr key(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", curve));
        KeyTables<P256Curve> tables;
        make_tables(tables, key.get());
        EXPECT_EQ(tables.size(), 0u) << curve;
    }
}

TEST(EcdsaTables, AreNotAskedAboutOtherDigests) {
    const Pair<P256Curve> pair;
    auto& tables = KeyTables<P256Curve>::of_process();
    const std::size_t before = tables.size();
    for (const EVP_MD* digest : {EVP_sha1(), EVP_sha224(), EVP_sha3_256()}) {
        const Signed what = pair.sign({1}, "", digest);
        for (unsigned use = 0; use < 2 * tables.uses_before; ++use) {
            EXPECT_TRUE(both_say(pair.open.get(), what));
        }
    }
    EXPECT_EQ(tables.size(), before);
}

template <typename Curve>
class KeyTablesOf : public testing::Test {};
TYPED_TEST_SUITE(KeyTablesOf, Curves);

TYPED_TEST(KeyTablesOf, AreMadeWhenAKeyHasComeAgain) {
    KeyTables<TypeParam> tables;
    const Pair<TypeParam> pair, stranger;
    const Signed what = pair.sign({1, 2, 3});
    for (unsigned use = 1; use < KeyTables<TypeParam>::uses_before; ++use) {
        tables.count(pair.parsed().get());
        EXPECT_FALSE(tables_say(tables, pair.open.get(), what)) << use;
    }
    tables.count(stranger.open.get());
    EXPECT_EQ(tables.size(), 0u);
    tables.count(pair.parsed().get());
    EXPECT_EQ(tables.size(), 1u);
    EXPECT_TRUE(tables_say(tables, pair.open.get(), what));
    EXPECT_TRUE(tables_say(tables, pair.parsed().get(), what)) << "the same point elsewhere";
    EXPECT_FALSE(tables_say(tables, stranger.open.get(), what));
    make_tables(tables, pair.open.get());
    EXPECT_EQ(tables.size(), 1u);
}

TYPED_TEST(KeyTablesOf, AreMadeOfGoodSignaturesOnly) {
    auto& tables = KeyTables<TypeParam>::of_process();
    const Pair<TypeParam> pair;
    const Signed what = pair.sign({1, 2, 3});
    Signed wrong = what;
    wrong.message.push_back(4);
    for (unsigned use = 1; use < KeyTables<TypeParam>::uses_before; ++use) {
        EXPECT_TRUE(both_say(pair.open.get(), what));
    }
    for (int i = 0; i < 3; ++i) {
        EXPECT_FALSE(both_say(pair.open.get(), wrong));
    }
    EXPECT_FALSE(tables_say(tables, pair.open.get(), what));
    EXPECT_TRUE(both_say(pair.open.get(), what));
    EXPECT_TRUE(tables_say(tables, pair.open.get(), what));
    EXPECT_TRUE(both_say(pair.open.get(), what));
    EXPECT_FALSE(both_say(pair.open.get(), wrong));
}

TYPED_TEST(KeyTablesOf, OfTheKeyNotAskedAboutForLongestMakeRoom) {
    KeyTables<TypeParam> tables;
    std::vector<Pair<TypeParam>> pairs(KeyTables<TypeParam>::keys_max + 1);
    const auto has = [&](const Pair<TypeParam>& pair) {
        return tables_say(tables, pair.open.get(), pair.sign({1}));
    };
    for (std::size_t i = 0; i < KeyTables<TypeParam>::keys_max; ++i) {
        make_tables(tables, pairs[i].open.get());
        EXPECT_EQ(tables.size(), i + 1);
    }
    EXPECT_TRUE(has(pairs[0]));
    make_tables(tables, pairs.back().open.get());
    EXPECT_EQ(tables.size(), KeyTables<TypeParam>::keys_max);
    EXPECT_FALSE(has(pairs[1]));
    EXPECT_TRUE(has(pairs[0]));
    EXPECT_TRUE(has(pairs[2]));
    EXPECT_TRUE(has(pairs.back()));
    make_tables(tables, pairs[1].open.get());
    EXPECT_TRUE(has(pairs[1]));
}

TYPED_TEST(KeyTablesOf, AreNotLostToManyStrangers) {
    KeyTables<TypeParam> tables;
    const Pair<TypeParam> pair;
    make_tables(tables, pair.open.get());
    const std::vector<Pair<TypeParam>> strangers(3 * KeyTables<TypeParam>::keys_max);
    for (unsigned use = 0; use < KeyTables<TypeParam>::uses_before; ++use) {
        for (const Pair<TypeParam>& stranger : strangers) {
            tables.count(stranger.open.get());
        }
    }
    EXPECT_EQ(tables.size(), 1u) << "no more strangers are remembered than there may be tables";
    EXPECT_TRUE(tables_say(tables, pair.open.get(), pair.sign({1})));
}

TYPED_TEST(KeyTablesOf, AreNotMadeOfOtherKeys) {
    KeyTables<TypeParam> tables;
    using Other = std::conditional_t<std::is_same_v<TypeParam, P256Curve>, Sm2Curve, P256Curve>;
    const Pair<Other> other;
    const EvpPkeyPtr rsa(EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{2048}));
    make_tables(tables, other.open.get());
    make_tables(tables, rsa.get());
    EXPECT_EQ(tables.size(), 0u);
}

TYPED_TEST(KeyTablesOf, LeaveAKeyInTheShortFormToOpenssl) {
    const Pair<TypeParam> pair;
    Bytes spki = to_der<i2d_PUBKEY>(pair.secret.get());
    const std::size_t point = spki.size() - 65;
    spki[point] = static_cast<std::uint8_t>(2 + spki.back() % 2);
    spki.resize(point + 33);
    for (const std::size_t length : {std::size_t{1}, point - 2}) {
        spki[length] = static_cast<std::uint8_t>(spki[length] - 32);
    }
    const EvpPkeyPtr key = public_key_from_spki(spki);
    const Signed what = pair.sign({1});
    for (unsigned use = 0; use < 2 * KeyTables<TypeParam>::uses_before; ++use) {
        EXPECT_TRUE(both_say(key.get(), what));
    }
    EXPECT_FALSE(tables_say(KeyTables<TypeParam>::of_process(), key.get(), what));
}

TYPED_TEST(KeyTablesOf, ServeThreadsAtOnce) {
    KeyTables<TypeParam> tables;
    // More keys than are kept, so that tables go while they are used.
    const std::vector<Pair<TypeParam>> pairs(KeyTables<TypeParam>::keys_max + 2);
    std::vector<Signed> good, wrong;
    for (const Pair<TypeParam>& pair : pairs) {
        good.push_back(pair.sign({1, 2, 3}));
        wrong.push_back(good.back());
        wrong.back().message[0] ^= 1;
    }
    std::atomic<int> yes = 0, mistakes = 0;
    {
        std::vector<std::jthread> threads;
        for (std::size_t thread = 0; thread < 4; ++thread) {
            threads.emplace_back([&, thread] {
                for (std::size_t turn = 0; turn < 20 * pairs.size(); ++turn) {
                    // Each stays with a key for a while.
                    const std::size_t i = (turn / 20 + thread) % pairs.size();
                    EVP_PKEY* key = pairs[i].open.get();
                    mistakes += tables_say(tables, key, wrong[i]) ? 1 : 0;
                    yes += tables_say(tables, key, good[i]) ? 1 : 0;
                    tables.count(key);
                    mistakes += both_say(key, good[i]) ? 0 : 1;
                }
            });
        }
    }
    EXPECT_EQ(mistakes, 0);
    EXPECT_GT(yes, 0);
    EXPECT_EQ(tables.size(), KeyTables<TypeParam>::keys_max);
}

}  // namespace
}  // namespace yinxin::keys
