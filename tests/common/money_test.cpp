// SPDX-License-Identifier: Apache-2.0
#include "common/money.h"

#include <gtest/gtest.h>

#include "common/error.h"

namespace yinxin {
namespace {

TEST(Money, ReadsExactlyTwoDecimals) {
    const std::vector<std::pair<std::string, std::int64_t>> good = {
        {"0.00", 0},
        {"0.01", 1},
        {"-0.01", -1},
        {"10.50", 1050},
        {"9999999999999999.99", 999999999999999999}};
    for (const auto& [text, fen] : good) {
        const std::optional<Money> money = Money::parse(text);
        ASSERT_TRUE(money) << text;
        EXPECT_EQ(money->fen(), fen) << text;
        EXPECT_EQ(money->text(), text);
    }
    for (const char* bad : {"",
                            "0",
                            "1",
                            "1.0",
                            "1.000",
                            "01.00",
                            "-0.00",
                            "+1.00",
                            ".50",
                            "1,000.00",
                            "1.0a",
                            "--1.00",
                            "１.00",
                            "1e2.00",
                            " 1.00",
                            "10000000000000000.00",
                            "-"}) {
        EXPECT_FALSE(Money::parse(bad)) << bad;
    }
}

TEST(Money, GroupsThousands) {
    EXPECT_EQ(Money::from_fen(0).grouped(), "0.00");
    EXPECT_EQ(Money::from_fen(99999).grouped(), "999.99");
    EXPECT_EQ(Money::from_fen(-100000).grouped(), "-1,000.00");
    EXPECT_EQ(Money::from_fen(123456789012).grouped(), "1,234,567,890.12");
}

TEST(Money, RefusesToLeaveItsRange) {
    const Money most = Money::from_fen(Money::fen_limit - 1);
    EXPECT_THROW(most + Money::from_fen(1), Error);
    EXPECT_THROW(-most - Money::from_fen(1), Error);
    EXPECT_THROW(Money::from_fen(Money::fen_limit), Error);
    EXPECT_EQ((most + -most).fen(), 0);
}

TEST(Decimal, ReadsPlainDecimals) {
    const std::vector<std::pair<std::string, std::string>> good = {
        {"0", "0"},
        {"0.13", "0.13"},
        {"14.2857142857143", "14.2857142857143"},
        {"-3", "-3"},
        {"1.50", "1.5"},
        {"100", "100"},
        {"0.0000000000001", "0.0000000000001"}};
    for (const auto& [text, shortest] : good) {
        ASSERT_TRUE(Decimal::parse(text)) << text;
        EXPECT_EQ(Decimal::parse(text)->text(), shortest);
    }
    for (const char* bad : {"",
                            "-",
                            ".5",
                            "5.",
                            "00",
                            "01",
                            "1.2.3",
                            "1e5",
                            "0x1",
                            "0.00000000000001",
                            "12345678901234567",
                            "1 "}) {
        EXPECT_FALSE(Decimal::parse(bad)) << bad;
    }
}

TEST(Decimal, MultipliesExactlyAndRoundsHalfAwayFromZero) {
    const auto product = [](const char* a, const char* b) {
        return Decimal::parse(a)->times(*Decimal::parse(b)).to_money().text();
    };
    EXPECT_EQ(product("3", "33.333333"), "100.00");
    EXPECT_EQ(product("7", "14.2857142857143"), "100.00");
    EXPECT_EQ(product("12", "8.335"), "100.02");
    EXPECT_EQ(product("1", "0.005"), "0.01");
    EXPECT_EQ(product("-1", "0.005"), "-0.01");
    EXPECT_EQ(product("1", "0.0049999999999"), "0.00");
}

TEST(Decimal, SaysWhenAProductDoesNotFit) {
    const Decimal large = *Decimal::parse("9999999999999999.9999999999999");
    EXPECT_THROW(large.times(large), Error);
    EXPECT_THROW(large.times(*Decimal::parse("1000")).to_money(), Error);
}

TEST(Decimal, ComparesByValue) {
    EXPECT_EQ(*Decimal::parse("0.10"), *Decimal::parse("0.1"));
    EXPECT_TRUE(Decimal::parse("-0.1")->compare(*Decimal::parse("0.01")) < 0);
    EXPECT_EQ(Decimal(Money::from_fen(150)), *Decimal::parse("1.5"));
}

}  // namespace
}  // namespace yinxin
