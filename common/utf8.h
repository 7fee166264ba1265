// SPDX-License-Identifier: Apache-2.0
// Text as code points (RFC 3629): overlong forms, surrogates and what lies beyond U+10FFFF are no
// text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace yinxin {

/// The code point that begins at `at`, which is before the end and goes behind it; nullopt when it
/// is not well formed.
inline std::optional<char32_t> next_code_point(std::string_view utf8, std::size_t& at) {
    constexpr char32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
    const auto lead = static_cast<std::uint8_t>(utf8[at]);
    if (lead < 0x80) {
        ++at;
        return lead;
    }
    const std::size_t length = lead >> 5 == 6 ? 2 : lead >> 4 == 14 ? 3 : lead >> 3 == 30 ? 4 : 0;
    if (length == 0 || length > utf8.size() - at) {
        return std::nullopt;
    }
    char32_t point = lead & (0xFFu >> (length + 1));
    for (std::size_t k = 1; k < length; ++k) {
        const auto next = static_cast<std::uint8_t>(utf8[at + k]);
        if (next >> 6 != 2) {
            return std::nullopt;
        }
        point = point << 6 | (next & 63u);
    }
    if (point < kSmallest[length] || point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF)) {
        return std::nullopt;
    }
    at += length;
    return point;
}

/// nullopt when it is not well formed.
std::optional<std::u32string> to_code_points(std::string_view utf8);
/// The same; throws Error{Malformed} instead.
std::u32string code_points(std::string_view utf8);
std::string to_utf8(std::u32string_view code_points);
/// UTF-16BE, beyond U+FFFF as a surrogate pair.
void append_utf16(std::string& out, char32_t code_point);
/// "U+5F20"
std::string code_point_name(char32_t code_point);

}  // namespace yinxin
