// SPDX-License-Identifier: Apache-2.0
#include "verify/paper/jpeg_picture.h"

#include <turbojpeg.h>

#include <memory>
#include <string>

#include "common/error.h"
#include "verify/paper/picture_file.h"

namespace yinxin::verify::paper {
namespace {

using Decompressor = std::unique_ptr<void, int (*)(tjhandle)>;

[[noreturn]] void refuse(const Decompressor& decompressor) {
    throw Error(ErrorCode::Malformed,
                std::string("a JPEG that cannot be read: ") + tjGetErrorStr2(decompressor.get()));
}

/// In eighths: libjpeg-turbo leaves out what a smaller picture does not need.
tjscalingfactor scale_of(int width, int height) {
    for (const int eighths : {8, 4, 2}) {
        const tjscalingfactor factor{eighths, 8};
        const std::int64_t pixels =
            static_cast<std::int64_t>(TJSCALED(width, factor)) * TJSCALED(height, factor);
        if (pixels <= working_pixels_max) {
            return factor;
        }
    }
    return {1, 8};
}

}  // namespace

GreyPicture read_jpeg(ByteView jpeg) {
    const Decompressor decompressor(tjInitDecompress(), tjDestroy);
    int width = 0, height = 0, subsampling = 0, colours = 0;
    if (decompressor == nullptr) {
        throw Error(ErrorCode::Internal, "libjpeg-turbo does not start");
    }
    if (tjDecompressHeader3(decompressor.get(),
                            jpeg.data(),
                            jpeg.size(),
                            &width,
                            &height,
                            &subsampling,
                            &colours) != 0) {
        refuse(decompressor);
    }
    check_pixels(width, height);
    const tjscalingfactor factor = scale_of(width, height);
    GreyPicture picture(TJSCALED(width, factor), TJSCALED(height, factor));
    const int result = tjDecompress2(decompressor.get(),
                                     jpeg.data(),
                                     jpeg.size(),
                                     picture.row(0),
                                     picture.width(),
                                     picture.width(),
                                     picture.height(),
                                     TJPF_GRAY,
                                     TJFLAG_LIMITSCANS);
    if (result != 0 && tjGetErrorCode(decompressor.get()) != TJERR_WARNING) {
        refuse(decompressor);
    }
    return picture;
}

}  // namespace yinxin::verify::paper
