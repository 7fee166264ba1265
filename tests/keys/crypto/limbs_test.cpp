// SPDX-License-Identifier: Apache-2.0
// Beside OpenSSL's numbers.
#include "keys/crypto/limbs.h"

#include <random>
#include <vector>

#include "tests/support/expect_error.h"

namespace yinxin::keys {
namespace {

using GroupPtr = Handle<EC_GROUP, EC_GROUP_free>;

BignumPtr number(const char* hex) {
    BIGNUM* made = nullptr;
    openssl_check(BN_hex2bn(&made, hex) != 0, "number");
    return BignumPtr(made);
}

TEST(Limbs, AreOfTheNumber) {
    const Limbs limbs{0x0123456789abcdef, 2, 0, 0xf000000000000000};
    const BignumPtr same =
        number("F000000000000000000000000000000000000000000000020123456789ABCDEF");
    EXPECT_EQ(limbs_of(same.get()), limbs);
    EXPECT_EQ(BN_cmp(bignum_of(limbs).get(), same.get()), 0);
    EXPECT_EQ(limbs_of(number("0").get()), Limbs());
    EXPECT_TRUE(BN_is_zero(bignum_of({}).get()));
    EXPECT_ERROR(limbs_of(number(("1" + std::string(64, '0')).c_str()).get()), Internal, "number");
}

/// Powers of 2, their neighbours, what is near the modulus, and any between.
std::vector<BignumPtr> numbers(const BIGNUM* modulus) {
    std::vector<BignumPtr> all;
    for (int bit = 0; bit < 255; ++bit) {
        for (const BN_ULONG less : {0u, 1u}) {
            BignumPtr power(BN_new());
            BN_set_bit(power.get(), bit);
            BN_sub_word(power.get(), less);
            all.push_back(std::move(power));
        }
    }
    for (BN_ULONG less = 1; less < 300; ++less) {
        all.emplace_back(BN_dup(modulus));
        BN_sub_word(all.back().get(), less);
    }
    BignumPtr half(BN_new());
    BN_rshift1(half.get(), modulus);
    all.push_back(std::move(half));
    for (int i = 0; i < 2000; ++i) {
        all.emplace_back(BN_new());
        BN_rand_range(all.back().get(), modulus);
    }
    std::erase_if(all, [](const BignumPtr& each) { return BN_is_zero(each.get()); });
    return all;
}

TEST(Limbs, HaveTheInverseThatOpensslHas) {
    const BnCtxPtr context(BN_CTX_new());
    for (const int curve : {NID_sm2, NID_X9_62_prime256v1, NID_secp256k1}) {
        const GroupPtr group(EC_GROUP_new_by_curve_name(curve));
        for (const BIGNUM* modulus :
             {EC_GROUP_get0_order(group.get()), EC_GROUP_get0_field(group.get())}) {
            for (const BignumPtr& each : numbers(modulus)) {
                const BignumPtr expected(
                    BN_mod_inverse(nullptr, each.get(), modulus, context.get()));
                EXPECT_EQ(inverse(limbs_of(each.get()), limbs_of(modulus)),
                          limbs_of(expected.get()));
            }
        }
    }
}

TEST(Limbs, HaveNoInverseWithoutOne) {
    EXPECT_ERROR(inverse({}, {7}), Internal, "");
    EXPECT_ERROR(inverse({3}, {8}), Internal, "");
    EXPECT_ERROR(inverse({6}, {9}), Internal, "");
    EXPECT_EQ(inverse({1}, {7}), Limbs{1});
    EXPECT_EQ(inverse({4}, {7}), Limbs{2});
}

}  // namespace
}  // namespace yinxin::keys
