// SPDX-License-Identifier: Apache-2.0
// Pictures for tests: a symbol on a sheet, and files of it.
#pragma once

#include <png.h>
#include <turbojpeg.h>

#include <cmath>
#include <memory>
#include <string>

#include "pdf/barcode.h"
#include "tests/support/data.h"
#include "verify/paper/grey_picture.h"

namespace yinxin::verify::paper::test {

/// What our longest symbols hold.
inline const std::string kAddress =
    "http://127.0.0.1:8080/v/7K3M9Q2T5W8X4Y6Y#" + std::string(200, 'q');
inline const std::string kPrefix = "http://127.0.0.1:8080/v/";

/// Made by heif-enc; in its symbol stands kHeicText.
inline const std::string kHeicText = "https://v.example.gov.cn/v/7K3M9Q2T5W8X4Y6Y#HEIC";
inline Bytes heic() {
    return to_bytes(as_bytes(tests::read_text(std::string(YINXIN_TEST_DATA) + "/paper/qr.heic")));
}

/// On a white sheet with as much space around as the symbol is wide, `dots` pixels a module.
inline GreyPicture sheet_with(const std::string& text, int dots) {
    const pdf::QrSymbol symbol = pdf::make_qr(text);
    const int side = symbol.modules * dots;
    GreyPicture sheet(3 * side, 2 * side);
    for (int y = 0; y < side; ++y) {
        for (int x = 0; x < side; ++x) {
            if (symbol.at(x / dots, y / dots)) {
                sheet.row(y + side / 2)[x + side] = 0;
            }
        }
    }
    return sheet;
}

/// As a lens out of focus would show it.
inline GreyPicture blurred(const GreyPicture& picture, double sigma) {
    const int reach = static_cast<int>(std::ceil(3 * sigma));
    const auto pass = [&](const GreyPicture& from, bool across) {
        GreyPicture to(from.width(), from.height());
        for (int y = 0; y < from.height(); ++y) {
            for (int x = 0; x < from.width(); ++x) {
                double sum = 0, weights = 0;
                for (int d = -reach; d <= reach; ++d) {
                    const int u = across ? x + d : x, v = across ? y : y + d;
                    if (u >= 0 && v >= 0 && u < from.width() && v < from.height()) {
                        const double weight = std::exp(-d * d / (2 * sigma * sigma));
                        sum += weight * from.row(v)[u];
                        weights += weight;
                    }
                }
                to.row(y)[x] = static_cast<std::uint8_t>(sum / weights + 0.5);
            }
        }
        return to;
    };
    return pass(pass(picture, true), false);
}

inline Bytes jpeg_of(const GreyPicture& picture, int quality = 80) {
    const std::unique_ptr<void, int (*)(tjhandle)> compressor(tjInitCompress(), tjDestroy);
    unsigned char* out = nullptr;
    unsigned long size = 0;
    tjCompress2(compressor.get(),
                picture.row(0),
                picture.width(),
                0,
                picture.height(),
                TJPF_GRAY,
                &out,
                &size,
                TJSAMP_GRAY,
                quality,
                0);
    const Bytes jpeg(out, out + size);
    tjFree(out);
    return jpeg;
}

/// `format` of png.h; `pixels` row by row as that format has them.
inline Bytes png_of(int width, int height, png_uint_32 format, const Bytes& pixels) {
    png_image image{};
    image.version = PNG_IMAGE_VERSION;
    image.width = static_cast<png_uint_32>(width);
    image.height = static_cast<png_uint_32>(height);
    image.format = format;
    png_alloc_size_t size = 0;
    png_image_write_to_memory(&image, nullptr, &size, 0, pixels.data(), 0, nullptr);
    Bytes out(size);
    png_image_write_to_memory(&image, out.data(), &size, 0, pixels.data(), 0, nullptr);
    return out;
}

inline Bytes png_of(const GreyPicture& picture) {
    return png_of(picture.width(), picture.height(), PNG_FORMAT_GRAY, to_bytes(picture.pixels()));
}

}  // namespace yinxin::verify::paper::test
