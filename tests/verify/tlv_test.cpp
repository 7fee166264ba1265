// SPDX-License-Identifier: Apache-2.0
#include "verify/tlv.h"

#include <gtest/gtest.h>

#include "common/error.h"

namespace yinxin::verify {
namespace {

TEST(Tlv, ReadsDefiniteAndIndefiniteLengths) {
    const std::vector<std::pair<std::string, std::string>> good = {
        {"0500", ""},
        {"020107", "07"},
        {"30800201070000", "020107"},
        {"3080308000000000", "30800000"},
        {"0481020102", "0102"},
    };
    for (const auto& [hex, content] : good) {
        const Bytes bytes = from_hex(hex);
        TlvReader reader(bytes);
        const Tlv value = reader.next();
        EXPECT_EQ(to_hex(value.content), content) << hex;
        EXPECT_EQ(to_hex(value.whole), hex);
        EXPECT_TRUE(reader.at_end());
    }
}

TEST(Tlv, RefusesWhatDoesNotFit) {
    std::string deep;
    for (int i = 0; i < 64; ++i) {
        deep += "3080";
    }
    for (const std::string& hex : {std::string(""),
                                   std::string("02"),
                                   std::string("0202ff"),
                                   std::string("0280ff0000"),
                                   std::string("3080020107"),
                                   std::string("1f8101"),
                                   std::string("0485ffffffffff"),
                                   std::string("0484ffffffff"),
                                   deep}) {
        const Bytes bytes = from_hex(hex);
        EXPECT_THROW(TlvReader(bytes).next(), Error) << hex;
    }
}

TEST(Tlv, JoinsAnOctetStringInPieces) {
    const Bytes bytes = from_hex("2480040201020401030000");
    EXPECT_EQ(to_hex(octets_of(TlvReader(bytes).next())), "010203");
    const Bytes wrong = from_hex("24800201070000");
    EXPECT_THROW(octets_of(TlvReader(wrong).next()), Error);
}

TEST(Tlv, WritesObjectIdentifiersWithDots) {
    EXPECT_EQ(oid_text(from_hex("2a864886f70d010702")), "1.2.840.113549.1.7.2");
    EXPECT_EQ(oid_text(from_hex("608648016503040201")), "2.16.840.1.101.3.4.2.1");
    for (const char* bad : {"", "80", "2a80", "2a8001", "2a86"}) {
        EXPECT_THROW(oid_text(from_hex(bad)), Error) << bad;
    }
}

}  // namespace
}  // namespace yinxin::verify
