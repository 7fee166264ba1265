// SPDX-License-Identifier: Apache-2.0
// Deterministic CBOR (RFC 8949, 4.2.1) read in place: definite lengths, shortest forms, nothing
// else. Everything throws Error{Malformed} with the offset.
#pragma once

#include <cstdint>
#include <string>

#include "common/bytes.h"

namespace yinxin::verify {

class CborReader {
  public:
    explicit CborReader(ByteView bytes) : bytes_(bytes) {}

    std::uint64_t unsigned_integer();
    /// Positive or negative.
    std::int64_t integer();
    ByteView byte_string();
    std::string text_string();  ///< well-formed UTF-8
    std::uint64_t array();
    std::uint64_t map();
    bool accept_null();
    void finish() const;

  private:
    struct Head {
        int major = 0;
        std::uint64_t argument = 0;
    };
    Head head();
    std::uint64_t expect(int major, const char* what);
    ByteView take(std::uint64_t count);

    ByteView bytes_;
    std::size_t position_ = 0;
};

/// RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF.
bool is_utf8(std::string_view text);

}  // namespace yinxin::verify
