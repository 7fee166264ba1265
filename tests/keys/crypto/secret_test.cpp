// SPDX-License-Identifier: Apache-2.0
#include "keys/crypto/secret.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace yinxin::keys {
namespace {

TEST(Secret, WipeLeavesNothingBut0) {
    Secret secret(std::string_view("correct horse"));
    const ByteView memory = secret.view();
    secret.wipe();
    EXPECT_EQ(memory.size(), 13u);
    EXPECT_TRUE(std::all_of(memory.begin(), memory.end(), [](auto byte) { return byte == 0; }));
}

TEST(Secret, AssigningWipesTheOldBytesFirst) {
    Secret old(std::string_view("old secret"));
    Secret moved(std::move(old));
    EXPECT_TRUE(old.empty());
    EXPECT_EQ(as_text(moved.view()), "old secret");
    moved = moved.clone();
    EXPECT_EQ(as_text(moved.view()), "old secret");
}

}  // namespace
}  // namespace yinxin::keys
