// SPDX-License-Identifier: Apache-2.0
// SM2 signatures (GB/T 32918.2) of the few keys that come again: with tables of multiples of the
// curve's base point and of such a key a check costs a ninth of OpenSSL's, a sixth where they
// are in no cache. For public data only: how long it takes depends on the numbers.
#pragma once

#include <openssl/types.h>

#include <memory>
#include <string_view>

#include "common/bytes.h"

namespace yinxin::keys {

/// A yes that costs little. Who gets none asks OpenSSL, and counts what that found good. Keys are
/// told apart by their point, not by their address. Any thread.
class Sm2Tables {
  public:
    /// Keys with tables, 262 KB each; the one not asked about for longest makes room.
    static constexpr std::size_t keys_max = 8;
    /// Good signatures of a key before its tables are made, which costs as much as checking as
    /// many: a stranger's file has fewer.
    static constexpr unsigned uses_before = 16;

    Sm2Tables();
    ~Sm2Tables();
    Sm2Tables(const Sm2Tables&) = delete;
    Sm2Tables& operator=(const Sm2Tables&) = delete;

    /// The one that verify_sm2 asks.
    static Sm2Tables& of_process();

    /// Whether this key of SM2 has tables and by them `signature` (DER) is of `message` with SM3
    /// and this identifier. False decides nothing.
    bool hold(const EVP_PKEY* key, ByteView message, ByteView signature, std::string_view id);

    /// A signature of this key of SM2 was good. Once it is time, makes the key's tables, for some
    /// milliseconds in which no other thread waits, but for whoever wants the first tables of all.
    void count(const EVP_PKEY* key);

    /// How many keys have tables.
    std::size_t size() const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace yinxin::keys
