// SPDX-License-Identifier: Apache-2.0
#include "verify/paper/picture_file.h"

#include <string>
#include <utility>

#include "common/error.h"
#include "common/limits.h"
#include "verify/paper/heif_picture.h"
#include "verify/paper/jpeg_picture.h"
#include "verify/paper/png_picture.h"

namespace yinxin::verify::paper {

void check_pixels(std::int64_t width, std::int64_t height) {
    constexpr std::int64_t kSideMax = 65'535;
    if (width < 1 || height < 1) {
        throw Error(ErrorCode::Malformed, "a picture without pixels");
    }
    if (width > kSideMax || height > kSideMax || width * height > limits::picture_pixels_max) {
        throw Error(ErrorCode::TooLarge,
                    "the picture has " + std::to_string(width) + " x " + std::to_string(height) +
                        " pixels, more than are read");
    }
}

GreyPicture to_working_size(GreyPicture picture) {
    while (static_cast<std::int64_t>(picture.width()) * picture.height() > working_pixels_max) {
        picture = halved(picture);
    }
    return picture;
}

GreyPicture decode_picture(ByteView file) {
    const std::string_view text = as_text(file);
    if (text.starts_with("\xFF\xD8")) {
        return to_working_size(read_jpeg(file));
    }
    if (text.starts_with("\x89PNG")) {
        return to_working_size(read_grey_png(file));
    }
    return to_working_size(read_heif(file));
}

}  // namespace yinxin::verify::paper
