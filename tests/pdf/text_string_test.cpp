// SPDX-License-Identifier: Apache-2.0
#include "pdf/text_string.h"

#include <gtest/gtest.h>

#include "common/error.h"

namespace yinxin::pdf {
namespace {

TEST(TextString, WritesAsciiAsALiteral) {
    EXPECT_EQ(text_string("a (b) \\"), "(a \\(b\\) \\\\)");
    EXPECT_EQ(text_string(""), "()");
}

TEST(TextString, WritesTheRestWithItsMarkAndSurrogates) {
    EXPECT_EQ(text_string("王𠮷"), "<feff738bd842dfb7>");
    EXPECT_EQ(text_string("a\n"), "<feff0061000a>");
}

TEST(TextString, RefusesWhatIsNoText) {
    EXPECT_THROW(text_string("\xFF"), Error);
}

}  // namespace
}  // namespace yinxin::pdf
