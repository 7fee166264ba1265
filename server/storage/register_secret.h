// SPDX-License-Identifier: Apache-2.0
// What the register does with its secret (DIR/keys/pepper): index codes without storing them, and
// encrypt what is personal. A copy of the database without the secret shows no code, no name and no
// document.
#pragma once

#include <string>
#include <string_view>

#include "common/bytes.h"
#include "common/ports.h"
#include "keys/crypto/aead.h"
#include "keys/crypto/digest.h"

namespace yinxin::server {

inline constexpr std::size_t register_secret_bytes = 32;

/// Any thread.
class RegisterSecret {
  public:
    explicit RegisterSecret(ByteView secret);

    /// HMAC-SHA-256 of a code: what it is looked up by.
    Bytes code_index(std::string_view code) const;

    /// AES-256-GCM, bound to the row and column it belongs to, so that cells cannot change places.
    Bytes seal(std::string_view column,
               std::string_view document_id,
               ByteView plain,
               Random& random) const;
    /// Throws Error{Internal} naming column and document.
    Bytes open(std::string_view column, std::string_view document_id, ByteView sealed) const;

  private:
    keys::HmacSha256 index_key_;
    keys::AeadKey cell_key_;
};

}  // namespace yinxin::server
