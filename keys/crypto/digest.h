// SPDX-License-Identifier: Apache-2.0
// SHA-256 and HMAC-SHA-256.
#pragma once

#include <memory>

#include "common/bytes.h"

namespace yinxin::keys {

inline constexpr std::size_t sha256_bytes = 32;

Bytes sha256(ByteView data);
Bytes hmac_sha256(ByteView key, ByteView data);

/// SHA-256 of bytes that come in parts. One thread at a time.
class Sha256 {
  public:
    Sha256();
    ~Sha256();
    Sha256(Sha256&&) noexcept;
    Sha256& operator=(Sha256&&) noexcept;

    Sha256& update(ByteView part);
    /// The digest; the object starts anew.
    Bytes finish();

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace yinxin::keys
