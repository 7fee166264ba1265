// SPDX-License-Identifier: Apache-2.0
#include "pdf/rules/text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace yinxin::pdf::rules {
namespace {

TEST(Text, AcceptsNamesAsTheyAreWritten) {
    for (const char* good : {"",
                             "张小明",
                             "王𠮷",
                             "𬭎䶮㛃",
                             "买买提·艾合买提",
                             "Maria Fernanda da Silva Gonçalves",
                             "示例市税务局（第一税务所）",
                             "0.3mm",
                             "２Ｔ",
                             "a b",
                             "﨑"}) {
        EXPECT_FALSE(text_fault(good)) << good << ": " << *text_fault(good);
    }
}

TEST(Text, RefusesWhatCannotBePrintedFaithfully) {
    const std::vector<std::pair<std::string, std::string>> bad = {
        {"张\n明", "control"},
        {"张\t明", "control"},
        {std::string("张\0明", 7), "control"},
        {"a\xC2\x85z", "control"},
        {"a\u202Eb", "cannot be seen"},
        {"a\u2066b", "cannot be seen"},
        {"张\u200B明", "cannot be seen"},
        {"张\u200D明", "cannot be seen"},
        {"\uFEFF张", "cannot be seen"},
        {"张\uE000", "for private use"},
        {"张\U0010FFFD", "for private use"},
        {"葛\U000E0100", "cannot be seen"},
        {"a\u00ADb", "cannot be seen"},
        {"a\uFFFFb", "no character"},
        {" 张", "space"},
        {"张\u3000", "space"},
        {"\xC3\x28", "UTF-8"},
        {"\xED\xA0\x80", "UTF-8"},
        {"\xF0\x82\x82\xAC", "UTF-8"},
    };
    for (const auto& [text, word] : bad) {
        const std::optional<std::string> fault = text_fault(text);
        ASSERT_TRUE(fault) << text;
        EXPECT_THAT(*fault, testing::HasSubstr(word));
    }
}

TEST(Text, BringsEverySpellingIntoOne) {
    EXPECT_EQ(to_nfc("Gonc\u0327alves"), "Gon\u00e7alves");
    EXPECT_EQ(to_nfc("\uFA19"), "神");  // a compatibility ideograph
    EXPECT_EQ(to_nfc("\u1112\u1161\u11ab"), "한");
    EXPECT_EQ(to_nfc("e\u0323\u0302"), "\u1ec7");
    for (const char* same :
         {"", "张小明", "王𠮷", "Gon\u00e7alves", "２Ｔ", "a\u200Db", "\xC3\x28"}) {
        EXPECT_EQ(to_nfc(same), same);
    }
}

TEST(Text, CountsCodePoints) {
    EXPECT_EQ(length_of("王𠮷"), 2u);
    EXPECT_EQ(length_of("Gonçalves"), 9u);
    EXPECT_EQ(length_of(""), 0u);
}

}  // namespace
}  // namespace yinxin::pdf::rules
