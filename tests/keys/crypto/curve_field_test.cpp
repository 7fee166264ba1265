// SPDX-License-Identifier: Apache-2.0
// Beside OpenSSL's numbers.
#include "keys/crypto/curve_field.h"

#include <random>
#include <vector>

#include "keys/crypto/openssl.h"
#include "tests/support/expect_error.h"

namespace yinxin::keys {
namespace {

/// Numbers at both ends and where a carry runs through, and any between.
std::vector<Limbs> numbers(const Limbs& p) {
    constexpr Limb ones = ~Limb{0};
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
                           {1, ~p[1], ~p[2], ~p[3]},  // 2^256 - p
                           {0, ~p[1], ~p[2], ~p[3]},
                           {ones, ones, ones, p[3] - 1},
                           {ones, p[1] - 1, p[2], p[3]},
                           {p[0] - 2, p[1], p[2], p[3]},
                           {p[0] - 1, p[1], p[2], p[3]},
                           {p[0] / 2, p[1] / 2, p[2] / 2, p[3] / 2},
                           {Limb{1} << 63, p[1] / 2, p[2] / 2, p[3] / 2}};
    std::mt19937_64 chance(1);
    while (all.size() < 90) {
        Limbs limbs{chance(), chance(), chance(), chance() % p[3]};
        for (Limb& limb : limbs) {  // some of nothing but ones or zeros
            const auto kind = chance() % 8;
            limb = &limb != &limbs[3] && kind < 2 ? 0 - kind : limb;
        }
        all.push_back(limbs);
    }
    return all;
}

template <typename Curve>
class CurveFieldBesideOpenssl : public testing::Test {
  protected:
    /// Whether `got` is what OpenSSL has, and in its one form: below p.
    static void expect(const CurveField<Curve>& got, const BignumPtr& expected) {
        EXPECT_EQ(BN_cmp(bignum_of(got.number()).get(), expected.get()), 0);
        EXPECT_EQ(got, CurveField<Curve>::of(got.number()));
    }

    const std::vector<Limbs> inputs = numbers(Curve::p);
    const BignumPtr modulus = bignum_of(Curve::p);
    const BnCtxPtr room{BN_CTX_new()};
};
using Curves = testing::Types<Sm2Curve, P256Curve>;
TYPED_TEST_SUITE(CurveFieldBesideOpenssl, Curves);

TYPED_TEST(CurveFieldBesideOpenssl, HasThePrimeOfTheCurve) {
    const Handle<EC_GROUP, EC_GROUP_free> group(EC_GROUP_new_by_curve_name(TypeParam::nid));
    EXPECT_EQ(BN_cmp(EC_GROUP_get0_field(group.get()), this->modulus.get()), 0);
}

TYPED_TEST(CurveFieldBesideOpenssl, AddsSubtractsAndMultiplies) {
    using Field = CurveField<TypeParam>;
    const BIGNUM* p = this->modulus.get();
    BN_CTX* context = this->room.get();
    for (const Limbs& a : this->inputs) {
        for (const Limbs& b : this->inputs) {
            const Field x = Field::of(a), y = Field::of(b);
            const BignumPtr u = bignum_of(a), v = bignum_of(b), result(BN_new());
            BN_mod_add(result.get(), u.get(), v.get(), p, context);
            this->expect(x + y, result);
            BN_mod_sub(result.get(), u.get(), v.get(), p, context);
            this->expect(x - y, result);
            BN_mod_mul(result.get(), u.get(), v.get(), p, context);
            this->expect(x * y, result);
            EXPECT_EQ(x == y, a == b);
        }
    }
}

TYPED_TEST(CurveFieldBesideOpenssl, MultipliesWhatCameOfMultiplying) {
    using Field = CurveField<TypeParam>;
    const BIGNUM* p = this->modulus.get();
    BN_CTX* context = this->room.get();
    const std::vector<Limbs>& all = this->inputs;
    Field x = Field::of(all[20]);
    BignumPtr u = bignum_of(all[20]);
    for (int i = 0; i < 5000; ++i) {
        const Limbs& by = all[static_cast<std::size_t>(i) % (all.size() - 1) + 1];
        const BignumPtr v = bignum_of(by);
        x = x * Field::of(by) - x * x;
        const BignumPtr square(BN_new());
        BN_mod_sqr(square.get(), u.get(), p, context);
        BN_mod_mul(u.get(), u.get(), v.get(), p, context);
        BN_mod_sub(u.get(), u.get(), square.get(), p, context);
        this->expect(x, u);
    }
}

TYPED_TEST(CurveFieldBesideOpenssl, Inverts) {
    using Field = CurveField<TypeParam>;
    for (const Limbs& a : this->inputs) {
        if (a == Limbs()) {
            EXPECT_ERROR(Field::of(a).inverse(), Internal, "");
            continue;
        }
        const BignumPtr result(BN_new());
        BN_mod_inverse(result.get(), bignum_of(a).get(), this->modulus.get(), this->room.get());
        this->expect(Field::of(a).inverse(), result);
    }
}

TYPED_TEST(CurveFieldBesideOpenssl, TakesNoNumberThatIsNotBelowP) {
    using Field = CurveField<TypeParam>;
    constexpr Limb ones = ~Limb{0};
    Limbs above = TypeParam::p;
    EXPECT_ERROR(Field::of(above), Internal, "");
    above = {0, above[1] + 1, above[2], above[3]};
    EXPECT_ERROR(Field::of(above), Internal, "");
    EXPECT_ERROR(Field::of({ones, ones, ones, ones}), Internal, "");
}

}  // namespace
}  // namespace yinxin::keys
