// SPDX-License-Identifier: Apache-2.0
#include "common/json_text.h"

#include <cstdint>
#include <cstring>

namespace yinxin {
namespace {

bool is_plain(char c) {
    return static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\';
}

/// How many bytes at the front stand in JSON as they are; eight at a time, by the highest bit that
/// a subtraction sets in a byte that is less.
std::size_t plain_bytes(std::string_view text) {
    constexpr std::uint64_t each = 0x0101010101010101U, highest = each * 0x80;
    const auto has_less = [](std::uint64_t eight, std::uint64_t than) {
        return (eight - each * than) & ~eight & highest;
    };
    std::size_t plain = 0;
    for (std::uint64_t eight = 0; plain + sizeof eight <= text.size(); plain += sizeof eight) {
        std::memcpy(&eight, text.data() + plain, sizeof eight);
        if ((has_less(eight, 0x20) | has_less(eight ^ each * '"', 1) |
             has_less(eight ^ each * '\\', 1)) != 0) {
            break;
        }
    }
    while (plain < text.size() && is_plain(text[plain])) {
        ++plain;
    }
    return plain;
}

}  // namespace

void append_json_text(std::string& out, std::string_view text) {
    static constexpr char kHex[] = "0123456789abcdef";
    out += '"';
    while (!text.empty()) {
        const std::size_t plain = plain_bytes(text);
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
