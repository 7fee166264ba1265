// SPDX-License-Identifier: Apache-2.0
#include "common/error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/limits.h"
#include "common/ports.h"

namespace yinxin {
namespace {

TEST(Error, KeepsCodeDetailAndFields) {
    const Error error(ErrorCode::Invalid, "two faults", {{"/a", "required", "is missing"}});
    EXPECT_EQ(error.code(), ErrorCode::Invalid);
    EXPECT_STREQ(error.what(), "two faults");
    ASSERT_EQ(error.fields().size(), 1u);
    EXPECT_EQ(error.fields()[0].pointer, "/a");
}

TEST(Error, NamesTheFirstFaultsAndCountsTheRest) {
    const auto fields = [](std::size_t count) {
        std::vector<FieldError> faults;
        for (std::size_t i = 0; i < count; ++i) {
            faults.push_back({std::to_string(i), "unknown", "leave it out"});
        }
        return Error(ErrorCode::Invalid, "faults", std::move(faults)).fields();
    };
    EXPECT_EQ(fields(limits::faults_max).size(), limits::faults_max);
    const auto many = fields(100'000);
    ASSERT_EQ(many.size(), limits::faults_max + 1);
    EXPECT_EQ(many[limits::faults_max - 1].pointer, std::to_string(limits::faults_max - 1));
    EXPECT_EQ(many.back().pointer, "");
    EXPECT_EQ(many.back().rule, "more");
    EXPECT_EQ(many.back().detail,
              "and " + std::to_string(100'000 - limits::faults_max) + " more; mend these first.");
    // What was cut once goes through a second process as it is.
    EXPECT_EQ(Error(ErrorCode::Invalid, "again", many).fields().back().detail, many.back().detail);
}

TEST(Error, BrokenInvariantNamesThePlace) {
    try {
        YINXIN_ASSERT(1 + 1 == 3);
        FAIL() << "nothing thrown";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::Internal);
        EXPECT_THAT(error.what(), testing::HasSubstr("1 + 1 == 3"));
        EXPECT_THAT(error.what(), testing::HasSubstr("error_test.cpp:"));
    }
}

TEST(SystemClock, IsTheSystemsClock) {
    const auto before = std::chrono::system_clock::now() - std::chrono::milliseconds(1);
    const Time now = SystemClock().now();
    EXPECT_GE(now, before);
    EXPECT_LE(now, std::chrono::system_clock::now());
}

}  // namespace
}  // namespace yinxin
