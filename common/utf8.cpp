// SPDX-License-Identifier: Apache-2.0
#include "common/utf8.h"

#include <array>
#include <cstdio>
#include <utility>

#include "common/error.h"

namespace yinxin {

std::optional<std::u32string> to_code_points(std::string_view utf8) {
    std::u32string out(utf8.size(), U'\0');
    char32_t* end = out.data();
    for (std::size_t at = 0; at < utf8.size();) {
        const std::optional<char32_t> point = next_code_point(utf8, at);
        if (!point) {
            return std::nullopt;
        }
        *end++ = *point;
    }
    out.resize(static_cast<std::size_t>(end - out.data()));
    return out;
}

std::u32string code_points(std::string_view utf8) {
    auto points = to_code_points(utf8);
    if (!points) {
        throw Error(ErrorCode::Malformed, "A text is not UTF-8.");
    }
    return *std::move(points);
}

std::string to_utf8(std::u32string_view code_points) {
    std::string out;
    for (const char32_t c : code_points) {
        const auto tail = [&out, c](int shift) {
            out += static_cast<char>(0x80u | (c >> shift & 63u));
        };
        if (c < 0x80) {
            out += static_cast<char>(c);
        } else if (c < 0x800) {
            out += static_cast<char>(0xC0u | c >> 6);
            tail(0);
        } else if (c < 0x10000) {
            out += static_cast<char>(0xE0u | c >> 12);
            tail(6), tail(0);
        } else {
            out += static_cast<char>(0xF0u | c >> 18);
            tail(12), tail(6), tail(0);
        }
    }
    return out;
}

void append_utf16(std::string& out, char32_t code_point) {
    const auto unit = [&out](char32_t value) {
        out += static_cast<char>(value >> 8 & 0xFFu);
        out += static_cast<char>(value & 0xFFu);
    };
    if (code_point > 0xFFFF) {
        unit(0xD800 + ((code_point - 0x10000) >> 10));
        unit(0xDC00 + ((code_point - 0x10000) & 0x3FFu));
    } else {
        unit(code_point);
    }
}

std::string code_point_name(char32_t code_point) {
    std::array<char, 16> text{};
    std::snprintf(text.data(), text.size(), "U+%04X", static_cast<unsigned>(code_point));
    return text.data();
}

}  // namespace yinxin
