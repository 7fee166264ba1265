// SPDX-License-Identifier: Apache-2.0
#include "pdf/png_image.h"

#include <gtest/gtest.h>
#include <png.h>

#include <cstring>

#include "common/error.h"

namespace yinxin::pdf {
namespace {

Bytes png_of(unsigned width, unsigned height) {
    png_image image{};
    image.version = PNG_IMAGE_VERSION;
    image.width = width;
    image.height = height;
    image.format = PNG_FORMAT_RGBA;
    Bytes pixels(PNG_IMAGE_SIZE(image));
    for (std::size_t i = 0; i < pixels.size(); i += 4) {
        pixels[i] = 220;
        pixels[i + 3] = static_cast<std::uint8_t>(i / 4 % 256);
    }
    png_alloc_size_t size = 0;
    png_image_write_to_memory(&image, nullptr, &size, 0, pixels.data(), 0, nullptr);
    Bytes out(size);
    png_image_write_to_memory(&image, out.data(), &size, 0, pixels.data(), 0, nullptr);
    return out;
}

TEST(PngImage, GivesColourAndTransparencyApart) {
    const PictureImage image = read_png(png_of(64, 100));
    EXPECT_EQ(image.width, 64);
    EXPECT_EQ(image.height, 100);
    ASSERT_EQ(image.rgb.size(), 64U * 100 * 3);
    ASSERT_EQ(image.alpha.size(), 64U * 100);
    EXPECT_EQ(image.rgb[300], 220);
    EXPECT_EQ(image.alpha[200], 200);
}

TEST(PngImage, RefusesWhatIsNoPictureOfASeal) {
    Bytes broken = png_of(100, 100);
    broken.resize(broken.size() / 2);
    Bytes huge = png_of(64, 64);
    huge[16] = 0x7f;  // the width's first byte
    for (const Bytes& bad : {Bytes{},
                             Bytes{1, 2, 3},
                             broken,
                             huge,
                             png_of(63, 64),
                             png_of(721, 64),
                             Bytes((1u << 20) + 1, 0)}) {
        try {
            read_png(bad);
            FAIL() << bad.size();
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), ErrorCode::Invalid);
            EXPECT_EQ(error.fields().at(0).pointer, "/picture");
        }
    }
}

}  // namespace
}  // namespace yinxin::pdf
