// SPDX-License-Identifier: Apache-2.0
// EXPECT_ERROR(statement, code, "part of the detail"), and code_of(call) for the code alone.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "common/error.h"

#define EXPECT_ERROR(statement, expected_code, part)                    \
    try {                                                               \
        static_cast<void>(statement);                                   \
        ADD_FAILURE() << "nothing thrown by " #statement;               \
    } catch (const ::yinxin::Error& error) {                            \
        EXPECT_EQ(static_cast<int>(error.code()),                       \
                  static_cast<int>(::yinxin::ErrorCode::expected_code)) \
            << error.what();                                            \
        EXPECT_THAT(error.what(), ::testing::HasSubstr(part));          \
    }                                                                   \
    static_assert(true, "")

namespace yinxin::tests {

inline ErrorCode code_of(const std::function<void()>& call) {
    try {
        call();
    } catch (const Error& error) {
        return error.code();
    }
    ADD_FAILURE() << "nothing was thrown";
    return ErrorCode::Internal;
}

}  // namespace yinxin::tests
