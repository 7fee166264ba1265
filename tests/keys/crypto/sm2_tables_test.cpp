// SPDX-License-Identifier: Apache-2.0
// What the tables say beside what OpenSSL says of the same.
#include "keys/crypto/sm2_tables.h"

#include <gtest/gtest.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/param_build.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "keys/crypto/digest.h"
#include "keys/crypto/openssl.h"
#include "keys/crypto/random.h"
#include "keys/crypto/sm2.h"
#include "tests/support/data.h"

namespace yinxin::keys {
namespace {

struct Signed {
    std::string id;
    Bytes message, signature;
};

using GroupPtr = Handle<EC_GROUP, EC_GROUP_free>;

EvpPkeyPtr made_from(const BIGNUM* d) {
    using BuilderPtr = Handle<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free>;
    using ParametersPtr = Handle<OSSL_PARAM, OSSL_PARAM_free>;
    using PointPtr = Handle<EC_POINT, EC_POINT_free>;
    const GroupPtr group(EC_GROUP_new_by_curve_name(NID_sm2));
    const PointPtr point(EC_POINT_new(group.get()));
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
    OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "SM2", 0);
    OSSL_PARAM_BLD_push_octet_string(
        builder.get(), OSSL_PKEY_PARAM_PUB_KEY, encoded.data(), encoded.size());
    OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_PRIV_KEY, d);
    const ParametersPtr parameters(OSSL_PARAM_BLD_to_param(builder.get()));
    const EvpPkeyCtxPtr context(EVP_PKEY_CTX_new_from_name(nullptr, "SM2", nullptr));
    EVP_PKEY* key = nullptr;
    openssl_check(
        EVP_PKEY_fromdata_init(context.get()) == 1 &&
            EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_KEYPAIR, parameters.get()) == 1,
        "key");
    return EvpPkeyPtr(key);
}

struct Pair {
    EvpPkeyPtr secret{EVP_PKEY_Q_keygen(nullptr, nullptr, "SM2")};
    EvpPkeyPtr open = parsed();

    /// As an instance has it.
    EvpPkeyPtr parsed() const { return public_key_from_spki(to_der<i2d_PUBKEY>(secret.get())); }

    Signed sign(Bytes message, std::string id = std::string(sm2_id)) const {
        const EvpMdCtxPtr context(EVP_MD_CTX_new());
        EVP_PKEY_CTX* parameters = nullptr;
        Bytes signature(80);
        std::size_t size = signature.size();
        openssl_check(
            EVP_DigestSignInit(context.get(), &parameters, EVP_sm3(), nullptr, secret.get()) == 1 &&
                (id.empty() ||
                 EVP_PKEY_CTX_set1_id(parameters, id.data(), openssl_length(id.size())) == 1) &&
                EVP_DigestSign(
                    context.get(), signature.data(), &size, message.data(), message.size()) == 1,
            "signing");
        signature.resize(size);
        return {std::move(id), std::move(message), std::move(signature)};
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
        const GroupPtr group(EC_GROUP_new_by_curve_name(NID_sm2));
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
    const int length = openssl_length(what.id.size());
    const bool good =
        EVP_DigestVerifyInit(context.get(), &parameters, EVP_sm3(), nullptr, key) == 1 &&
        (what.id.empty() || EVP_PKEY_CTX_set1_id(parameters, what.id.data(), length) == 1) &&
        EVP_DigestVerify(context.get(),
                         what.signature.data(),
                         what.signature.size(),
                         what.message.data(),
                         what.message.size()) == 1;
    ERR_clear_error();
    return good;
}

bool tables_say(Sm2Tables& tables, EVP_PKEY* key, const Signed& what) {
    const bool good = tables.hold(key, what.message, what.signature, what.id);
    ERR_clear_error();
    return good;
}

bool both_say(EVP_PKEY* key, const Signed& what) {
    return verify_sm2(key, what.message, what.signature, what.id);
}

void make_tables(Sm2Tables& tables, const EVP_PKEY* key) {
    for (unsigned use = 0; use < Sm2Tables::uses_before; ++use) {
        tables.count(key);
    }
}

BignumPtr copy(const BIGNUM* number) {
    return BignumPtr(BN_dup(number));
}
BignumPtr order() {
    const GroupPtr group(EC_GROUP_new_by_curve_name(NID_sm2));
    return copy(EC_GROUP_get0_order(group.get()));
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
std::vector<Bytes> odd_forms(const Bytes& signature) {
    const Numbers good = numbers_of(signature);
    const BIGNUM *r = good.r.get(), *s = good.s.get();
    const BignumPtr n = order(), zero = small(0), one = small(1);
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
class Sm2TablesBesideOpenssl : public testing::Test {
  protected:
    void compare(EVP_PKEY* key, const Signed& what) {
        const bool expected = openssl_says(key, what);
        good += expected ? 1 : 0;
        EXPECT_EQ(tables_say(tables, key, what), expected) << to_hex(what.signature);
        EXPECT_EQ(both_say(key, what), expected) << to_hex(what.signature);
    }

    Sm2Tables tables;
    OpenSslRandom random;
    int good = 0;
};

TEST_F(Sm2TablesBesideOpenssl, SayTheSameOfSignaturesAndOfThoseWithAChangedBit) {
    constexpr int kEach = 300;
    for (int count = 0; count < 4; ++count) {
        const Pair pair;
        make_tables(tables, pair.open.get());
        for (int i = 0; i < kEach; ++i) {
            const auto size = static_cast<std::size_t>(i);
            Signed what = pair.sign(random.bytes(size), i % 4 == 0 ? "" : std::string(sm2_id));
            compare(pair.open.get(), what);
            std::uint8_t& byte = what.signature[size % what.signature.size()];
            byte = static_cast<std::uint8_t>(byte ^ 1 << i % 8);
            compare(pair.open.get(), what);
        }
    }
    EXPECT_EQ(good, 4 * kEach);
}

TEST_F(Sm2TablesBesideOpenssl, SayTheSameOfKeysAtBothEnds) {
    const BignumPtr one = small(1), two = small(2), n = order();
    const BignumPtr last = difference(n.get(), two.get());  // GB/T 32918.2, 6.1: below n - 1
    for (const BIGNUM* d : {one.get(), two.get(), last.get()}) {
        const Pair pair{made_from(d)};
        make_tables(tables, pair.open.get());
        for (std::size_t i = 0; i < 50; ++i) {
            compare(pair.open.get(), pair.sign(random.bytes(i)));
        }
    }
    EXPECT_EQ(good, 3 * 50);
}

TEST_F(Sm2TablesBesideOpenssl, SayTheSameOfOddNumbersAndEncodings) {
    constexpr int kEach = 10;
    const Pair pair;
    make_tables(tables, pair.open.get());
    for (int count = 0; count < kEach; ++count) {
        const Signed what = pair.sign(random.bytes(100));
        compare(pair.open.get(), what);
        for (const Bytes& form : odd_forms(what.signature)) {
            compare(pair.open.get(), {what.id, what.message, form});
        }
    }
    EXPECT_EQ(good, kEach);
}

TEST_F(Sm2TablesBesideOpenssl, SayTheSameOfOtherMessagesIdentifiersAndKeys) {
    const Pair pair, other;
    make_tables(tables, pair.open.get());
    make_tables(tables, other.open.get());
    Signed what = pair.sign(random.bytes(100));
    compare(other.open.get(), what);
    for (const char* id : {"", "1", "1234567812345679", "12345678123456780"}) {
        compare(pair.open.get(), {id, what.message, what.signature});
    }
    what.message.push_back(0);
    compare(pair.open.get(), what);
    what.message.resize(99);
    compare(pair.open.get(), what);
    compare(pair.open.get(), {what.id, {}, what.signature});
    EXPECT_EQ(good, 0);
}

TEST_F(Sm2TablesBesideOpenssl, SayTheSameOfTheLongestIdentifierAndOfALongerOne) {
    const Pair pair;
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
    const Pair pair{
        made_from(BignumPtr(BN_bin2bn(d.data(), openssl_length(d.size()), nullptr)).get())};
    make_tables(tables, pair.open.get());
    Signed what{known.at("id"),
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

TEST(Sm2Tables, AreMadeWhenAKeyHasComeAgain) {
    Sm2Tables tables;
    const Pair pair, stranger;
    const Signed what = pair.sign({1, 2, 3});
    for (unsigned use = 1; use < Sm2Tables::uses_before; ++use) {
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

TEST(Sm2Tables, AreMadeOfGoodSignaturesOnly) {
    Sm2Tables& tables = Sm2Tables::of_process();
    const Pair pair;
    const Signed what = pair.sign({1, 2, 3});
    Signed wrong = what;
    wrong.message.push_back(4);
    for (unsigned use = 1; use < Sm2Tables::uses_before; ++use) {
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

TEST(Sm2Tables, OfTheKeyNotAskedAboutForLongestMakeRoom) {
    Sm2Tables tables;
    std::vector<Pair> pairs(Sm2Tables::keys_max + 1);
    const auto has = [&](const Pair& pair) {
        return tables_say(tables, pair.open.get(), pair.sign({1}));
    };
    for (std::size_t i = 0; i < Sm2Tables::keys_max; ++i) {
        make_tables(tables, pairs[i].open.get());
        EXPECT_EQ(tables.size(), i + 1);
    }
    EXPECT_TRUE(has(pairs[0]));
    make_tables(tables, pairs.back().open.get());
    EXPECT_EQ(tables.size(), Sm2Tables::keys_max);
    EXPECT_FALSE(has(pairs[1]));
    EXPECT_TRUE(has(pairs[0]));
    EXPECT_TRUE(has(pairs[2]));
    EXPECT_TRUE(has(pairs.back()));
    make_tables(tables, pairs[1].open.get());
    EXPECT_TRUE(has(pairs[1]));
}

TEST(Sm2Tables, AreNotLostToManyStrangers) {
    Sm2Tables tables;
    const Pair pair;
    make_tables(tables, pair.open.get());
    const std::vector<Pair> strangers(3 * Sm2Tables::keys_max);
    for (unsigned use = 0; use < Sm2Tables::uses_before; ++use) {
        for (const Pair& stranger : strangers) {
            tables.count(stranger.open.get());
        }
    }
    EXPECT_EQ(tables.size(), 1u) << "no more strangers are remembered than there may be tables";
    EXPECT_TRUE(tables_say(tables, pair.open.get(), pair.sign({1})));
}

TEST(Sm2Tables, AreNotMadeOfOtherKeys) {
    Sm2Tables tables;
    const EvpPkeyPtr p256(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
    const EvpPkeyPtr rsa(EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{2048}));
    make_tables(tables, p256.get());
    make_tables(tables, rsa.get());
    EXPECT_EQ(tables.size(), 0u);
}

TEST(Sm2Tables, LeaveAKeyInTheShortFormToOpenssl) {
    const Pair pair;
    Bytes spki = to_der<i2d_PUBKEY>(pair.secret.get());
    const std::size_t point = spki.size() - 65;
    spki[point] = static_cast<std::uint8_t>(2 + spki.back() % 2);
    spki.resize(point + 33);
    for (const std::size_t length : {std::size_t{1}, point - 2}) {
        spki[length] = static_cast<std::uint8_t>(spki[length] - 32);
    }
    const EvpPkeyPtr key = public_key_from_spki(spki);
    const Signed what = pair.sign({1});
    for (unsigned use = 0; use < 2 * Sm2Tables::uses_before; ++use) {
        EXPECT_TRUE(both_say(key.get(), what));
    }
    EXPECT_FALSE(tables_say(Sm2Tables::of_process(), key.get(), what));
}

TEST(Sm2Tables, ServeThreadsAtOnce) {
    Sm2Tables tables;
    // More keys than are kept, so that tables go while they are used.
    const std::vector<Pair> pairs(Sm2Tables::keys_max + 2);
    std::vector<Signed> good, wrong;
    for (const Pair& pair : pairs) {
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
    EXPECT_EQ(tables.size(), Sm2Tables::keys_max);
}

}  // namespace
}  // namespace yinxin::keys
