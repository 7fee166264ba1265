// SPDX-License-Identifier: Apache-2.0
#include "keys/crypto/signature_equations.h"

#include <algorithm>

#include "keys/crypto/digest.h"

namespace yinxin::keys {
namespace {

constexpr const char* kWhat = "equation of a signature";
constexpr std::size_t kNumberBytes = 32;
/// OpenSSL takes no longer one: ENTL is two bytes and counts bits.
constexpr std::size_t kIdBytesMax = 0xffff / 8 - 1;

void check(int result) {
    openssl_check(result == 1, kWhat);
}
BignumPtr new_number() {
    return BignumPtr(openssl_required(BN_new(), kWhat));
}
BnCtxPtr new_context() {
    return BnCtxPtr(openssl_required(BN_CTX_new(), kWhat));
}
BignumPtr number_of(ByteView bytes) {
    return BignumPtr(
        openssl_required(BN_bin2bn(bytes.data(), openssl_length(bytes.size()), nullptr), kWhat));
}

/// r and s of a signature, both from 1 to order - 1.
struct Numbers {
    EcdsaSigPtr owner;

    const BIGNUM* r() const { return ECDSA_SIG_get0_r(owner.get()); }
    const BIGNUM* s() const { return ECDSA_SIG_get0_s(owner.get()); }
    explicit operator bool() const { return owner != nullptr; }
};

/// None for what OpenSSL might not take: it wants the one encoding that it would write itself.
Numbers parse(ByteView der, const BIGNUM* order) {
    const unsigned char* at = der.data();
    Numbers found{EcdsaSigPtr(d2i_ECDSA_SIG(nullptr, &at, openssl_length(der.size())))};
    const auto in_range = [&](const BIGNUM* number) {
        return BN_is_negative(number) == 0 && BN_is_zero(number) == 0 && BN_cmp(number, order) < 0;
    };
    const bool good = found && in_range(found.r()) && in_range(found.s()) &&
                      std::ranges::equal(to_der<i2d_ECDSA_SIG>(found.owner.get()), der);
    return good ? std::move(found) : Numbers();
}

/// a, b, xG, yG: what of the curve goes into Z.
Bytes curve_in_z() {
    const EC_GROUP* group = TabledKey<Sm2Curve>::group();
    const BignumPtr a = new_number(), b = new_number(), x = new_number(), y = new_number();
    check(EC_GROUP_get_curve(group, nullptr, a.get(), b.get(), nullptr));
    check(EC_POINT_get_affine_coordinates(
        group, EC_GROUP_get0_generator(group), x.get(), y.get(), nullptr));
    Bytes all(4 * kNumberBytes);
    std::uint8_t* at = all.data();
    for (const BIGNUM* number : {a.get(), b.get(), x.get(), y.get()}) {
        openssl_check(BN_bn2binpad(number, at, kNumberBytes) == kNumberBytes, kWhat);
        at += kNumberBytes;
    }
    return all;
}

/// GB/T 32918.2, 5.5 and 7.1, steps B3 and B4.
Bytes sm2_digest(const EncodedPoint& point, ByteView message, std::string_view id) {
    static const Bytes& of_curve = *new Bytes(curve_in_z());  // to the end
    const std::size_t bits = id.size() * 8;
    const std::array entl{static_cast<std::uint8_t>(bits >> 8), static_cast<std::uint8_t>(bits)};
    Sm3 sm3;
    sm3.update(entl).update(as_bytes(id)).update(of_curve);
    const Bytes z = sm3.update(ByteView(point).subspan(1)).finish();
    return sm3.update(z).update(message).finish();
}

}  // namespace

// Both: x mod n is known of a good signature, and is x itself or x - n. The latter, which one
// signature in 2^128 has, OpenSSL may judge.

/// GB/T 32918.2, 7.1.
bool sm2_equation_holds(KeyTables<Sm2Curve>& tables,
                        EVP_PKEY* key,
                        ByteView message,
                        ByteView signature,
                        std::string_view id) {
    return tables.hold(key, [&](const TabledKey<Sm2Curve>& known) {
        const BIGNUM* n = EC_GROUP_get0_order(known.group());
        const Numbers numbers = parse(signature, n);
        if (!numbers || id.size() > kIdBytesMax) {
            return false;
        }
        const BignumPtr t = new_number(), x = new_number();
        check(BN_mod_add_quick(t.get(), numbers.r(), numbers.s(), n));
        if (BN_is_zero(t.get())) {
            return false;
        }
        const BignumPtr e = number_of(sm2_digest(known.point(), message, id));
        check(BN_mod_sub(x.get(), numbers.r(), e.get(), n, new_context().get()));
        return known.sum_has_x(numbers.s(), t.get(), x.get());
    });
}

/// FIPS 186-5, 6.4.2.
bool ecdsa_equation_holds(KeyTables<P256Curve>& tables,
                          EVP_PKEY* key,
                          ByteView digest,
                          ByteView signature) {
    return tables.hold(key, [&](const TabledKey<P256Curve>& known) {
        const BIGNUM* n = EC_GROUP_get0_order(known.group());
        const Numbers numbers = parse(signature, n);
        if (!numbers) {
            return false;
        }
        // The leftmost bits, as many as n has.
        const BignumPtr e = number_of(digest.first(std::min(digest.size(), kNumberBytes)));
        const BignumPtr w = bignum_of(inverse(limbs_of(numbers.s()), limbs_of(n)));
        const BignumPtr u = new_number(), v = new_number();
        const BnCtxPtr context = new_context();
        check(BN_mod_mul(u.get(), e.get(), w.get(), n, context.get()));
        check(BN_mod_mul(v.get(), numbers.r(), w.get(), n, context.get()));
        return BN_is_zero(u.get()) == 0 && known.sum_has_x(u.get(), v.get(), numbers.r());
    });
}

}  // namespace yinxin::keys
