// SPDX-License-Identifier: Apache-2.0
#include "pdf/reader_content.h"

#include <gtest/gtest.h>

#include "common/error.h"

namespace yinxin::pdf::reader {
namespace {

TEST(ContentReader, ReadsOperatorsWithTheirOperands) {
    using Operand = ContentReader::Operand;
    const std::string content =
        "q 1 -.5 +2 0 7.25 8 cm%x\n/F#31 12 Tf(a\\051)Tj<00 4>Tj /A/B[1 2]true <<>> 5 6 7 x T*";
    ContentReader op(as_bytes(content));
    ASSERT_TRUE(op.next());
    EXPECT_TRUE(op.is("q", 0));
    EXPECT_FALSE(op.is("Q", 0));
    ASSERT_TRUE(op.next());
    EXPECT_TRUE(op.is("cm", 6));
    EXPECT_FALSE(op.is("cm", 5));
    EXPECT_EQ(op.number(1), -0.5);
    EXPECT_EQ(op.number(4), 7.25);
    ASSERT_TRUE(op.next());
    EXPECT_TRUE(op.is("Tf") && op.takes(Operand::Name, Operand::Number));
    EXPECT_FALSE(op.is("Tf", 2)) << "a name is no number";
    EXPECT_EQ(op.name(), "F1");
    EXPECT_EQ(op.number(1), 12);
    ASSERT_TRUE(op.next());
    EXPECT_TRUE(op.takes(Operand::String));
    EXPECT_EQ(op.string(), "a)");
    ASSERT_TRUE(op.next());
    EXPECT_EQ(op.string(), (std::string_view("\0@", 2)));
    ASSERT_TRUE(op.next());
    EXPECT_EQ(op.letters(), "x");
    EXPECT_EQ(op.count(), 8U);
    ASSERT_TRUE(op.next());
    EXPECT_TRUE(op.is("T*", 0));
    EXPECT_FALSE(op.next());
}

TEST(ContentReader, RefusesWhatTheGrammarDoesNotHave) {
    for (const char* bad : {"1 2", "(a", "<0g> Tj", "1.2.3 w", "/A#0 Do", "[1 2 re", ") f", "{"}) {
        ContentReader op(as_bytes(std::string_view(bad)));
        EXPECT_THROW(while (op.next()){}, Error) << bad;
    }
}

}  // namespace
}  // namespace yinxin::pdf::reader
