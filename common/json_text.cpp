// SPDX-License-Identifier: Apache-2.0
#include "common/json_text.h"

namespace yinxin {
namespace {

bool is_plain(char c) {
    return static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\';
}

}  // namespace

void append_json_text(std::string& out, std::string_view text) {
    static constexpr char kHex[] = "0123456789abcdef";
    out += '"';
    while (!text.empty()) {
        std::size_t plain = 0;
        while (plain < text.size() && is_plain(text[plain])) {
            ++plain;
        }
        out += text.substr(0, plain);
        if (plain == text.size()) {
            break;
        }
        const char c = text[plain];
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else {
            out += "\\u00";
            out += kHex[c >> 4 & 1];
            out += kHex[c & 15];
        }
        text.remove_prefix(plain + 1);
    }
    out += '"';
}

}  // namespace yinxin
