// SPDX-License-Identifier: Apache-2.0
// A photo or a scan: the decoders of its format, and where they leave a small picture the search
// for symbols.
#include <algorithm>

#include "common/limits.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/png_mutator.h"
#include "verify/paper/picture_file.h"
#include "verify/paper/qr_search.h"
#include "verify/paper/reading.h"
#include "verify/paper/scan.h"

using namespace yinxin;
namespace paper = yinxin::verify::paper;

namespace {

/// More would leave the decoders no time.
constexpr std::int64_t kSearchedPixels = 64 * 64;

void look_at(const paper::GreyPicture& picture) {
    const std::int64_t pixels = std::int64_t{picture.width()} * picture.height();
    fuzz::holds(picture.width() > 0 && picture.height() > 0 && pixels <= paper::working_pixels_max,
                "a picture is of the size that is worked with");
    if (pixels > kSearchedPixels) {
        return;
    }
    paper::QrSearch search("http://");
    search.look_at(picture);
    fuzz::holds(search.texts().size() <= limits::paper_texts_max &&
                    std::all_of(search.texts().begin(), search.texts().end(), paper::is_plain),
                "texts are few, and plain");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteView file(data, size);
    fuzz::accepts([&] {
        if (paper::is_picture(file)) {
            look_at(paper::decode_picture(file));
        } else {
            paper::for_each_picture(file, [](const paper::GreyPicture& picture) {
                look_at(picture);
                return true;
            });
        }
    });
    return 0;
}
