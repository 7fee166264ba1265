// SPDX-License-Identifier: Apache-2.0
#include "pdf/schema_pattern.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "common/error.h"

namespace yinxin::pdf::rules {
namespace {

struct Case {
    const char* pattern;
    std::vector<const char*> good, bad;
};

TEST(Pattern, MatchesTheWholeText) {
    const std::vector<Case> cases = {
        {"^[0-9]{20}$",
         {"25999000000000000001"},
         {"", "2599900000000000000", "259990000000000000011", "2599900000000000000a"}},
        {"^\\*[^*]{1,20}\\*.+$",
         {"*蔬菜*上海青", "*a**"},
         {"蔬菜", "**上海青", "*蔬菜*", "*一二三四五六七八九十一二三四五六七八九十一*x"}},
        {"^(鄂|粤)[A-Z]-\\d{4,5}$",
         {"粤B-12345", "鄂A-1234"},
         {"京A-1234", "粤b-1234", "粤B-123", "粤B-123456"}},
        {"^a*$", {"", "a", "aaaa"}, {"b", "ab"}},
        {"^(ab?)+c?$", {"a", "ab", "aab", "abac"}, {"", "b", "acc"}},
        {"^[\\]a-c-]+$", {"]", "a-c", "-"}, {"d", ""}},
        {"^.$", {"𠮷", "é"}, {"", "ab"}},
        {"^(?:x{2}|y{0,1}z)$", {"xx", "z", "yz"}, {"x", "yyz"}},
        {"^\\w+\\s\\w+$", {"a b", "a_1　b"}, {"ab", "a  b"}},
        {"^a{3,}$", {"aaa", "aaaa"}, {"aa"}},
        {"^$", {""}, {"a"}},
    };
    for (const Case& entry : cases) {
        const Pattern pattern(entry.pattern);
        for (const char* text : entry.good) {
            EXPECT_TRUE(pattern.matches(text)) << entry.pattern << " on " << text;
        }
        for (const char* text : entry.bad) {
            EXPECT_FALSE(pattern.matches(text)) << entry.pattern << " on " << text;
        }
    }
}

TEST(Pattern, RefusesWhatItDoesNotUnderstand) {
    for (const char* bad : {"",
                            "abc",
                            "^abc",
                            "abc$",
                            "^a|b$",
                            "^(a$",
                            "^a)$",
                            "^[a$",
                            "^*a$",
                            "^a{2$",
                            "^a{3,2}$",
                            "^a{99999}$",
                            "^\\b$",
                            "^\\1$",
                            "^(?=a)$",
                            "^a\\$",
                            "^[z-a]$",
                            "^(((a{1000}){1000}){1000})$",
                            "^((){1000}){1000}$",
                            "^a$b$",
                            "^\xff$"}) {
        EXPECT_THROW(Pattern{bad}, Error) << bad;
    }
}

TEST(Pattern, TakesTimeInProportionToTheText) {
    // Backtracking would need 2^60 steps here.
    const Pattern pattern("^(a|aa)+$");
    const std::string text = std::string(20'000, 'a') + "b";
    const auto start = std::chrono::steady_clock::now();
    EXPECT_FALSE(pattern.matches(text));
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
}

}  // namespace
}  // namespace yinxin::pdf::rules
