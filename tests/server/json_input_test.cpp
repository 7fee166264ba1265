// SPDX-License-Identifier: Apache-2.0
#include "server/json_input.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/limits.h"

namespace yinxin::server {
namespace {

std::string fault_of(const std::string& text) {
    try {
        parse_json(text);
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::Malformed);
        return error.what();
    }
    return "";
}

std::string nested(std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
}

TEST(ParseJson, NamesLineAndColumnOfWhatIsBroken) {
    EXPECT_THAT(fault_of("{\n\n  \"a\": tru }"), testing::HasSubstr("line 3, column 11"));
    EXPECT_THAT(fault_of("{\"a\": 1"), testing::HasSubstr("line 1"));
    EXPECT_THAT(fault_of(""), testing::HasSubstr("line 1, column 1"));
}

TEST(ParseJson, RefusesWhatReadersCouldTakeInTwoWays) {
    for (const char* bad : {"{\"a\":1,\"a\":2}",
                            "{\"o\":{\"a\":1,\"a\":1}}",
                            "{\"a\":1,}",
                            "[1,]",
                            "{'a':1}",
                            "{\"a\":NaN}",
                            "{\"a\":01}",
                            "{\"a\":\"\x01\"}",
                            "{\"a\":\"\xc0\x80\"}",
                            "{} {}",
                            "{}x",
                            "// c\n{}"})
        EXPECT_NE(fault_of(bad), "") << bad;
}

TEST(ParseJson, StopsAtADepthBeforeItBuildsATree) {
    EXPECT_EQ(fault_of(nested(limits::json_depth_max)), "");
    EXPECT_THAT(fault_of(nested(limits::json_depth_max + 1)), testing::HasSubstr("32"));
    EXPECT_NE(fault_of(std::string(1u << 20, '[')), "");
}

TEST(PointerSegment, EscapesWhatWouldSplitAPointer) {
    EXPECT_EQ(pointer_segment("a/b~c"), "a~1b~0c");
}

TEST(CheckMembers, CollectsEveryFault) {
    try {
        check_members(parse_json(R"({"x":1,"b":[]})"),
                      {{"a", Member::Kind::Text, true}, {"b", Member::Kind::Object}},
                      "/at");
        FAIL();
    } catch (const Error& error) {
        ASSERT_EQ(error.fields().size(), 3u);
        EXPECT_EQ(error.fields()[0].pointer, "/at/x");
        EXPECT_EQ(error.fields()[1].pointer, "/at/a");
        EXPECT_EQ(error.fields()[2].pointer, "/at/b");
    }
}

}  // namespace
}  // namespace yinxin::server
