// SPDX-License-Identifier: Apache-2.0
#include "pdf/png_image.h"

#include <png.h>

#include <memory>
#include <string>

#include "common/error.h"

namespace yinxin::pdf {
namespace {

constexpr std::size_t kBytesMax = 1u << 20;
constexpr unsigned kSideMin = 64, kSideMax = 720;

[[noreturn]] void refuse(const std::string& detail) {
    throw Error(ErrorCode::Invalid, detail, {{"/picture", "png", detail}});
}

}  // namespace

PictureImage read_png(ByteView png) {
    if (png.size() > kBytesMax) {
        refuse("the picture is larger than a megabyte; save it as a palette PNG");
    }
    png_image image{};
    image.version = PNG_IMAGE_VERSION;
    const std::unique_ptr<png_image, void (*)(png_image*)> freed(&image, png_image_free);
    if (png_image_begin_read_from_memory(&image, png.data(), png.size()) == 0) {
        refuse(std::string("the picture is no PNG that can be read: ") + image.message);
    }
    if (image.width < kSideMin || image.height < kSideMin || image.width > kSideMax ||
        image.height > kSideMax) {
        refuse("the picture has " + std::to_string(image.width) + " x " +
               std::to_string(image.height) + " pixels; give one of 64 to 720 on each side");
    }
    image.format = PNG_FORMAT_RGBA;
    Bytes pixels(PNG_IMAGE_SIZE(image));
    if (png_image_finish_read(&image, nullptr, pixels.data(), 0, nullptr) == 0) {
        refuse(std::string("the picture is a broken PNG: ") + image.message);
    }
    PictureImage out;
    out.width = static_cast<int>(image.width);
    out.height = static_cast<int>(image.height);
    for (std::size_t i = 0; i < pixels.size(); i += 4) {
        out.rgb.insert(out.rgb.end(),
                       pixels.begin() + static_cast<std::ptrdiff_t>(i),
                       pixels.begin() + static_cast<std::ptrdiff_t>(i) + 3);
        out.alpha.push_back(pixels[i + 3]);
    }
    return out;
}

}  // namespace yinxin::pdf
