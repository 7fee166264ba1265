// SPDX-License-Identifier: Apache-2.0
#include "common/bytes.h"

#include <gtest/gtest.h>

#include <functional>

#include "common/error.h"
#include "tests/support/expect_error.h"

namespace yinxin {
namespace {

using tests::code_of;

TEST(Hex, WritesLowerCaseAndReadsBothCases) {
    const Bytes bytes{0x00, 0x7f, 0xAB, 0xff};
    EXPECT_EQ(to_hex(bytes), "007fabff");
    EXPECT_EQ(from_hex("007fABfF"), bytes);
    EXPECT_EQ(from_hex(""), Bytes{});
}

TEST(Hex, RefusesWhatIsNotHexadecimal) {
    for (const char* text : {"0", "0g", "g0", " 00", "0x00", "00 "}) {
        EXPECT_EQ(code_of([&] { from_hex(text); }), ErrorCode::Malformed) << text;
    }
}

// RFC 4648, 10, with the alphabet of section 5 and without padding.
TEST(Base64Url, AgreesWithRfc4648) {
    const std::pair<const char*, const char*> vectors[] = {{"", ""},
                                                           {"f", "Zg"},
                                                           {"fo", "Zm8"},
                                                           {"foo", "Zm9v"},
                                                           {"foob", "Zm9vYg"},
                                                           {"fooba", "Zm9vYmE"},
                                                           {"foobar", "Zm9vYmFy"}};
    for (const auto& [plain, encoded] : vectors) {
        EXPECT_EQ(to_base64url(as_bytes(plain)), encoded);
        EXPECT_EQ(as_text(from_base64url(encoded)), plain);
    }
    EXPECT_EQ(to_base64url(Bytes{0xfb, 0xff, 0xbf}), "-_-_");
}

TEST(Base64Url, EveryByteSurvives) {
    Bytes bytes;
    for (int i = 0; i < 256; ++i) {
        bytes.push_back(static_cast<std::uint8_t>(i));
        EXPECT_EQ(from_base64url(to_base64url(bytes)), bytes);
    }
}

TEST(Base64Url, RefusesEverySecondSpelling) {
    // padding, the other alphabet, blanks, an impossible length, pad bits that are not zero
    for (const char* text :
         {"Zg==", "Zg=", "+/+/", "Zm9v ", " Zm9v", "Zm9vY", "Z", "Zh", "Zm9", "Zm9vYmF"}) {
        EXPECT_EQ(code_of([&] { from_base64url(text); }), ErrorCode::Malformed) << text;
    }
    EXPECT_EQ(code_of([] { from_base64url(std::string_view("Zm\0v", 4)); }), ErrorCode::Malformed);
}

TEST(EqualConstantTime, ComparesContentAndLength) {
    EXPECT_TRUE(equal_constant_time(Bytes{}, Bytes{}));
    EXPECT_TRUE(equal_constant_time(Bytes{1, 2}, Bytes{1, 2}));
    EXPECT_FALSE(equal_constant_time(Bytes{1, 2}, Bytes{1, 3}));
    EXPECT_FALSE(equal_constant_time(Bytes{1, 2}, Bytes{1, 2, 0}));
    EXPECT_FALSE(equal_constant_time(Bytes{0x81}, Bytes{0x01}));
}

}  // namespace
}  // namespace yinxin
