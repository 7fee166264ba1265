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

namespace yinxin::keys {
namespace {

using BnCtxPtr = Handle<BN_CTX, BN_CTX_free>;
using GroupPtr = Handle<EC_GROUP, EC_GROUP_free>;
using PointPtr = Handle<EC_POINT, EC_POINT_free>;

constexpr const char* kWhat = "SM2 tables";
constexpr std::size_t kNumberBytes = 32;
/// A number is written with as many digits as it has bytes, from -127 to 128.
constexpr std::size_t kDigitMax = 128;
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
PointPtr new_point(const EC_GROUP* group) {
    return PointPtr(openssl_required(EC_POINT_new(group), kWhat));
}
BnCtxPtr new_context() {
    return BnCtxPtr(openssl_required(BN_CTX_new(), kWhat));
}

struct Affine {
    BignumPtr x = new_number(), y = new_number();
};

/// digit * 256^i * point for all i and digits above 0, affine: adding one of these costs a sixth
/// less.
class Multiples {
  public:
    Multiples(const EC_GROUP* group, const EC_POINT* point, BN_CTX* context)
        : points_(kNumberBytes * kDigitMax) {
        const PointPtr power(openssl_required(EC_POINT_dup(point, group), kWhat));
        Row base, row;
        for (std::size_t i = 0; i < kNumberBytes; ++i) {
            get(group, power.get(), base[i], context);
            check(EC_POINT_dbl(group, power.get(), power.get(), context));
            get(group, power.get(), row[i], context);
            for (int bit = 1; bit < 8; ++bit) {
                check(EC_POINT_dbl(group, power.get(), power.get(), context));
            }
        }
        put(group, 1, base, context);
        put(group, 2, row, context);
        for (std::size_t digit = 3; digit <= kDigitMax; ++digit) {
            add_to_each(EC_GROUP_get0_field(group), row, base, context);
            put(group, digit, row, context);
        }
    }

    const EC_POINT* of(std::size_t i, std::size_t digit) const {
        return points_[i * kDigitMax + digit - 1].get();
    }

  private:
    using Row = std::array<Affine, kNumberBytes>;  // one digit's

    static void get(const EC_GROUP* group, const EC_POINT* point, Affine& out, BN_CTX* context) {
        check(EC_POINT_get_affine_coordinates(group, point, out.x.get(), out.y.get(), context));
    }

    void put(const EC_GROUP* group, std::size_t digit, const Row& row, BN_CTX* context) {
        for (std::size_t i = 0; i < kNumberBytes; ++i) {
            PointPtr point = new_point(group);
            check(EC_POINT_set_affine_coordinates(
                group, point.get(), row[i].x.get(), row[i].y.get(), context));
            points_[i * kDigitMax + digit - 1] = std::move(point);
        }
    }

    /// Of points neither equal nor opposite. All share one inversion (Montgomery's trick), of which
    /// EC_POINT_get_affine_coordinates would make one for each.
    static void add_to_each(const BIGNUM* p, Row& row, const Row& base, BN_CTX* context) {
        Row kept;  // y: the difference of both x; x: the product of those before
        const BignumPtr inverse = new_number(), slope = new_number();
        check(BN_one(inverse.get()));
        for (std::size_t i = 0; i < kNumberBytes; ++i) {
            check(BN_mod_sub_quick(kept[i].y.get(), row[i].x.get(), base[i].x.get(), p));
            openssl_required(BN_copy(kept[i].x.get(), inverse.get()), kWhat);
            check(BN_mod_mul(inverse.get(), inverse.get(), kept[i].y.get(), p, context));
        }
        openssl_required(BN_mod_inverse(inverse.get(), inverse.get(), p, context), kWhat);
        for (std::size_t i = kNumberBytes; i-- > 0;) {
            BIGNUM *const x = row[i].x.get(), *const y = row[i].y.get();
            check(BN_mod_sub_quick(slope.get(), y, base[i].y.get(), p));
            check(BN_mod_mul(slope.get(), slope.get(), kept[i].x.get(), p, context));
            check(BN_mod_mul(slope.get(), slope.get(), inverse.get(), p, context));
            check(BN_mod_mul(inverse.get(), inverse.get(), kept[i].y.get(), p, context));
            check(BN_mod_sqr(y, slope.get(), p, context));
            check(BN_mod_sub_quick(y, y, x, p));
            check(BN_mod_sub_quick(x, y, base[i].x.get(), p));
            check(BN_mod_sub_quick(y, base[i].x.get(), x, p));
            check(BN_mod_mul(y, y, slope.get(), p, context));
            check(BN_mod_sub_quick(y, y, base[i].y.get(), p));
        }
    }

    std::vector<PointPtr> points_;
};

struct Curve {
    GroupPtr group{openssl_required(EC_GROUP_new_by_curve_name(NID_sm2), kWhat)};
    const BIGNUM* order = EC_GROUP_get0_order(group.get());
    BignumPtr half_order = new_number();
    std::array<std::uint8_t, 4 * kNumberBytes> in_z{};  // a, b, xG, yG
    std::optional<Multiples> base;

    Curve() {
        const BnCtxPtr context = new_context();
        const EC_POINT* generator = EC_GROUP_get0_generator(group.get());
        const Affine ab, g;
        check(EC_GROUP_get_curve(group.get(), nullptr, ab.x.get(), ab.y.get(), context.get()));
        check(EC_POINT_get_affine_coordinates(
            group.get(), generator, g.x.get(), g.y.get(), context.get()));
        std::uint8_t* at = in_z.data();
        for (const BIGNUM* number : {ab.x.get(), ab.y.get(), g.x.get(), g.y.get()}) {
            openssl_check(BN_bn2binpad(number, at, kNumberBytes) == kNumberBytes, kWhat);
            at += kNumberBytes;
        }
        check(BN_rshift1(half_order.get(), order));
        base.emplace(group.get(), generator, context.get());
    }
};

/// Made with the first key's tables, kept to the end.
const Curve& curve() {
    static const Curve* const made = new Curve;
    return *made;
}

/// Two sums, for there are no negative multiples in a table; what is meant is their difference.
class Sum {
  public:
    explicit Sum(BN_CTX* context) : context_(context) {
        check(EC_POINT_set_to_infinity(group_, plus_.get()));
        check(EC_POINT_set_to_infinity(group_, minus_.get()));
    }

    /// `factor` from 1 to n - 1.
    void add(const BIGNUM* factor, const Multiples& point) {
        // Of factor and n - factor the lesser is below 2^255, so that its last digit carries
        // nothing.
        const bool opposite = BN_cmp(factor, curve().half_order.get()) > 0;
        const BignumPtr rest = new_number();
        check(BN_sub(rest.get(), curve().order, factor));
        std::array<std::uint8_t, kNumberBytes> bytes{};
        openssl_check(BN_bn2lebinpad(opposite ? rest.get() : factor, bytes.data(), kNumberBytes) ==
                          kNumberBytes,
                      kWhat);
        std::size_t carry = 0;
        for (std::size_t i = 0; i < kNumberBytes; ++i) {
            const std::size_t value = bytes[i] + carry;
            carry = value > kDigitMax ? 1 : 0;
            const std::size_t digit = carry == 1 ? 256 - value : value;
            if (digit != 0) {
                EC_POINT* sum = ((carry == 1) == opposite ? plus_ : minus_).get();
                check(EC_POINT_add(group_, sum, sum, point.of(i, digit), context_));
            }
        }
    }

    /// False for the point at infinity. Ends the sum.
    bool get_x(BIGNUM* x) {
        check(EC_POINT_invert(group_, minus_.get(), context_));
        check(EC_POINT_add(group_, plus_.get(), plus_.get(), minus_.get(), context_));
        return EC_POINT_is_at_infinity(group_, plus_.get()) == 0 &&
               EC_POINT_get_affine_coordinates(group_, plus_.get(), x, nullptr, context_) == 1;
    }

  private:
    BN_CTX* context_;
    const EC_GROUP* group_ = curve().group.get();
    PointPtr plus_ = new_point(group_), minus_ = new_point(group_);
};

struct Key {
    EncodedPoint point;
    Multiples multiples;
};

std::shared_ptr<const Key> key_with_tables(const EncodedPoint& encoded) {
    const EC_GROUP* group = curve().group.get();
    const BnCtxPtr context = new_context();
    const PointPtr point = new_point(group);
    check(EC_POINT_oct2point(group, point.get(), encoded.data(), encoded.size(), context.get()));
    return std::make_shared<const Key>(Key{encoded, Multiples(group, point.get(), context.get())});
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
    const BignumPtr t = new_number(), e = new_number(), x = new_number();
    if (!in_range(r) || !in_range(s) || BN_mod_add_quick(t.get(), r, s, n) != 1 ||
        BN_is_zero(t.get())) {
        return false;
    }
    const BnCtxPtr context = new_context();
    Sum sum(context.get());
    sum.add(s, *curve().base);
    sum.add(t.get(), key.multiples);
    const Bytes digest = digest_of(key, message, id);
    openssl_required(BN_bin2bn(digest.data(), openssl_length(digest.size()), e.get()), kWhat);
    return sum.get_x(x.get()) && BN_mod_add(x.get(), x.get(), e.get(), n, context.get()) == 1 &&
           BN_cmp(x.get(), r) == 0;
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
