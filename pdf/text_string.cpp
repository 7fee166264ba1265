// SPDX-License-Identifier: Apache-2.0
#include "pdf/text_string.h"

#include <algorithm>

#include "common/bytes.h"
#include "common/utf8.h"

namespace yinxin::pdf {

std::string text_string(std::string_view utf8) {
    if (!std::all_of(utf8.begin(), utf8.end(), [](char c) { return c >= ' ' && c <= '~'; })) {
        std::string utf16 = "\xFE\xFF";
        for (const char32_t c : code_points(utf8)) {
            append_utf16(utf16, c);
        }
        return "<" + to_hex(as_bytes(utf16)) + ">";
    }
    std::string out = "(";
    for (const char c : utf8) {
        if (c == '(' || c == ')' || c == '\\') {
            out += '\\';
        }
        out += c;
    }
    return out + ")";
}

}  // namespace yinxin::pdf
