// SPDX-License-Identifier: Apache-2.0
// Beside OpenSSL's points.
#include "keys/crypto/curve_multiples.h"

#include <gtest/gtest.h>

#include <vector>

namespace yinxin::keys {
namespace {

using GroupPtr = Handle<EC_GROUP, EC_GROUP_free>;

template <typename Curve>
class CurveMultiplesBesideOpenssl : public testing::Test {
  protected:
    BignumPtr number(const char* hex) const {
        BIGNUM* made = nullptr;
        openssl_check(BN_hex2bn(&made, hex) != 0, "number");
        return BignumPtr(made);
    }
    /// order - small.
    BignumPtr from_end(BN_ULONG small) const {
        BignumPtr result(BN_dup(order));
        openssl_check(BN_sub_word(result.get(), small) == 1, "number");
        return result;
    }
    BignumPtr any() const {
        BignumPtr result(BN_new());
        openssl_check(BN_rand_range(result.get(), order) == 1, "number");
        return result;
    }
    EcPointPtr made(const BIGNUM* g, const EC_POINT* other, const BIGNUM* factor) const {
        EcPointPtr result(EC_POINT_new(group.get()));
        openssl_check(EC_POINT_mul(group.get(), result.get(), g, other, factor, nullptr) == 1,
                      "point");
        return result;
    }
    BignumPtr x_of(const EcPointPtr& sum) const {
        BignumPtr x(BN_new());
        openssl_check(
            EC_POINT_get_affine_coordinates(group.get(), sum.get(), x.get(), nullptr, nullptr) == 1,
            "point");
        return x;
    }
    /// Edges of the digits, of the half at which the opposite is taken, and of the range.
    std::vector<BignumPtr> factors() const {
        std::vector<BignumPtr> all;
        for (const char* hex :
             {"1",
              "2",
              "3",
              "7F",
              "80",
              "81",
              "FF",
              "100",
              "101",
              "8080",
              "8081",
              "8180",
              "7F80808080808080808080808080808080808080808080808080808080808080",
              "7F80808080808080808080808080808080808080808080808080808080808081",
              "4000000000000000000000000000000000000000000000000000000000000000",
              "7FFFFFFF00000000000000000000000000000000000000000000000000000000",
              "00FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF"}) {
            all.push_back(number(hex));
        }
        for (const BN_ULONG small : {1u, 2u, 3u, 127u, 128u, 129u, 255u, 256u, 257u}) {
            all.push_back(from_end(small));
        }
        BignumPtr half(BN_new());
        BN_rshift1(half.get(), order);
        for (const BN_ULONG more : {0u, 1u, 2u}) {
            all.emplace_back(BN_dup(half.get()));
            BN_add_word(all.back().get(), more);
        }
        return all;
    }

    const GroupPtr group{EC_GROUP_new_by_curve_name(Curve::nid)};
    const BIGNUM* order = EC_GROUP_get0_order(group.get());
    const EcPointPtr point = made(any().get(), nullptr, nullptr);
    const CurveMultiples<Curve> of_base{group.get(), EC_GROUP_get0_generator(group.get())};
    const CurveMultiples<Curve> of_point{group.get(), point.get()};
};
using Curves = testing::Types<Sm2Curve, P256Curve>;
TYPED_TEST_SUITE(CurveMultiplesBesideOpenssl, Curves);

TYPED_TEST(CurveMultiplesBesideOpenssl, OnePointTimesAnyFactor) {
    auto all = this->factors();
    for (int i = 0; i < 200; ++i) {
        all.push_back(this->any());
    }
    for (const BignumPtr& factor : all) {
        CurveSum<TypeParam> sum;
        ASSERT_TRUE(sum.add(this->group.get(), factor.get(), this->of_point));
        const BignumPtr x = this->x_of(this->made(nullptr, this->point.get(), factor.get()));
        EXPECT_TRUE(sum.has_x(x.get()));
        BN_add_word(x.get(), 1);
        EXPECT_FALSE(sum.has_x(x.get()));
    }
}

TYPED_TEST(CurveMultiplesBesideOpenssl, TheSumOfTwo) {
    const auto all = this->factors();
    for (const BignumPtr& a : all) {
        for (const BignumPtr& b : all) {
            CurveSum<TypeParam> sum;
            ASSERT_TRUE(sum.add(this->group.get(), a.get(), this->of_base));
            ASSERT_TRUE(sum.add(this->group.get(), b.get(), this->of_point));
            EXPECT_TRUE(
                sum.has_x(this->x_of(this->made(a.get(), this->point.get(), b.get())).get()));
        }
    }
}

TYPED_TEST(CurveMultiplesBesideOpenssl, WhatWouldBeDoublingOrNothingIsNotKnown) {
    const BignumPtr one = this->number("1"), two = this->number("2"), three = this->number("3");
    for (const BignumPtr& other : {this->number("1"), this->from_end(1)}) {
        CurveSum<TypeParam> sum;
        ASSERT_TRUE(sum.add(this->group.get(), one.get(), this->of_base));
        EXPECT_FALSE(sum.add(this->group.get(), other.get(), this->of_base));
    }
    CurveSum<TypeParam> sum;
    ASSERT_TRUE(sum.add(this->group.get(), one.get(), this->of_base));
    ASSERT_TRUE(sum.add(this->group.get(), two.get(), this->of_base));
    EXPECT_TRUE(sum.has_x(this->x_of(this->made(three.get(), nullptr, nullptr)).get()));
}

TYPED_TEST(CurveMultiplesBesideOpenssl, TheEmptySumHasNoX) {
    EXPECT_FALSE(CurveSum<TypeParam>().has_x(this->number("0").get()));
}

}  // namespace
}  // namespace yinxin::keys
