// SPDX-License-Identifier: Apache-2.0
#include "server/domain/reversal.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "common/error.h"
#include "tests/support/data.h"

namespace yinxin::server {
namespace {

using nlohmann::json;
using tests::sample;

/// Rules broken, in the order of the faults; empty when it was accepted.
std::vector<std::string> rules_broken(const json& red, const json& blue) {
    try {
        plan_reversal(red, blue, "id");
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::Invalid);
        std::vector<std::string> rules;
        for (const FieldError& field : error.fields()) {
            rules.push_back(field.pointer + " " + field.rule);
        }
        return rules;
    }
    return {};
}

class ReversalTest : public testing::Test {
  protected:
    const json blue_ = sample("invoice.special.json");
    json red_ = sample("invoice.red.json");
};

TEST_F(ReversalTest, KnowsARedInvoice) {
    EXPECT_EQ(reversed_number(red_), "25999000000000000001");
    EXPECT_FALSE(reversed_number(blue_));
    json none = blue_;
    none["red"] = nullptr;
    EXPECT_FALSE(reversed_number(none));
}

TEST_F(ReversalTest, CountsADiscountLineWithItsLine) {
    const Reversal reversal = plan_reversal(red_, blue_, "the-id");
    EXPECT_EQ(reversal.original_id, "the-id");
    ASSERT_EQ(reversal.lines.size(), 1u);
    const Reversal::Line& line = reversal.lines.front();
    EXPECT_EQ(line.amount_fen, 530'97);
    EXPECT_EQ(line.tax_fen, 69'03);
    EXPECT_EQ(line.amount_max_fen, 5309'73 - 309'73);
    EXPECT_EQ(line.tax_max_fen, 690'26 - 40'26);
    EXPECT_EQ(reversal.original_gross_fen, 5000'00 + 650'00 + 1000'00 + 60'00);
}

TEST_F(ReversalTest, RefusesOtherPartiesKindsLinesAndRedOriginals) {
    json other_buyer = red_;
    other_buyer["buyer"]["tax_id"] = "91990000MADEM0011K";
    EXPECT_EQ(rules_broken(other_buyer, blue_),
              std::vector<std::string>{"/buyer/tax_id reversal_party"});

    json other_kind = red_;
    other_kind["kind"] = "ordinary";
    EXPECT_EQ(rules_broken(other_kind, blue_), std::vector<std::string>{"/kind reversal_kind"});

    json other_rate = red_;
    other_rate["lines"][0]["tax_rate"] = "0.06";
    EXPECT_EQ(rules_broken(other_rate, blue_), std::vector<std::string>{"/lines/0 reversal_line"});

    json upward = red_;
    upward["lines"][0]["amount"] = "530.97";
    EXPECT_EQ(rules_broken(upward, blue_),
              std::vector<std::string>{"/lines/0/amount reversal_sign"});

    EXPECT_EQ(rules_broken(red_, red_).front(), "/red/original_number reversal_of_red");
}

}  // namespace
}  // namespace yinxin::server
