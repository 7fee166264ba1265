// SPDX-License-Identifier: Apache-2.0
#include "verify/paper/picture_file.h"

#include <gtest/gtest.h>

#include "common/error.h"
#include "common/limits.h"
#include "tests/support/expect_error.h"
#include "tests/verify/paper/pictures.h"

namespace yinxin::verify::paper {
namespace {

using test::jpeg_of;
using test::png_of;
using tests::code_of;

ErrorCode fault_of(ByteView file) {
    return code_of([&] { decode_picture(file); });
}

/// A slope from dark to pale, different in each direction.
GreyPicture slope(int width, int height) {
    GreyPicture picture(width, height);
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
            picture.row(y)[x] = static_cast<std::uint8_t>(100 * x / width + 100 * y / height);
        }
    }
    return picture;
}

void expect_alike(const GreyPicture& a, const GreyPicture& b, int difference) {
    ASSERT_EQ(a.width(), b.width());
    ASSERT_EQ(a.height(), b.height());
    for (int y = 0; y < a.height(); y += 7) {
        for (int x = 0; x < a.width(); x += 7) {
            ASSERT_NEAR(a.row(y)[x], b.row(y)[x], difference) << x << " " << y;
        }
    }
}

TEST(PictureFile, ReadsJpegAndPng) {
    const GreyPicture picture = slope(301, 203);
    expect_alike(decode_picture(jpeg_of(picture, 95)), picture, 4);
    expect_alike(decode_picture(png_of(picture)), picture, 0);
}

TEST(PictureFile, TransparentIsPaper) {
    Bytes pixels;
    for (int i = 0; i < 64 * 64; ++i) {
        pixels.insert(pixels.end(), {0, 0, 0, static_cast<std::uint8_t>(i % 64 < 32 ? 0 : 255)});
    }
    const GreyPicture picture = decode_picture(png_of(64, 64, PNG_FORMAT_RGBA, pixels));
    EXPECT_EQ(picture.row(9)[5], 255);
    EXPECT_EQ(picture.row(9)[50], 0);
}

TEST(PictureFile, ReadsHeicWithoutAThread) {
    const Bytes file = test::heic();
    const GreyPicture picture = decode_picture(file);
    EXPECT_GT(picture.width(), 200);
    int dark = 0;
    for (const std::uint8_t pixel : picture.pixels()) {
        dark += pixel < 100 ? 1 : 0;
    }
    EXPECT_GT(dark, picture.width() * picture.height() / 20);
}

TEST(PictureFile, LooksAtTheNumberOfPixelsFirst) {
    Bytes png = png_of(slope(64, 64));
    png[16] = 0;
    png[18] = png[22] = 0xEA;  // 60,000 on each side; the checksum is wrong as well
    EXPECT_THROW(decode_picture(png), Error);
    EXPECT_EQ(code_of([] { check_pixels(60'000, 60'000); }), ErrorCode::TooLarge);
    EXPECT_EQ(code_of([] { check_pixels(1 << 20, 1); }), ErrorCode::TooLarge);
    EXPECT_EQ(code_of([] { check_pixels(0, 5); }), ErrorCode::Malformed);
    EXPECT_NO_THROW(check_pixels(8000, 8000));

    Bytes jpeg = jpeg_of(slope(64, 64));
    std::size_t frame = 2;
    while (jpeg.at(frame) != 0xFF || jpeg.at(frame + 1) != 0xC0) {
        ++frame;
    }
    jpeg.at(frame + 5) = jpeg.at(frame + 7) = 0xEA;
    EXPECT_EQ(fault_of(jpeg), ErrorCode::TooLarge);
}

TEST(PictureFile, DecodesNoLargerThanIsUseful) {
    const GreyPicture large(5000, 4000, 200);
    EXPECT_EQ(decode_picture(jpeg_of(large)).width(), 2500);
    EXPECT_EQ(decode_picture(png_of(large)).width(), 2500);
    EXPECT_EQ(to_working_size(GreyPicture(3000, 4000)).width(), 3000);
}

TEST(PictureFile, RefusesWhatIsBroken) {
    const Bytes jpeg = jpeg_of(slope(300, 300)), png = png_of(slope(300, 300));
    const Bytes heic = test::heic();
    for (const Bytes& whole : {jpeg, png, heic}) {
        for (const std::size_t size : {std::size_t{3}, std::size_t{12}, std::size_t{40}}) {
            EXPECT_EQ(fault_of(ByteView(whole).first(size)), ErrorCode::Malformed) << size;
        }
        Bytes garbage = whole;
        for (std::size_t i = 24; i < garbage.size(); ++i) {
            garbage[i] = static_cast<std::uint8_t>(i * i * 31 + 7);
        }
        EXPECT_THROW(decode_picture(garbage), Error);
    }
    EXPECT_EQ(fault_of(ByteView(png).first(png.size() / 2)), ErrorCode::Malformed);
    EXPECT_EQ(fault_of(ByteView(heic).first(heic.size() / 2)), ErrorCode::Malformed);
    // of a JPEG what there is can be looked at
    EXPECT_EQ(decode_picture(ByteView(jpeg).first(jpeg.size() / 2)).height(), 300);
}

}  // namespace
}  // namespace yinxin::verify::paper
