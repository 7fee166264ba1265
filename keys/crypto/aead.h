// SPDX-License-Identifier: Apache-2.0
// AES-256-GCM (NIST SP 800-38D): bytes that only the holder of the key can read or change.
#pragma once

#include <memory>

#include "common/bytes.h"
#include "common/ports.h"

namespace yinxin::keys {

/// A key of 32 bytes, scheduled once for all that it seals and opens. Any thread.
class AeadKey {
  public:
    explicit AeadKey(ByteView key);
    ~AeadKey();
    AeadKey(AeadKey&&) noexcept;
    AeadKey& operator=(AeadKey&&) noexcept;

    /// Nonce (12 bytes, from `random`), ciphertext, tag (16 bytes). `context` is bound to it, not
    /// kept in it.
    Bytes seal(ByteView context, ByteView plain, Random& random) const;

    /// Throws Error{Malformed} when key or context are not those it was sealed with, or a byte of
    /// it changed.
    Bytes open(ByteView context, ByteView sealed) const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace yinxin::keys
