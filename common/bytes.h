// SPDX-License-Identifier: Apache-2.0
// Byte strings and their text forms. Views in, owners out.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace yinxin {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;

inline ByteView as_bytes(std::string_view text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
inline std::string_view as_text(ByteView bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
inline Bytes to_bytes(ByteView view) {
    return {view.begin(), view.end()};
}

/// Lower-case hexadecimal.
std::string to_hex(ByteView bytes);
/// Either case; throws Error{Malformed} on an odd length or another character.
Bytes from_hex(std::string_view text);

/// Base64 with padding (RFC 4648, 4).
std::string to_base64(ByteView bytes);
/// base64url without padding (RFC 4648, 5).
std::string to_base64url(ByteView bytes);
/// Strict: no padding, no other characters, no non-zero trailing bits (one text per byte string),
/// else Error{Malformed}.
Bytes from_base64url(std::string_view text);

/// Equal in time that depends on the lengths only.
bool equal_constant_time(ByteView a, ByteView b);

}  // namespace yinxin
