// SPDX-License-Identifier: Apache-2.0
// The little of deterministic CBOR (RFC 8949, 4.2.1) that a token needs: shortest heads, definite
// lengths. The order of map keys is the caller's.
#pragma once

#include <cstdint>
#include <string_view>

#include "common/bytes.h"

namespace yinxin::signer {

class CborWriter {
  public:
    CborWriter& integer(std::int64_t number);
    CborWriter& byte_string(ByteView bytes);
    CborWriter& text(std::string_view utf8);
    /// Heads: `count` items (pairs, for a map) follow.
    CborWriter& array(std::size_t count);
    CborWriter& map(std::size_t count);
    CborWriter& null();

    const Bytes& bytes() const { return bytes_; }

  private:
    void head(std::uint8_t major_type, std::uint64_t argument);
    Bytes bytes_;
};

}  // namespace yinxin::signer
