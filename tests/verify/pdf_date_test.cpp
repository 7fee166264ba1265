// SPDX-License-Identifier: Apache-2.0
#include "verify/pdf_date.h"

#include <gtest/gtest.h>

#include "common/time_text.h"

namespace yinxin::verify {
namespace {

TEST(PdfDate, ReadsWhatIsThereOfIt) {
    for (const auto& [text, time] : {std::pair{"D:2026", "2026-01-01T00:00:00Z"},
                                     {"D:20260131090000+08'00'", "2026-01-31T01:00:00Z"},
                                     {"D:20260131090000-08'30", "2026-01-31T17:30:00Z"},
                                     {"D:0000010100Z", "0000-01-01T00:00:00Z"}}) {
        EXPECT_EQ(parse_pdf_date(text), parse_rfc3339(time)) << text;
    }
}

TEST(PdfDate, RefusesWhatIsNone) {
    for (const char* text : {"2026",
                             "D:202",
                             "D:20261301",
                             "D:20260230",
                             "D:2026013109+24'00'",
                             // no year of four digits in UTC: nothing could say it
                             "D:00000101000000+00'01'",
                             "D:99991231235959-00'01'"}) {
        EXPECT_FALSE(parse_pdf_date(text)) << text;
    }
}

}  // namespace
}  // namespace yinxin::verify
