// SPDX-License-Identifier: Apache-2.0
#include "verify/paper/png_picture.h"

#include <png.h>

#include <memory>
#include <string>

#include "common/error.h"
#include "verify/paper/picture_file.h"

namespace yinxin::verify::paper {
namespace {

[[noreturn]] void refuse(const png_image& image) {
    throw Error(ErrorCode::Malformed, std::string("a PNG that cannot be read: ") + image.message);
}

}  // namespace

GreyPicture read_grey_png(ByteView png) {
    png_image image{};
    image.version = PNG_IMAGE_VERSION;
    const std::unique_ptr<png_image, void (*)(png_image*)> freed(&image, png_image_free);
    if (png_image_begin_read_from_memory(&image, png.data(), png.size()) == 0) {
        refuse(image);
    }
    check_pixels(image.width, image.height);
    image.format = PNG_FORMAT_GRAY;
    GreyPicture picture(static_cast<int>(image.width), static_cast<int>(image.height));
    const png_color white{255, 255, 255};
    if (png_image_finish_read(&image, &white, picture.row(0), 0, nullptr) == 0) {
        refuse(image);
    }
    return picture;
}

}  // namespace yinxin::verify::paper
