// SPDX-License-Identifier: Apache-2.0
#include "common/error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

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
