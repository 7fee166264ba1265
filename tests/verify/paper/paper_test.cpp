// SPDX-License-Identifier: Apache-2.0
#include "verify/paper/paper.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/pdf/small_pdf.h"
#include "tests/verify/paper/pictures.h"

namespace yinxin::verify::paper {
namespace {

using State = Reading::State;
using test::kAddress;
using test::kPrefix;
using testing::ElementsAre;
using testing::IsEmpty;

TEST(ReadPaper, ReadsTheTextsOfAPicture) {
    const GreyPicture sheet = test::sheet_with(kAddress, 4);
    for (const Bytes& file : {test::jpeg_of(sheet), test::png_of(sheet)}) {
        const Reading reading = read_paper(file, kPrefix);
        EXPECT_EQ(reading.state, State::Read);
        EXPECT_THAT(reading.texts, ElementsAre(kAddress));
    }
    EXPECT_THAT(read_paper(test::heic(), "https://").texts, ElementsAre(test::kHeicText));
}

TEST(ReadPaper, ReadsAScan) {
    const GreyPicture sheet = test::sheet_with(kAddress, 4);
    const Bytes jpeg = test::jpeg_of(sheet);
    const std::string pdf = yinxin::test::pdf_of(
        {"<< /Type /Catalog /Pages 2 0 R >>",
         "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
         "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 200] /Contents 4 0 R /Resources << "
         "/XObject << /Im 5 0 R >> >> >>",
         yinxin::test::stream_of("300 0 0 200 0 0 cm /Im Do"),
         yinxin::test::stream_of(std::string(as_text(jpeg)),
                                 "/Subtype /Image /Filter /DCTDecode /Width " +
                                     std::to_string(sheet.width()) + " /Height " +
                                     std::to_string(sheet.height()))});
    const Reading reading = read_paper(as_bytes(pdf), kPrefix);
    EXPECT_EQ(reading.state, State::Read);
    EXPECT_THAT(reading.texts, ElementsAre(kAddress));
}

TEST(ReadPaper, SaysWhatItIsNot) {
    EXPECT_EQ(read_paper({}, kPrefix).state, State::NoPicture);
    EXPECT_EQ(read_paper(as_bytes("rubbish"), kPrefix).state, State::NoPicture);
    EXPECT_EQ(read_paper(as_bytes(yinxin::test::one_page_pdf()), kPrefix).state, State::NoPicture);
    EXPECT_EQ(read_paper(as_bytes("\xFF\xD8\xFF rubbish"), kPrefix).state, State::Broken);
    EXPECT_EQ(read_paper(as_bytes("%PDF-1.7 rubbish"), kPrefix).state, State::Broken);
    const Reading blank = read_paper(test::png_of(GreyPicture(100, 100)), kPrefix);
    EXPECT_EQ(blank.state, State::Read);
    EXPECT_THAT(blank.texts, IsEmpty());
}

}  // namespace
}  // namespace yinxin::verify::paper
