// SPDX-License-Identifier: Apache-2.0
// SHA-256, SM3 (GB/T 32905) and HMAC-SHA-256.
#pragma once

#include <memory>

#include "common/bytes.h"

namespace yinxin::keys {

inline constexpr std::size_t sha256_bytes = 32;
inline constexpr std::size_t sm3_bytes = 32;

Bytes sha256(ByteView data);
Bytes sm3(ByteView data);
Bytes hmac_sha256(ByteView key, ByteView data);

/// HMAC-SHA-256 under a key that is made ready once. Any thread.
class HmacSha256 {
  public:
    explicit HmacSha256(ByteView key);
    ~HmacSha256();
    HmacSha256(HmacSha256&&) noexcept;
    HmacSha256& operator=(HmacSha256&&) noexcept;

    Bytes of(ByteView data) const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

/// The digest of bytes that come in parts. One thread at a time.
class Digest {
  public:
    enum class Kind { Sha256, Sm3 };

    explicit Digest(Kind kind);
    ~Digest();
    Digest(Digest&&) noexcept;
    Digest& operator=(Digest&&) noexcept;

    /// Of the same bytes up to here; each goes on by itself.
    Digest copy() const;
    Digest& update(ByteView part);
    /// The digest; the object starts anew.
    Bytes finish();

  private:
    struct Impl;
    explicit Digest(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

class Sha256 : public Digest {
  public:
    Sha256() : Digest(Kind::Sha256) {}
};

class Sm3 : public Digest {
  public:
    Sm3() : Digest(Kind::Sm3) {}
};

}  // namespace yinxin::keys
