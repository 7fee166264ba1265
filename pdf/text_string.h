// SPDX-License-Identifier: Apache-2.0
// Texts in PDF objects (ISO 32000-1, 7.9.2.2).
#pragma once

#include <string>
#include <string_view>

namespace yinxin::pdf {

/// A text string from UTF-8: ASCII as a literal, anything else as UTF-16BE with its mark. Throws
/// Error{Malformed} when it is not UTF-8.
std::string text_string(std::string_view utf8);

}  // namespace yinxin::pdf
