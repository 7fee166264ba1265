// SPDX-License-Identifier: Apache-2.0
#include "keys/crypto/sm2_multiples.h"

#include <algorithm>

namespace yinxin::keys {
namespace {

constexpr const char* kWhat = "multiples of a point";
constexpr std::size_t kNumberBytes = 32;

void check(int result) {
    openssl_check(result == 1, kWhat);
}
BignumPtr new_number() {
    return BignumPtr(openssl_required(BN_new(), kWhat));
}

Sm2Multiples::Affine affine(const EC_GROUP* group, const EC_POINT* point, BN_CTX* context) {
    const BignumPtr x = new_number(), y = new_number();
    check(EC_POINT_get_affine_coordinates(group, point, x.get(), y.get(), context));
    return {Sm2Field::of(limbs_of(x.get())), Sm2Field::of(limbs_of(y.get()))};
}

}  // namespace

Sm2Field::Limbs limbs_of(const BIGNUM* number) {
    std::array<std::uint8_t, kNumberBytes> bytes{};
    openssl_check(BN_bn2lebinpad(number, bytes.data(), kNumberBytes) == kNumberBytes, kWhat);
    Sm2Field::Limbs limbs{};
    for (std::size_t i = kNumberBytes; i-- > 0;) {
        limbs[i / 8] = limbs[i / 8] << 8 | bytes[i];
    }
    return limbs;
}

Sm2Multiples::Sm2Multiples(const EC_GROUP* group, const EC_POINT* point) {
    const BnCtxPtr context(openssl_required(BN_CTX_new(), kWhat));
    const EcPointPtr power(openssl_required(EC_POINT_dup(point, group), kWhat));
    const auto twice = [&] { check(EC_POINT_dbl(group, power.get(), power.get(), context.get())); };
    Row last;
    for (std::size_t i = 0; i < windows; ++i) {
        rows_[0][i] = affine(group, power.get(), context.get());
        twice();
        rows_[1][i] = affine(group, power.get(), context.get());
        for (int bit = 1; bit < 7; ++bit) {
            twice();
        }
        last[i] = affine(group, power.get(), context.get());
        twice();
    }
    for (std::size_t digit = 3; digit <= digit_max; ++digit) {
        rows_[digit - 1] = sums(rows_[digit - 2], rows_[0]);
    }
    // Each came of the one before, so that the last speaks for all.
    openssl_check(rows_.back() == last, kWhat);
}

/// Of points neither equal nor opposite; they share one inversion (Montgomery's trick).
Sm2Multiples::Row Sm2Multiples::sums(const Row& a, const Row& b) {
    std::array<Sm2Field, windows> before;  // the product of the differences before this one
    Sm2Field product = Sm2Field::of({1});
    for (std::size_t i = 0; i < windows; ++i) {
        before[i] = product;
        product = product * (a[i].x - b[i].x);
    }
    Sm2Field inverse = product.inverse();
    Row row;
    for (std::size_t i = windows; i-- > 0;) {
        const Sm2Field slope = (a[i].y - b[i].y) * before[i] * inverse;
        inverse = inverse * (a[i].x - b[i].x);
        row[i].x = slope * slope - a[i].x - b[i].x;
        row[i].y = slope * (b[i].x - row[i].x) - b[i].y;
    }
    return row;
}

bool Sm2Sum::add(const EC_GROUP* group, const BIGNUM* factor, const Sm2Multiples& point) {
    // Of factor and order - factor the lesser is below 2^255, so that its last digit carries
    // nothing.
    const BignumPtr rest = new_number();
    check(BN_sub(rest.get(), EC_GROUP_get0_order(group), factor));
    const bool opposite = BN_cmp(factor, rest.get()) > 0;
    const Sm2Field::Limbs limbs = limbs_of(opposite ? rest.get() : factor);
    struct Part {
        const Sm2Multiples::Affine* point;  // null for the digit 0
        bool opposite;
    };
    std::array<Part, Sm2Multiples::windows> parts{};
    std::size_t carry = 0;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const std::size_t value = (limbs[i / 8] >> i % 8 * 8 & 0xff) + carry;
        carry = value > Sm2Multiples::digit_max ? 1 : 0;
        const std::size_t digit = carry == 1 ? 256 - value : value;
        if (digit != 0) {
            parts[i] = {&point.of(i, digit), (carry == 1) != opposite};
            // Together, not one after the other, where they have left the caches.
            __builtin_prefetch(parts[i].point);
        }
    }
    return std::ranges::all_of(parts, [&](const Part& part) {
        return part.point == nullptr || add(*part.point, part.opposite);
    });
}

bool Sm2Sum::has_x(const BIGNUM* x) const {
    return z_ != Sm2Field() && x_ == Sm2Field::of(limbs_of(x)) * z_ * z_;
}

bool Sm2Sum::add(const Sm2Multiples::Affine& point, bool opposite) {
    const Sm2Field y = opposite ? Sm2Field() - point.y : point.y;
    if (z_ == Sm2Field()) {
        x_ = point.x;
        y_ = y;
        z_ = Sm2Field::of({1});
        return true;
    }
    const Sm2Field zz = z_ * z_;
    const Sm2Field h = point.x * zz - x_, r = y * zz * z_ - y_;
    if (h == Sm2Field()) {
        return false;
    }
    const Sm2Field hh = h * h, hhh = hh * h, v = x_ * hh;
    x_ = r * r - hhh - v - v;
    y_ = r * (v - x_) - y_ * hhh;
    z_ = z_ * h;
    return true;
}

}  // namespace yinxin::keys
