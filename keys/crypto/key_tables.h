// SPDX-License-Identifier: Apache-2.0
// Tables of multiples for the few keys whose signatures come again: with those of the curve's base
// point and of such a key a check costs a small part of OpenSSL's. For public data only: how long
// it takes depends on the numbers.
#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "keys/crypto/curve_multiples.h"

namespace yinxin::keys {

/// 4, x, y.
using EncodedPoint = std::array<std::uint8_t, 65>;

/// A public key that has tables.
template <typename Curve>
class TabledKey {
  public:
    explicit TabledKey(const EncodedPoint& point);

    /// The same for all keys, kept to the end.
    static const EC_GROUP* group();

    const EncodedPoint& point() const { return point_; }

    /// Whether base * G + own * point has this x, where G is the base point of the curve; false
    /// where that is not known, too. Factors are from 1 to the order - 1, x is below p.
    bool sum_has_x(const BIGNUM* base, const BIGNUM* own, const BIGNUM* x) const;

  private:
    EncodedPoint point_;
    CurveMultiples<Curve> multiples_;
};

/// A yes that costs little. Who gets none asks OpenSSL, and counts what that found good. Keys are
/// told apart by their point, not by their address. A thread keeps the last ones that it asked
/// about, so that they must be public ones that nobody changes. Any thread.
template <typename Curve>
class KeyTables {
  public:
    using Equation = std::function<bool(const TabledKey<Curve>&)>;

    /// Keys with tables, 262 KB each; the one not asked about for longest makes room.
    static constexpr std::size_t keys_max = 8;
    /// Good signatures of a key before its tables are made, which costs about as much as checking
    /// as many: a stranger's file has fewer.
    static constexpr unsigned uses_before = 16;

    /// Those that verification asks.
    static KeyTables& of_process();

    /// Whether this is a key on the curve that has tables, and by them `equation` holds. False
    /// decides nothing.
    bool hold(EVP_PKEY* key, const Equation& equation);

    /// A signature of this key was good. Once it is time, makes the key's tables, for some
    /// milliseconds in which no other thread waits, but for whoever wants the first tables of all.
    void count(EVP_PKEY* key);

    /// How many keys have tables.
    std::size_t size() const;

  private:
    using KeyPtr = std::shared_ptr<const TabledKey<Curve>>;

    struct Seen {
        EncodedPoint point;
        unsigned uses;
    };

    /// Moved to the front; null where there are no tables.
    KeyPtr find(const EncodedPoint& point);
    /// Whether this use is the one to make tables at: true once, as long as the key is remembered.
    bool is_time(const EncodedPoint& point);
    void keep(KeyPtr key);

    mutable std::mutex mutex_;
    // In front what was asked about last.
    std::vector<KeyPtr> keys_;
    std::vector<Seen> seen_;
};

extern template class TabledKey<Sm2Curve>;
extern template class TabledKey<P256Curve>;
extern template class KeyTables<Sm2Curve>;
extern template class KeyTables<P256Curve>;

}  // namespace yinxin::keys
