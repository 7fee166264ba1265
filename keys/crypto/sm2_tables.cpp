// SPDX-License-Identifier: Apache-2.0
#include "keys/crypto/sm2_tables.h"

#include <openssl/core_names.h>

#include <algorithm>
#include <array>
#include <mutex>
#include <new>
#include <optional>
#include <vector>

#include "keys/crypto/digest.h"
#include "keys/crypto/openssl.h"
#include "keys/crypto/sm2_multiples.h"

namespace yinxin::keys {
namespace {

using GroupPtr = Handle<EC_GROUP, EC_GROUP_free>;

constexpr const char* kWhat = "SM2 tables";
constexpr std::size_t kNumberBytes = 32;
/// OpenSSL takes no longer one: ENTL is two bytes and counts bits.
constexpr std::size_t kIdBytesMax = 0xffff / 8 - 1;

/// 4, x, y.
using EncodedPoint = std::array<std::uint8_t, 1 + 2 * kNumberBytes>;

void check(int result) {
    openssl_check(result == 1, kWhat);
}
BignumPtr new_number() {
    return BignumPtr(openssl_required(BN_new(), kWhat));
}
EcPointPtr new_point(const EC_GROUP* group) {
    return EcPointPtr(openssl_required(EC_POINT_new(group), kWhat));
}
BnCtxPtr new_context() {
    return BnCtxPtr(openssl_required(BN_CTX_new(), kWhat));
}

struct Curve {
    GroupPtr group{openssl_required(EC_GROUP_new_by_curve_name(NID_sm2), kWhat)};
    const BIGNUM* order = EC_GROUP_get0_order(group.get());
    std::array<std::uint8_t, 4 * kNumberBytes> in_z{};  // a, b, xG, yG
    Sm2Multiples base{group.get(), EC_GROUP_get0_generator(group.get())};

    Curve() {
        const BnCtxPtr context = new_context();
        const BignumPtr a = new_number(), b = new_number(), x = new_number(), y = new_number();
        check(EC_GROUP_get_curve(group.get(), nullptr, a.get(), b.get(), context.get()));
        check(EC_POINT_get_affine_coordinates(
            group.get(), EC_GROUP_get0_generator(group.get()), x.get(), y.get(), context.get()));
        std::uint8_t* at = in_z.data();
        for (const BIGNUM* number : {a.get(), b.get(), x.get(), y.get()}) {
            openssl_check(BN_bn2binpad(number, at, kNumberBytes) == kNumberBytes, kWhat);
            at += kNumberBytes;
        }
    }
};

/// Made with the first key's tables, kept to the end.
const Curve& curve() {
    static const Curve* const made = new Curve;
    return *made;
}

struct Key {
    EncodedPoint point;
    Sm2Multiples multiples;
};

std::shared_ptr<const Key> key_with_tables(const EncodedPoint& encoded) {
    const EC_GROUP* group = curve().group.get();
    const BnCtxPtr context = new_context();
    const EcPointPtr point = new_point(group);
    check(EC_POINT_oct2point(group, point.get(), encoded.data(), encoded.size(), context.get()));
    return std::make_shared<const Key>(Key{encoded, Sm2Multiples(group, point.get())});
}

/// nullopt where it is encoded in another way, too.
std::optional<EncodedPoint> point_of(const EVP_PKEY* key) {
    EncodedPoint point{};
    std::size_t size = 0;
    const bool got = EVP_PKEY_get_octet_string_param(
                         key, OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size(), &size) == 1 &&
                     size == point.size() && point[0] == POINT_CONVERSION_UNCOMPRESSED;
    return got ? std::optional(point) : std::nullopt;
}

/// GB/T 32918.2, 5.5 and 7.1, steps B3 and B4.
Bytes digest_of(const Key& key, ByteView message, std::string_view id) {
    const std::size_t bits = id.size() * 8;
    const std::array entl{static_cast<std::uint8_t>(bits >> 8), static_cast<std::uint8_t>(bits)};
    Sm3 sm3;
    sm3.update(entl).update(as_bytes(id)).update(curve().in_z);
    const Bytes z = sm3.update(ByteView(key.point).subspan(1)).finish();
    return sm3.update(z).update(message).finish();
}

/// Null for what OpenSSL might not take: it wants the one encoding that it would write itself.
EcdsaSigPtr parse(ByteView der) {
    const unsigned char* at = der.data();
    EcdsaSigPtr signature(d2i_ECDSA_SIG(nullptr, &at, openssl_length(der.size())));
    const bool same =
        signature != nullptr && std::ranges::equal(to_der<i2d_ECDSA_SIG>(signature.get()), der);
    return same ? std::move(signature) : nullptr;
}

/// From 1 to n - 1.
bool in_range(const BIGNUM* number) {
    return BN_is_negative(number) == 0 && BN_is_zero(number) == 0 &&
           BN_cmp(number, curve().order) < 0;
}

/// GB/T 32918.2, 7.1.
bool equation_holds(const Key& key, ByteView message, ByteView signature, std::string_view id) {
    const EcdsaSigPtr parsed = parse(signature);
    if (parsed == nullptr || id.size() > kIdBytesMax) {
        return false;
    }
    const BIGNUM *r = ECDSA_SIG_get0_r(parsed.get()), *s = ECDSA_SIG_get0_s(parsed.get());
    const BIGNUM* n = curve().order;
    const BignumPtr t = new_number(), x = new_number();
    if (!in_range(r) || !in_range(s) || BN_mod_add_quick(t.get(), r, s, n) != 1 ||
        BN_is_zero(t.get())) {
        return false;
    }
    const EC_GROUP* group = curve().group.get();
    Sm2Sum sum;
    if (!sum.add(group, s, curve().base) || !sum.add(group, t.get(), key.multiples)) {
        return false;
    }
    // (e + x) mod n is r for one x below n. It is also for x + n, which one x in 2^128 has below p:
    // that OpenSSL may judge.
    const Bytes digest = digest_of(key, message, id);
    openssl_required(BN_bin2bn(digest.data(), openssl_length(digest.size()), x.get()), kWhat);
    check(BN_mod_sub(x.get(), r, x.get(), n, new_context().get()));
    return sum.has_x(x.get());
}

}  // namespace

struct Sm2Tables::Impl {
    struct Seen {
        EncodedPoint point;
        unsigned uses;
    };

    std::mutex mutex;
    // In front what was asked about last.
    std::vector<std::shared_ptr<const Key>> keys;
    std::vector<Seen> seen;

    /// Moved to the front; null where there are no tables.
    std::shared_ptr<const Key> find(const EncodedPoint& point) {
        const std::lock_guard hold(mutex);
        const auto found =
            std::ranges::find_if(keys, [&](const auto& each) { return each->point == point; });
        if (found == keys.end()) {
            return nullptr;
        }
        std::rotate(keys.begin(), found, found + 1);
        return keys.front();
    }

    /// Whether this use is the one to make tables at: true once, as long as the key is remembered.
    bool count(const EncodedPoint& point) {
        const std::lock_guard hold(mutex);
        auto found = std::ranges::find(seen, point, &Seen::point);
        if (found == seen.end()) {
            if (seen.size() == keys_max) {
                seen.pop_back();
            }
            found = seen.insert(seen.end(), Seen{point, 0});
        }
        std::rotate(seen.begin(), found, found + 1);
        unsigned& uses = seen.front().uses;
        return uses < uses_before && ++uses == uses_before;
    }

    void keep(std::shared_ptr<const Key> key) {
        std::shared_ptr<const Key> dropped;  // ends after the lock: it is much to free
        const std::lock_guard hold(mutex);
        std::erase_if(seen, [&](const Seen& each) { return each.point == key->point; });
        std::erase_if(keys, [&](const auto& each) { return each->point == key->point; });
        if (keys.size() == keys_max) {
            dropped = std::move(keys.back());
            keys.pop_back();
        }
        keys.insert(keys.begin(), std::move(key));
    }
};

Sm2Tables::Sm2Tables() : impl_(std::make_unique<Impl>()) {}
Sm2Tables::~Sm2Tables() = default;

Sm2Tables& Sm2Tables::of_process() {
    static Sm2Tables& tables = *new Sm2Tables;  // to the end, when threads may still ask
    return tables;
}

bool Sm2Tables::hold(const EVP_PKEY* key,
                     ByteView message,
                     ByteView signature,
                     std::string_view id) {
    const auto point = point_of(key);
    const auto known = point ? impl_->find(*point) : nullptr;
    try {
        return known != nullptr && equation_holds(*known, message, signature, id);
    } catch (const Error&) {
        return false;
    } catch (const std::bad_alloc&) {
        return false;
    }
}

void Sm2Tables::count(const EVP_PKEY* key) {
    const auto point = point_of(key);
    if (!point || impl_->find(*point) != nullptr || !impl_->count(*point)) {
        return;
    }
    try {
        impl_->keep(key_with_tables(*point));
    } catch (const Error&) {
        return;  // OpenSSL goes on without
    } catch (const std::bad_alloc&) {
        return;  // the same
    }
}

std::size_t Sm2Tables::size() const {
    const std::lock_guard hold(impl_->mutex);
    return impl_->keys.size();
}

}  // namespace yinxin::keys
