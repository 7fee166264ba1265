// SPDX-License-Identifier: Apache-2.0
#include "verify/paper/scan.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "common/error.h"
#include "tests/pdf/small_pdf.h"
#include "tests/verify/paper/pictures.h"

namespace yinxin::verify::paper {
namespace {

/// One page of 200 x 200 points with this image drawn `side` points wide and high.
std::string page_with(const std::string& image, const std::string& data, int side = 200) {
    const std::string size = std::to_string(side);
    return yinxin::test::pdf_of(
        {"<< /Type /Catalog /Pages 2 0 R >>",
         "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
         "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] /Contents 4 0 R /Resources << "
         "/XObject << /Im 5 0 R >> >> >>",
         yinxin::test::stream_of("q " + size + " 0 0 " + size + " 0 0 cm /Im Do Q"),
         yinxin::test::stream_of(data, "/Type /XObject /Subtype /Image " + image)});
}

std::vector<GreyPicture> pictures_of(const std::string& pdf, ScanPictures* counted = nullptr) {
    std::vector<GreyPicture> pictures;
    const ScanPictures all = for_each_picture(as_bytes(pdf), [&](const GreyPicture& picture) {
        pictures.push_back(picture);
        return true;
    });
    if (counted != nullptr) {
        *counted = all;
    }
    return pictures;
}

/// 64 x 64, all samples this one.
GreyPicture only_picture(const std::string& members, const std::string& sample, std::size_t count) {
    std::string data;
    for (std::size_t i = 0; i < count; ++i) {
        data += sample;
    }
    const auto pictures = pictures_of(page_with("/Width 64 /Height 64 " + members, data));
    EXPECT_EQ(pictures.size(), 1U) << members;
    return pictures.empty() ? GreyPicture(1, 1, 77) : pictures.front();
}

TEST(Scan, ReadsSamplesInTheColoursOfScanners) {
    using namespace std::string_literals;
    const auto shade =
        [](const std::string& members, const std::string& sample, std::size_t count) {
            return static_cast<int>(only_picture(members, sample, count).row(10)[10]);
        };
    const std::string eight = "/BitsPerComponent 8 ";
    EXPECT_EQ(shade(eight + "/ColorSpace /DeviceGray", "\x40", 4096), 0x40);
    EXPECT_EQ(shade(eight + "/ColorSpace /DeviceGray /Decode [1 0]", "\x40", 4096), 0xBF);
    EXPECT_EQ(shade(eight + "/ColorSpace /DeviceRGB", "\xFF\0\0"s, 4096), 76);
    EXPECT_EQ(shade(eight + "/ColorSpace /DeviceCMYK", "\0\0\0\xFF"s, 4096), 0);
    EXPECT_EQ(shade(eight + "/ColorSpace [/Indexed /DeviceRGB 1 <000000FFFFFF>]", "\x01", 4096),
              255);
    EXPECT_EQ(shade("/BitsPerComponent 1 /ColorSpace /DeviceGray", "\xFF", 512), 255);
    EXPECT_EQ(shade("/BitsPerComponent 4 /ColorSpace /DeviceGray", "\x55", 2048), 85);
    EXPECT_EQ(shade("/BitsPerComponent 16 /ColorSpace /DeviceGray", "\x80\x01", 4096), 0x80);
    EXPECT_EQ(shade("/ImageMask true", "\0"s, 512), 0);
    EXPECT_EQ(shade("/ImageMask true /Decode [1 0]", "\xFF", 512), 0);
}

TEST(Scan, ReadsJpeg) {
    const Bytes jpeg = test::jpeg_of(GreyPicture(128, 64, 90));
    const auto pictures = pictures_of(page_with(
        "/Width 128 /Height 64 /ColorSpace /DeviceGray /BitsPerComponent 8 /Filter /DCTDecode",
        std::string(as_text(jpeg))));
    ASSERT_EQ(pictures.size(), 1U);
    EXPECT_NEAR(pictures[0].row(30)[60], 90, 2);
}

TEST(Scan, SaysWhatItCannotRead) {
    for (const char* image :
         {"/Filter /JPXDecode",
          "/Filter /CCITTFaxDecode",
          "/Filter [/FlateDecode /JBIG2Decode]",
          "/Filter /",
          "/ColorSpace [/Separation /Spot /DeviceGray 9 0 R] /BitsPerComponent 8",
          "/ColorSpace /DeviceGray /BitsPerComponent 7",
          "/ColorSpace /DeviceGray /BitsPerComponent 8 /Filter /DCTDecode",
          "/ColorSpace /DeviceGray /BitsPerComponent 16"}) {
        ScanPictures counted;
        EXPECT_TRUE(pictures_of(page_with("/Width 64 /Height 64 " + std::string(image),
                                          std::string(4096, 'x')),
                                &counted)
                        .empty())
            << image;
        EXPECT_EQ(counted.not_read, 1) << image;
    }
    ScanPictures counted;
    const std::string huge =
        "/ColorSpace /DeviceGray /BitsPerComponent 8 /Width 60000 /Height 60000";
    EXPECT_TRUE(pictures_of(page_with(huge, "x"), &counted).empty());
    EXPECT_EQ(counted.not_read, 1);
}

TEST(Scan, APageThatWasWrittenIsNone) {
    const std::string image = "/Width 64 /Height 64 /ColorSpace /DeviceGray /BitsPerComponent 8";
    const std::string data(4096, 'x');
    ScanPictures counted;
    EXPECT_TRUE(pictures_of(page_with(image, data, 100), &counted).empty()) << "a quarter of it";
    EXPECT_FALSE(counted.any());
    EXPECT_EQ(pictures_of(page_with(image, data, 150)).size(), 1U);
    EXPECT_TRUE(pictures_of(yinxin::test::one_page_pdf(), &counted).empty());
    EXPECT_FALSE(counted.any());
    EXPECT_THROW(pictures_of("%PDF-1.4\nnothing"), Error);
}

TEST(Scan, EndsWhenToldTo) {
    const std::string image = "/Width 64 /Height 64 /ColorSpace /DeviceGray /BitsPerComponent 8";
    int seen = 0;
    std::vector<std::string> bodies{
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [5 0 R 6 0 R 7 0 R] /Count 3 /MediaBox [0 0 200 200] >>",
        yinxin::test::stream_of("200 0 0 200 0 0 cm /Im Do"),
        yinxin::test::stream_of(std::string(4096, 'x'), "/Subtype /Image " + image)};
    for (int page = 0; page < 3; ++page) {
        bodies.emplace_back(
            "<< /Type /Page /Parent 2 0 R /Contents 3 0 R /Resources << /XObject << /Im 4 0 R >> "
            ">> "
            ">>");
    }
    const std::string pdf = yinxin::test::pdf_of(bodies);
    for_each_picture(as_bytes(pdf), [&seen](const GreyPicture&) { return ++seen < 2; });
    EXPECT_EQ(seen, 2);
    EXPECT_EQ(pictures_of(pdf).size(), 3U);
}

}  // namespace
}  // namespace yinxin::verify::paper
