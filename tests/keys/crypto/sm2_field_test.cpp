// SPDX-License-Identifier: Apache-2.0
// Beside OpenSSL's numbers.
#include "keys/crypto/sm2_field.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "keys/crypto/openssl.h"

namespace yinxin::keys {
namespace {

using Limbs = Sm2Field::Limbs;

BignumPtr bignum(const Limbs& limbs) {
    BignumPtr result(BN_new());
    for (std::size_t i = limbs.size(); i-- > 0;) {
        openssl_check(BN_lshift(result.get(), result.get(), 64) == 1 &&
                          BN_add_word(result.get(), limbs[i]) == 1,
                      "number");
    }
    return result;
}

/// Numbers at both ends and where a carry runs through, and any between.
std::vector<Limbs> numbers() {
    constexpr std::uint64_t ones = ~std::uint64_t{0};
    const Limbs p = Sm2Field::p;
    std::vector<Limbs> all{{0},
                           {1},
                           {2},
                           {ones},
                           {0, 1},
                           {ones, ones},
                           {0, 0, 1},
                           {ones, ones, ones},
                           {0, 0, 0, 1},
                           {0, 0, 0, p[3]},
                           {1, 0xffffffff, 0, 0x100000000},  // 2^256 - p
                           {0, 0xffffffff, 0, 0x100000000},
                           {ones, ones, ones, p[3] - 1},
                           {ones, p[1] - 1, ones, p[3]},
                           {p[0] - 2, p[1], p[2], p[3]},
                           {p[0] - 1, p[1], p[2], p[3]},
                           {p[0] / 2, p[1] / 2, p[2] / 2, p[3] / 2},
                           {(p[0] + 1) / 2, p[1] / 2, p[2] / 2, p[3] / 2}};
    std::mt19937_64 chance(1);
    while (all.size() < 90) {
        Limbs limbs{chance(), chance(), chance(), chance() % p[3]};
        for (std::uint64_t& limb : limbs) {  // some of nothing but ones or zeros
            const auto kind = chance() % 8;
            limb = &limb != &limbs[3] && kind < 2 ? 0 - kind : limb;
        }
        all.push_back(limbs);
    }
    return all;
}

class Sm2FieldBesideOpenssl : public testing::Test {
  protected:
    /// Whether `got` is what OpenSSL has, and in its one form: below p.
    static void expect(const Sm2Field& got, const BignumPtr& expected) {
        EXPECT_EQ(BN_cmp(bignum(got.number()).get(), expected.get()), 0);
        EXPECT_EQ(got, Sm2Field::of(got.number()));
    }

    const std::vector<Limbs> all = numbers();
    const BignumPtr p = bignum(Sm2Field::p);
    const BnCtxPtr context{BN_CTX_new()};
};

TEST_F(Sm2FieldBesideOpenssl, AddsSubtractsAndMultiplies) {
    for (const Limbs& a : all) {
        for (const Limbs& b : all) {
            const Sm2Field x = Sm2Field::of(a), y = Sm2Field::of(b);
            const BignumPtr u = bignum(a), v = bignum(b), result(BN_new());
            BN_mod_add(result.get(), u.get(), v.get(), p.get(), context.get());
            expect(x + y, result);
            BN_mod_sub(result.get(), u.get(), v.get(), p.get(), context.get());
            expect(x - y, result);
            BN_mod_mul(result.get(), u.get(), v.get(), p.get(), context.get());
            expect(x * y, result);
            EXPECT_EQ(x == y, a == b);
        }
    }
}

TEST_F(Sm2FieldBesideOpenssl, MultipliesWhatCameOfMultiplying) {
    Sm2Field x = Sm2Field::of(all[20]);
    BignumPtr u = bignum(all[20]);
    for (int i = 0; i < 5000; ++i) {
        const Limbs& by = all[static_cast<std::size_t>(i) % (all.size() - 1) + 1];
        const BignumPtr v = bignum(by);
        x = x * Sm2Field::of(by) - x * x;
        const BignumPtr square(BN_new());
        BN_mod_sqr(square.get(), u.get(), p.get(), context.get());
        BN_mod_mul(u.get(), u.get(), v.get(), p.get(), context.get());
        BN_mod_sub(u.get(), u.get(), square.get(), p.get(), context.get());
        expect(x, u);
    }
}

TEST_F(Sm2FieldBesideOpenssl, Inverts) {
    for (const Limbs& a : all) {
        if (a == Limbs{}) {
            continue;
        }
        const BignumPtr result(BN_new());
        BN_mod_inverse(result.get(), bignum(a).get(), p.get(), context.get());
        expect(Sm2Field::of(a).inverse(), result);
    }
}

}  // namespace
}  // namespace yinxin::keys
