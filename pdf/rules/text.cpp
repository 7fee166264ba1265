// SPDX-License-Identifier: Apache-2.0
#include "pdf/rules/text.h"

#include <utf8proc.h>

#include <array>
#include <cstdlib>
#include <memory>

#include "common/error.h"
#include "pdf/rules/identity.h"

namespace yinxin::pdf::rules {
namespace {

struct FreeUtf8procText {
    void operator()(utf8proc_uint8_t* text) const noexcept { std::free(text); }
};
using Utf8procText = std::unique_ptr<utf8proc_uint8_t, FreeUtf8procText>;

/// Characters that print nothing, so that two texts that look the same could differ (Unicode,
/// Default_Ignorable_Code_Point).
bool is_invisible(char32_t c) {
    struct Range {
        char32_t first, last;
    };
    static constexpr std::array<Range, 17> ranges = {{
        {0x00AD, 0x00AD},
        {0x034F, 0x034F},
        {0x061C, 0x061C},
        {0x115F, 0x1160},
        {0x17B4, 0x17B5},
        {0x180B, 0x180F},
        {0x200B, 0x200F},
        {0x2028, 0x202E},
        {0x2060, 0x206F},
        {0x3164, 0x3164},
        {0xFE00, 0xFE0F},
        {0xFEFF, 0xFEFF},
        {0xFFA0, 0xFFA0},
        {0xFFF0, 0xFFFB},
        {0x1BCA0, 0x1BCA3},
        {0x1D173, 0x1D17A},
        {0xE0000, 0xE0FFF},
    }};
    if (c < ranges.front().first || (c >= 0x3400 && c < 0xA000)) {
        return false;
    }
    for (const Range& range : ranges) {
        if (c >= range.first && c <= range.last) {
            return true;
        }
    }
    return false;
}

const char* character_fault(char32_t c) {
    if (c >= 0x20 && c < 0x7F) {
        return nullptr;
    }
    if (c < 0x20 || (c >= 0x7F && c < 0xA0)) {
        return "is a control character. Remove it; lines are broken by the form.";
    }
    if (is_invisible(c)) {
        return "cannot be seen on paper. Remove it.";
    }
    if ((c & 0xFFFEu) == 0xFFFEu || (c >= 0xFDD0 && c <= 0xFDEF)) {
        return "is no character. Remove it.";
    }
    if ((c >= 0xE000 && c <= 0xF8FF) || c >= 0xF0000) {
        return "is for private use and looks different in every font. Send the character's own "
               "code point.";
    }
    return nullptr;
}

bool is_space(char32_t c) {
    if (c < 0x80) {
        return c == U' ';
    }
    return utf8proc_category(static_cast<utf8proc_int32_t>(c)) == UTF8PROC_CATEGORY_ZS;
}

/// In these blocks nothing decomposes or combines, so the usual text needs no second look.
bool is_surely_nfc(char32_t c) {
    return c < 0x300 || (c >= 0x3400 && c < 0xA000) || (c >= 0xFF00 && c < 0xFFE0) ||
           (c >= 0x20000 && c < 0x2F800) || (c >= 0x2010 && c < 0x2027) ||
           (c >= 0x3000 && c < 0x302A);
}

/// Whether it has to be composed: not what is composed already, nor what is no text.
bool may_change_in_nfc(std::string_view utf8) {
    bool sure = true;
    for (std::size_t at = 0; at < utf8.size();) {
        if (static_cast<unsigned char>(utf8[at]) < 0x80) {
            ++at;
            continue;
        }
        const std::optional<char32_t> c = next_code_point(utf8, at);
        if (!c) {
            return false;
        }
        sure = sure && is_surely_nfc(*c);
    }
    return !sure;
}

std::string mask(std::u32string_view text, std::size_t head, std::size_t tail) {
    return to_utf8(text.substr(0, head)) + std::string(text.size() - head - tail, '*') +
           to_utf8(text.substr(text.size() - tail));
}

std::u32string points_of(std::string_view text) {
    std::optional<std::u32string> points = to_code_points(text);
    YINXIN_ASSERT(points.has_value());
    return *std::move(points);
}

}  // namespace

std::size_t length_of(std::string_view utf8) {
    std::size_t count = 0;
    for (const char c : utf8) {
        count += (static_cast<unsigned char>(c) & 0xC0u) != 0x80u ? 1 : 0;
    }
    return count;
}

std::optional<std::string> text_fault(std::string_view utf8) {
    const char* why = nullptr;
    char32_t first = 0, last = 0;
    std::size_t count = 0;  // of characters, up to the first that has a fault
    for (std::size_t at = 0; at < utf8.size();) {
        const std::optional<char32_t> c = next_code_point(utf8, at);
        if (!c) {
            return "The text is not well-formed UTF-8. Send it as UTF-8.";
        }
        if (why == nullptr) {
            last = *c;
            first = count == 0 ? last : first;
            ++count;
            why = character_fault(last);
        }
    }
    if (why != nullptr) {
        return "Character " + std::to_string(count) + " (" + code_point_name(last) + ") " + why;
    }
    if (count > 0 && (is_space(first) || is_space(last))) {
        return "The text starts or ends with a space. Remove it.";
    }
    return std::nullopt;
}

std::string to_nfc(std::string utf8) {
    if (!may_change_in_nfc(utf8)) {
        return utf8;
    }
    utf8proc_uint8_t* raw = nullptr;
    const utf8proc_ssize_t size =
        utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(utf8.data()),
                     static_cast<utf8proc_ssize_t>(utf8.size()),
                     &raw,
                     static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE));
    const Utf8procText text(raw);
    if (size < 0) {
        throw Error(ErrorCode::Internal, utf8proc_errmsg(size));  // it is well formed: no memory
    }
    return {reinterpret_cast<const char*>(text.get()), static_cast<std::size_t>(size)};
}

std::string normalise_identifier(std::string_view utf8) {
    std::optional<std::u32string> points = to_code_points(utf8);
    if (!points) {
        return std::string(utf8);  // the text rules will say what is wrong with it
    }
    std::u32string half;
    for (char32_t c : *points) {
        if (c >= 0xFF01 && c <= 0xFF5E) {
            c -= 0xFEE0;
        }
        if (c >= U'a' && c <= U'z') {
            c -= 0x20;
        }
        half.push_back(c);
    }
    while (!half.empty() && is_space(half.front())) {
        half.erase(half.begin());
    }
    while (!half.empty() && is_space(half.back())) {
        half.pop_back();
    }
    return to_utf8(half);
}

std::string mask_name(std::string_view name) {
    const std::u32string points = points_of(name);
    if (points.size() <= 1) {
        return std::string(points.size(), '*');
    }
    return mask(points, 1, points.size() == 2 ? 0 : 1);
}

std::string mask_id(std::string_view id) {
    const std::u32string points = points_of(id);
    return points.size() >= 10 ? mask(points, 3, 4) : mask_id_short(id);
}

std::string mask_id_short(std::string_view id) {
    const std::u32string points = points_of(id);
    return points.size() <= 2 ? std::string(points.size(), '*') : mask(points, 1, 1);
}

std::string mask_party_name(std::string_view name, std::string_view tax_id) {
    static constexpr std::string_view suffix = "（个人）";
    if (name == "个人" || (!tax_id.empty() && resident_id_fault(tax_id, std::nullopt))) {
        return std::string(name);
    }
    if (name.ends_with(suffix)) {
        return mask_name(name.substr(0, name.size() - suffix.size())) + std::string(suffix);
    }
    return mask_name(name);
}

std::string mask_party_id(std::string_view tax_id) {
    return resident_id_fault(tax_id, std::nullopt) ? std::string(tax_id) : mask_id_short(tax_id);
}

std::string shorten(std::string_view text) {
    const std::u32string points = points_of(text);
    if (points.size() <= 8) {
        return std::string(text);
    }
    return to_utf8(points.substr(0, 1)) + "*" + std::to_string(points.size() - 2) + "*" +
           to_utf8(points.substr(points.size() - 1));
}

}  // namespace yinxin::pdf::rules
