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

TEST(JsonText, EscapesAByteWhereverItStands) {
    for (int byte = 0; byte < 0x100; ++byte) {
        const char c = static_cast<char>(byte);
        const std::string alone = json(std::string(1, c)).substr(1);
        const std::string_view escaped(alone.data(), alone.size() - 1);
        EXPECT_EQ(escaped.size() > 1, byte < 0x20 || c == '"' || c == '\\') << byte;
        for (std::size_t at = 0; at < 24; ++at) {
            const std::string before(at, '\x80'), after(23 - at, '!');
            EXPECT_EQ(json(before + c + after), '"' + before + std::string(escaped) + after + '"')
                << byte << " at " << at;
        }
    }
}

}  // namespace
}  // namespace yinxin
