// SPDX-License-Identifier: Apache-2.0
// Every attack that needs nothing but a sealed file, on every kind of sealed file.
#include "tests/verify/attacks/any_file.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "tests/verify/attacks/targets.h"

namespace yinxin::tests {
namespace {

using verify::Integrity;

class AnyFile : public testing::TestWithParam<std::size_t> {};

std::string as_name(std::string text) {
    std::replace_if(
        text.begin(), text.end(), [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
    return text;
}

INSTANTIATE_TEST_SUITE_P(Attacks,
                         AnyFile,
                         testing::Range<std::size_t>(0, any_file_attacks().size()),
                         [](const auto& parameter) {
                             const AnyFileAttack& attack = any_file_attacks()[parameter.param];
                             return "row_" + std::to_string(attack.row) + "_" +
                                    as_name(attack.name) + "_" + std::to_string(parameter.param);
                         });

TEST_P(AnyFile, IsSeen) {
    const AnyFileAttack& attack = any_file_attacks()[GetParam()];
    std::size_t made = 0;
    for (const Target& target : targets()) {
        const auto untouched = makers().check(target.file, target.own);
        ASSERT_EQ(untouched.integrity, Integrity::Intact) << target.name;
        const auto attacked = attack.make(target.file);
        if (!attacked) {
            continue;
        }
        ++made;
        ASSERT_NE(*attacked, target.file) << target.name;
        const auto report = makers().check(*attacked, target.own);
        EXPECT_TRUE(std::find(attack.verdicts.begin(), attack.verdicts.end(), report.integrity) !=
                    attack.verdicts.end())
            << target.name << ": " << to_json(report).dump(1);
        EXPECT_TRUE(attack.finding.empty() || has_finding(report, attack.finding))
            << target.name << ": " << to_json(report).dump(1);
    }
    EXPECT_GE(made, 1U);
}

}  // namespace
}  // namespace yinxin::tests
