// SPDX-License-Identifier: Apache-2.0
// Text as code points (RFC 3629): overlong forms, surrogates and what lies beyond U+10FFFF are no
// text.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace yinxin {

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
