// SPDX-License-Identifier: Apache-2.0
// A seal's picture.
#include "pdf/png_image.h"

#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/png_mutator.h"

using namespace yinxin;

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
