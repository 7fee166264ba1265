// SPDX-License-Identifier: Apache-2.0
#include "common/json_text.h"

#include <gtest/gtest.h>

namespace yinxin {
namespace {

std::string json(std::string_view text) {
    std::string out = "x";
    append_json_text(out, text);
    return out.substr(1);
}

TEST(JsonText, EscapesWhatMustBeAndNothingElse) {
    EXPECT_EQ(json(""), R"("")");
    EXPECT_EQ(json("税 a/b\x7f"), "\"税 a/b\x7f\"");
    EXPECT_EQ(json("\"a\\"), R"("\"a\\")");
    EXPECT_EQ(json(std::string("\n\x1f\0z", 4)), R"("\u000a\u001f\u0000z")");
}

}  // namespace
}  // namespace yinxin
