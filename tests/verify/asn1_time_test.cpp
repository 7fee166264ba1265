// SPDX-License-Identifier: Apache-2.0
#include "verify/asn1_time.h"

#include <gtest/gtest.h>

#include "common/time_text.h"
#include "tests/support/der.h"

namespace yinxin::verify {
namespace {

std::string read(std::uint8_t tag, std::string_view text) {
    const Bytes bytes = tests::der_text(tag, text);
    const auto time = asn1_time(TlvReader(bytes).next());
    return time ? to_rfc3339(*time) : "";
}

TEST(Asn1Time, ReadsBothKinds) {
    EXPECT_EQ(read(tests::kTime, "20260131010203Z"), "2026-01-31T01:02:03Z");
    EXPECT_EQ(read(tests::kTime, "20260131010203.5Z"), "2026-01-31T01:02:03Z");
    EXPECT_EQ(read(tests::kTime, "19991231235959Z"), "1999-12-31T23:59:59Z");
    EXPECT_EQ(read(tests::kUtcTime, "260131010203Z"), "2026-01-31T01:02:03Z");
    EXPECT_EQ(read(tests::kUtcTime, "491231000000Z"), "2049-12-31T00:00:00Z");
    EXPECT_EQ(read(tests::kUtcTime, "500101000000Z"), "1950-01-01T00:00:00Z");
}

TEST(Asn1Time, RefusesWhatIsNone) {
    for (const char* text : {"",
                             "Z",
                             "20260131010203",
                             "20260131010203+0800",
                             "202601310102Z",
                             "20260231010203Z",
                             "20260131240203Z",
                             "20260131016003Z",
                             "2026013101020xZ",
                             "20260131010203.Z",
                             "20260131010203.5xZ",
                             "99991231235960Z",
                             "260131010203Z"}) {
        EXPECT_EQ(read(tests::kTime, text), "") << text;
    }
    for (const char* text : {"2601310102Z", "20260131010203Z", "260131010203.5Z", ""}) {
        EXPECT_EQ(read(tests::kUtcTime, text), "") << text;
    }
    EXPECT_EQ(read(tests::kIa5, "20260131010203Z"), "");
}

}  // namespace
}  // namespace yinxin::verify
