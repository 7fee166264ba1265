// SPDX-License-Identifier: Apache-2.0
#include "signer/der_writer.h"

#include <openssl/asn1.h>
#include <openssl/objects.h>

#include "keys/crypto/openssl.h"
#include "tests/support/expect_error.h"

namespace yinxin::signer {
namespace {

std::string hex(const Bytes& bytes) {
    return to_hex(bytes);
}

// X.690, 8.1.3 and 10.1
TEST(DerWriter, LengthsHaveTheirShortestForm) {
    EXPECT_EQ(hex(der::null()), "0500");
    EXPECT_EQ(hex(der::octet_string(Bytes{1})), "040101");
    EXPECT_EQ(hex(der::octet_string(Bytes(0x7F))).substr(0, 6), "047f00");
    EXPECT_EQ(hex(der::octet_string(Bytes(0x80))).substr(0, 8), "04818000");
    EXPECT_EQ(hex(der::octet_string(Bytes(0xFF))).substr(0, 8), "0481ff00");
    EXPECT_EQ(hex(der::octet_string(Bytes(0x100))).substr(0, 10), "0482010000");
    EXPECT_EQ(hex(der::octet_string(Bytes(0x10000))).substr(0, 12), "048301000000");
    EXPECT_EQ(der::octet_string(Bytes(0x10000)).size(), 0x10000u + 5);
}

// X.690, 8.3
TEST(DerWriter, IntegersAreNotNegative) {
    const std::pair<std::uint32_t, const char*> vectors[] = {{0, "020100"},
                                                             {1, "020101"},
                                                             {127, "02017f"},
                                                             {128, "02020080"},
                                                             {256, "02020100"},
                                                             {0xFFFFFFFF, "020500ffffffff"}};
    for (const auto& [number, encoded] : vectors) {
        EXPECT_EQ(hex(der::integer(number)), encoded);
    }
}

// X.690, 8.6, 11.2 and 11.7
TEST(DerWriter, StringsAndTimes) {
    EXPECT_EQ(hex(der::bit_string({})), "030100");
    EXPECT_EQ(hex(der::bit_string(Bytes{0xAB, 0xCD})), "030300abcd");
    EXPECT_EQ(hex(der::text(der::kIa5String, "ES")), "16024553");
    EXPECT_EQ(hex(der::text(der::kUtf8String, "印")), "0c03e58db0");
    EXPECT_EQ(hex(der::generalized_time(Time(std::chrono::milliseconds(1769821200999)))),
              "180f" + to_hex(as_bytes("20260131010000Z")));
    EXPECT_EQ(hex(der::sequence_of({der::null(), der::integer(1)})), "30050500020101");
    EXPECT_EQ(hex(der::sequence_of({})), "3000");
}

// X.690, 8.19.5: {2 999 3}
TEST(DerWriter, ObjectIdentifiersAgreeWithX690) {
    EXPECT_EQ(hex(der::object_identifier("2.999.3")), "0603883703");
    EXPECT_EQ(hex(der::object_identifier("1.2.840.113549")), "06062a864886f70d");
}

TEST(DerWriter, ObjectIdentifiersAgreeWithOpenssl) {
    for (const char* dotted : {"1.2.840.113549.1.7.1",
                               "1.2.840.113549.1.9.16.2.47",
                               "2.16.840.1.101.3.4.2.1",
                               "1.2.840.10045.4.3.2",
                               "0.39",
                               "2.25.4294967296"}) {
        const keys::Asn1ObjectPtr object(OBJ_txt2obj(dotted, 1));
        EXPECT_EQ(der::object_identifier(dotted), keys::to_der<i2d_ASN1_OBJECT>(object.get()))
            << dotted;
    }
}

TEST(DerWriter, WhatIsNoObjectIdentifierIsAFaultOfOurs) {
    for (const char* dotted : {"", "1", "1.", ".1", "1..2", "3.1", "1.40", "a.b", "1.2 "}) {
        EXPECT_ERROR(der::object_identifier(dotted), Internal, "broken invariant");
    }
}

TEST(DerWriter, SequencesKeepTheirOrderAndSetsAreSorted) {
    const Bytes two = der::integer(2);
    const Bytes one = der::integer(1);
    EXPECT_EQ(hex(der::sequence({two, one})), "3006020102020101");
    EXPECT_EQ(hex(der::set_of({two, one})), "3106020101020102");
    EXPECT_EQ(hex(der::set_of({two, one}, der::kContext0)), "a006020101020102");
    // X.690, 11.6: the shorter one is padded with zeros for the comparison only
    EXPECT_EQ(hex(der::set_of({Bytes{4, 2, 0, 0}, Bytes{4, 1, 9}})), "310704010904020000");
    EXPECT_EQ(hex(der::sequence({})), "3000");
}

}  // namespace
}  // namespace yinxin::signer
