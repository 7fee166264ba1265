// SPDX-License-Identifier: Apache-2.0
#include "common/utf8.h"

#include <gtest/gtest.h>

#include "common/bytes.h"
#include "common/error.h"

namespace yinxin {
namespace {

TEST(Utf8, GoesToCodePointsAndBack) {
    const std::u32string points = U"a\u00FF税𠮷\U0010FFFF";
    EXPECT_EQ(to_code_points(to_utf8(points)), points);
    EXPECT_EQ(to_utf8(U"税𠮷"), "税𠮷");
    EXPECT_EQ(to_code_points(""), U"");
}

TEST(Utf8, RefusesWhatIsNoText) {
    for (const char* bad : {"\x80",
                            "\xC3",
                            "\xC0\xAF",
                            "\xE0\x80\xAF",
                            "\xF0\x80\x80\xAF",
                            "\xED\xA0\x80",
                            "\xF4\x90\x80\x80",
                            "\xFF",
                            "a\xE7\xA8"}) {
        EXPECT_FALSE(to_code_points(bad)) << to_hex(as_bytes(std::string_view(bad)));
        EXPECT_THROW(code_points(bad), Error);
    }
}

TEST(Utf8, TakesOneCodePointAfterTheOther) {
    const std::string_view text = "a\u00e9税\U00020BB7\xFF";
    std::size_t at = 0;
    for (const char32_t c : {U'a', U'\u00e9', U'税', U'\U00020BB7'}) {
        EXPECT_EQ(next_code_point(text, at), c);
    }
    EXPECT_EQ(next_code_point(text, at), std::nullopt);
    EXPECT_EQ(at, text.size() - 1) << "it stays before what is no code point";
}

TEST(Utf8, WritesUtf16WithSurrogates) {
    std::string out;
    append_utf16(out, U'王');
    append_utf16(out, U'𠮷');
    EXPECT_EQ(to_hex(as_bytes(out)), "738bd842dfb7");
}

TEST(Utf8, NamesCodePoints) {
    EXPECT_EQ(code_point_name(U'A'), "U+0041");
    EXPECT_EQ(code_point_name(0x2A0B7), "U+2A0B7");
}

}  // namespace
}  // namespace yinxin
