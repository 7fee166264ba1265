// SPDX-License-Identifier: Apache-2.0
#include "pdf/rules/words.h"

#include <gtest/gtest.h>

#include <random>

#include "tests/support/data.h"

namespace yinxin::pdf::rules {
namespace {

TEST(AmountInWords, AgreesWithEveryVector) {
    for (const auto& vector : tests::domain_vectors("rmb_upper")) {
        const std::string text = vector.at("in");
        const Money amount = Decimal::parse(text)->to_money();
        EXPECT_EQ(amount_in_words(amount, WordsStyle::Certificate),
                  vector.at("cert").get<std::string>())
            << text;
        EXPECT_EQ(amount_in_words(amount, WordsStyle::Invoice),
                  vector.at("invoice").get<std::string>())
            << text;
    }
}

TEST(AmountInWords, ReadsBackWhatItWrote) {
    std::mt19937_64 random(20260122);
    for (int round = 0; round < 100'000; ++round) {
        // Every length of number, and zeros in every place.
        std::int64_t fen = static_cast<std::int64_t>(random() % Money::fen_limit);
        for (std::uint64_t cut = random() % 18; cut > 0; --cut) {
            fen /= 10;
        }
        for (int hole = 0; hole < 4; ++hole) {
            std::int64_t unit = 1;
            for (std::uint64_t place = random() % 17; place > 0; --place) {
                unit *= 10;
            }
            fen -= fen / unit % 10 * unit;
        }
        const Money amount = Money::from_fen(round % 2 == 0 ? fen : -fen);
        for (const WordsStyle style : {WordsStyle::Certificate, WordsStyle::Invoice}) {
            const std::string words = amount_in_words(amount, style);
            const std::optional<Money> back = parse_words(words);
            ASSERT_TRUE(back) << words;
            ASSERT_EQ(*back, amount) << words;
            ASSERT_EQ(words.find("零零"), std::string::npos) << words;
            ASSERT_EQ(words.starts_with("零"), amount.fen() == 0) << words;
        }
    }
}

TEST(AmountInWords, WritesTheLargestAmount) {
    EXPECT_EQ(amount_in_words(Money::from_fen(Money::fen_limit - 1), WordsStyle::Certificate),
              "玖仟玖佰玖拾玖万玖仟玖佰玖拾玖亿玖仟玖佰玖拾玖万玖仟玖佰玖拾玖元玖角玖分");
}

TEST(ParseWords, AcceptsTheVariantsTheBankingRulesAllow) {
    const std::vector<std::pair<std::string, std::string>> good = {
        {"⊗陆佰圆整", "600.00"},
        {"人民币壹仟元正", "1000.00"},
        {"壹仟零伍元叁角", "1005.30"},
        {"壹仟零伍元叁角整", "1005.30"},
        {"壹万陆仟肆佰零玖元零贰分", "16409.02"},
        {"壹拾万柒仟元零伍角叁分", "107000.53"},
        {"壹拾万零柒仟元伍角叁分", "107000.53"},
        {"叁拾贰万伍仟元肆角整", "325000.40"},
        {"⊗（负数）伍佰圆整", "-500.00"},
        {"（负数）⊗伍佰圆整", "-500.00"},
        {"壹仟〇伍圆整", "1005.00"},
        {"零圆整", "0.00"},
        {"伍元", "5.00"}};
    for (const auto& [words, amount] : good) {
        const std::optional<Money> read = parse_words(words);
        ASSERT_TRUE(read) << words;
        EXPECT_EQ(read->text(), amount) << words;
    }
    for (const char* bad : {"",
                            "整",
                            "元整",
                            "零",
                            "壹",
                            "壹佰",
                            "五元整",
                            "壹元整整",
                            "壹元壹元",
                            "壹分壹角",
                            "拾元整",
                            "壹佰壹仟元整",
                            "abc"}) {
        EXPECT_FALSE(parse_words(bad)) << bad;
    }
}

}  // namespace
}  // namespace yinxin::pdf::rules
