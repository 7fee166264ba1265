// SPDX-License-Identifier: Apache-2.0
#include "signer/cbor_writer.h"

#include <gtest/gtest.h>

#include <limits>

namespace yinxin::signer {
namespace {

// RFC 8949, appendix A
TEST(CborWriter, IntegersAgreeWithRfc8949) {
    const std::pair<std::int64_t, const char*> vectors[] = {
        {0, "00"},
        {1, "01"},
        {10, "0a"},
        {23, "17"},
        {24, "1818"},
        {25, "1819"},
        {100, "1864"},
        {255, "18ff"},
        {256, "190100"},
        {1000, "1903e8"},
        {65535, "19ffff"},
        {65536, "1a00010000"},
        {1000000, "1a000f4240"},
        {4294967295, "1affffffff"},
        {4294967296, "1b0000000100000000"},
        {1000000000000, "1b000000e8d4a51000"},
        {std::numeric_limits<std::int64_t>::max(), "1b7fffffffffffffff"},
        {-1, "20"},
        {-10, "29"},
        {-24, "37"},
        {-25, "3818"},
        {-100, "3863"},
        {-1000, "3903e7"},
        {std::numeric_limits<std::int64_t>::min(), "3b7fffffffffffffff"}};
    for (const auto& [number, encoded] : vectors) {
        EXPECT_EQ(to_hex(CborWriter().integer(number).bytes()), encoded) << number;
    }
}

TEST(CborWriter, StringsAndContainersAgreeWithRfc8949) {
    EXPECT_EQ(to_hex(CborWriter().byte_string({}).bytes()), "40");
    EXPECT_EQ(to_hex(CborWriter().byte_string(Bytes{1, 2, 3, 4}).bytes()), "4401020304");
    EXPECT_EQ(to_hex(CborWriter().text("").bytes()), "60");
    EXPECT_EQ(to_hex(CborWriter().text("IETF").bytes()), "6449455446");
    EXPECT_EQ(to_hex(CborWriter().text("水").bytes()), "63e6b0b4");
    EXPECT_EQ(to_hex(CborWriter().text("𐅑").bytes()), "64f0908591");
    EXPECT_EQ(to_hex(CborWriter().null().bytes()), "f6");
    EXPECT_EQ(to_hex(CborWriter().array(0).bytes()), "80");
    EXPECT_EQ(to_hex(CborWriter().array(3).integer(1).integer(2).integer(3).bytes()), "83010203");
    EXPECT_EQ(to_hex(CborWriter().map(2).integer(1).integer(2).integer(3).integer(4).bytes()),
              "a201020304");
    EXPECT_EQ(to_hex(CborWriter().byte_string(Bytes(24)).bytes()).substr(0, 6), "581800");
    EXPECT_EQ(to_hex(CborWriter().array(25).bytes()), "9819");
}

}  // namespace
}  // namespace yinxin::signer
