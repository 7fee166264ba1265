// SPDX-License-Identifier: Apache-2.0
#include "keys/crypto/key_tables.h"

#include <openssl/core_names.h>
#include <openssl/objects.h>

#include <algorithm>
#include <new>
#include <optional>
#include <string_view>

namespace yinxin::keys {
namespace {

using GroupPtr = Handle<EC_GROUP, EC_GROUP_free>;

constexpr const char* kWhat = "tables of a key";

/// Made with the first key's tables, kept to the end.
template <typename Curve>
struct Base {
    GroupPtr group{openssl_required(EC_GROUP_new_by_curve_name(Curve::nid), kWhat)};
    CurveMultiples<Curve> multiples{group.get(), EC_GROUP_get0_generator(group.get())};

    static const Base& get() {
        static const Base* const made = new Base;
        return *made;
    }
};

EcPointPtr decoded(const EC_GROUP* group, const EncodedPoint& encoded) {
    EcPointPtr point(openssl_required(EC_POINT_new(group), kWhat));
    openssl_check(
        EC_POINT_oct2point(group, point.get(), encoded.data(), encoded.size(), nullptr) == 1,
        kWhat);
    return point;
}

/// nullopt for a key that is not on the curve, and where the point is encoded in another way.
template <typename Curve>
std::optional<EncodedPoint> read_point(const EVP_PKEY* key) {
    EncodedPoint point{};
    std::array<char, 32> curve{};
    std::size_t size = 0;
    const bool got = EVP_PKEY_get_group_name(key, curve.data(), curve.size(), nullptr) == 1 &&
                     curve.data() == std::string_view(OBJ_nid2sn(Curve::nid)) &&
                     EVP_PKEY_get_octet_string_param(
                         key, OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size(), &size) == 1 &&
                     size == point.size() && point[0] == POINT_CONVERSION_UNCOMPRESSED;
    return got ? std::optional(point) : std::nullopt;
}

/// The same, remembered for the last keys of this thread: to tell a point takes OpenSSL a fifth of
/// what a check by tables takes.
template <typename Curve>
std::optional<EncodedPoint> point_of(EVP_PKEY* key) {
    struct Known {
        EvpPkeyPtr key;  // held, so that no other comes to lie at the same address
        EncodedPoint point;
    };
    thread_local std::array<Known, 8> last;
    thread_local std::size_t next = 0;
    for (const Known& each : last) {
        if (each.key.get() == key) {
            return each.point;
        }
    }
    const auto point = read_point<Curve>(key);
    if (point && EVP_PKEY_up_ref(key) == 1) {
        last[next++ % last.size()] = {EvpPkeyPtr(key), *point};
    }
    return point;
}

}  // namespace

template <typename Curve>
TabledKey<Curve>::TabledKey(const EncodedPoint& point)
    : point_(point), multiples_(group(), decoded(group(), point).get()) {}

template <typename Curve>
const EC_GROUP* TabledKey<Curve>::group() {
    return Base<Curve>::get().group.get();
}

template <typename Curve>
bool TabledKey<Curve>::sum_has_x(const BIGNUM* base, const BIGNUM* own, const BIGNUM* x) const {
    CurveSum<Curve> sum;
    return sum.add(group(), base, Base<Curve>::get().multiples) &&
           sum.add(group(), own, multiples_) && sum.has_x(x);
}

template <typename Curve>
KeyTables<Curve>& KeyTables<Curve>::of_process() {
    static KeyTables& tables = *new KeyTables;  // to the end, when threads may still ask
    return tables;
}

template <typename Curve>
bool KeyTables<Curve>::hold(EVP_PKEY* key, const Equation& equation) {
    const auto point = point_of<Curve>(key);
    const KeyPtr known = point ? find(*point) : nullptr;
    try {
        return known != nullptr && equation(*known);
    } catch (const Error&) {
        return false;
    } catch (const std::bad_alloc&) {
        return false;
    }
}

template <typename Curve>
void KeyTables<Curve>::count(EVP_PKEY* key) {
    const auto point = point_of<Curve>(key);
    if (!point || find(*point) != nullptr || !is_time(*point)) {
        return;
    }
    try {
        keep(std::make_shared<const TabledKey<Curve>>(*point));
    } catch (const Error&) {
        return;  // OpenSSL goes on without
    } catch (const std::bad_alloc&) {
        return;  // the same
    }
}

template <typename Curve>
std::size_t KeyTables<Curve>::size() const {
    const std::lock_guard hold(mutex_);
    return keys_.size();
}

template <typename Curve>
auto KeyTables<Curve>::find(const EncodedPoint& point) -> KeyPtr {
    const std::lock_guard hold(mutex_);
    const auto found =
        std::ranges::find_if(keys_, [&](const KeyPtr& each) { return each->point() == point; });
    if (found == keys_.end()) {
        return nullptr;
    }
    std::rotate(keys_.begin(), found, found + 1);
    return keys_.front();
}

template <typename Curve>
bool KeyTables<Curve>::is_time(const EncodedPoint& point) {
    const std::lock_guard hold(mutex_);
    auto found = std::ranges::find(seen_, point, &Seen::point);
    if (found == seen_.end()) {
        if (seen_.size() == keys_max) {
            seen_.pop_back();
        }
        found = seen_.insert(seen_.end(), Seen{point, 0});
    }
    std::rotate(seen_.begin(), found, found + 1);
    unsigned& uses = seen_.front().uses;
    return uses < uses_before && ++uses == uses_before;
}

template <typename Curve>
void KeyTables<Curve>::keep(KeyPtr key) {
    KeyPtr dropped;  // ends after the lock: it is much to free
    const std::lock_guard hold(mutex_);
    std::erase_if(seen_, [&](const Seen& each) { return each.point == key->point(); });
    std::erase_if(keys_, [&](const KeyPtr& each) { return each->point() == key->point(); });
    if (keys_.size() == keys_max) {
        dropped = std::move(keys_.back());
        keys_.pop_back();
    }
    keys_.insert(keys_.begin(), std::move(key));
}

template class TabledKey<Sm2Curve>;
template class TabledKey<P256Curve>;
template class KeyTables<Sm2Curve>;
template class KeyTables<P256Curve>;

}  // namespace yinxin::keys
