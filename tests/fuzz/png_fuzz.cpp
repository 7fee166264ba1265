// SPDX-License-Identifier: Apache-2.0
// A seal's picture. The checksums of what is mutated are put right, else libpng would look no
// further.
#include "pdf/png_image.h"

#include <zlib.h>

#include "tests/fuzz/fuzz.h"

using namespace yinxin;

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t size_max);

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data,
                                               std::size_t size,
                                               std::size_t size_max,
                                               unsigned seed) {
    size = LLVMFuzzerMutate(data, size, size_max);
    constexpr std::size_t kSignature = 8, kAround = 12;  // length, type, checksum
    const auto number = [&](std::size_t at) {
        return std::size_t{data[at]} << 24 | std::size_t{data[at + 1]} << 16 |
               std::size_t{data[at + 2]} << 8 | data[at + 3];
    };
    std::size_t at = kSignature;
    while (seed % 4 != 0 && at + kAround <= size && number(at) <= size - at - kAround) {
        const std::size_t length = number(at);
        const auto sum = crc32(0, data + at + 4, static_cast<uInt>(length + 4));
        for (std::size_t i = 0; i < 4; ++i) {
            data[at + 8 + length + i] = static_cast<std::uint8_t>(sum >> (24 - 8 * i));
        }
        at += length + kAround;
    }
    return size;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::accepts([&] {
        const pdf::PictureImage image = pdf::read_png({data, size});
        const auto pixels =
            static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.height);
        fuzz::holds(image.width >= 64 && image.width <= 720 && image.height >= 64 &&
                        image.height <= 720 && image.rgb.size() == 3 * pixels &&
                        image.alpha.size() == pixels,
                    "a picture is within its bounds");
    });
    return 0;
}
