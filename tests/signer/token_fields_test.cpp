// SPDX-License-Identifier: Apache-2.0
#include "signer/token_fields.h"

#include "tests/support/expect_error.h"

namespace yinxin::signer {
namespace {

TEST(PackCode, IsFiveBitsASymbol) {
    EXPECT_EQ(to_hex(pack_code("2222222222222222")), "00000000000000000000");
    EXPECT_EQ(to_hex(pack_code("ZZZZZZZZZZZZZZZZ")), "ffffffffffffffffffff");
    EXPECT_EQ(to_hex(pack_code("3222222222222223")), "08000000000000000001");
    // 2 to Z in order: 00000 00001 00010 ... 01111
    EXPECT_EQ(to_hex(pack_code("23456789ABCDEFGH")), "00443214c74254b635cf");
}

TEST(PackCode, TakesNothingElse) {
    for (const char* code : {"",
                             "222222222222222",
                             "22222222222222222",
                             "2222-2222-2222-2222",
                             "222222222222222I",
                             "222222222222222O",
                             "222222222222222a"}) {
        EXPECT_ERROR(pack_code(code), Internal, "QR token");
    }
}

TEST(PackType, IsBase40) {
    EXPECT_EQ(to_hex(pack_type("invoice")), "3a865f2b1f40");
    EXPECT_EQ(to_hex(pack_type("tax-payment-record")), "7d40e9c19e4d5ac5714b6094");
    EXPECT_EQ(to_hex(pack_type("a")), "0640");
    EXPECT_EQ(to_hex(pack_type("...")), "f9ff") << "the largest group";
    EXPECT_EQ(pack_type(std::string(40, 'x')).size(), 28u);
}

TEST(PackType, TakesNothingElse) {
    for (const std::string& type : {std::string(),
                                    std::string(41, 'x'),
                                    std::string("Invoice"),
                                    std::string("a b"),
                                    std::string("发票"),
                                    std::string("a/b")}) {
        EXPECT_ERROR(pack_type(type), Internal, "document type");
    }
}

TEST(PackStars, TurnsRunsIntoOneCharacter) {
    const std::pair<std::string, std::string> vectors[] = {
        {"", ""},
        {"*", "*"},
        {"张*", "张*"},
        {"**", "\x02"},
        {"买******提", "买\x06提"},
        {"9****************5", std::string("9\x10") + "5"},
        {"a**b*c***",
         "a\x02"
         "b*c\x03"},
        {std::string(31, '*'), "\x1f"},
        {std::string(32, '*'), "\x1f*"},
        {std::string(33, '*'), "\x1f\x02"},
        {std::string(64, '*') + "x", "\x1f\x1f\x02x"},
    };
    for (const auto& [masked, packed] : vectors) {
        EXPECT_EQ(pack_stars(masked), packed) << masked;
    }
}

TEST(PackPeriod, IsADayOrAMonthNumber) {
    EXPECT_EQ(pack_period("1970-01-01"), 0);
    EXPECT_EQ(pack_period("1970-01-02"), 1);
    EXPECT_EQ(pack_period("2026-01-31"), 20484);
    EXPECT_EQ(pack_period("1970-01"), -1);
    EXPECT_EQ(pack_period("1970-12"), -12);
    EXPECT_EQ(pack_period("2026-01"), -673);
    for (const char* text :
         {"", "1969-12", "1969-12-31", "2026", "2026-13", "2026-02-30", "2026-1-1"}) {
        EXPECT_ERROR(pack_period(text), Internal, "period");
    }
}

TEST(KeepFirstAndLast, CountsCharactersNotBytes) {
    EXPECT_EQ(keep_first_and_last("示例采购股份有限公司"), "示********司");
    EXPECT_EQ(keep_first_and_last("𠮷野𬭎"), "𠮷*𬭎");
    EXPECT_EQ(keep_first_and_last("张三"), "张三");
    EXPECT_EQ(keep_first_and_last(""), "");
    EXPECT_EQ(keep_first_and_last("a" + std::string(100, 'b') + "c"),
              "a" + std::string(31, '*') + "c");
    EXPECT_EQ(keep_first("示例采购"), "示***");
    EXPECT_EQ(keep_first("𠮷"), "𠮷");
    EXPECT_EQ(keep_first(""), "");
}

}  // namespace
}  // namespace yinxin::signer
