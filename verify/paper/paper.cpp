// SPDX-License-Identifier: Apache-2.0
#include "verify/paper/paper.h"

#include "common/error.h"
#include "common/limits.h"
#include "verify/paper/heif_picture.h"
#include "verify/paper/picture_file.h"
#include "verify/paper/qr_search.h"
#include "verify/paper/scan.h"

namespace yinxin::verify::paper {
namespace {

Reading::State state_of(const Error& error) {
    return error.code() == ErrorCode::TooLarge ? Reading::State::TooLarge : Reading::State::Broken;
}

}  // namespace

void warm_up() {
    prepare_heif();
    QrSearch("").look_at(GreyPicture(32, 32));
}

Reading read_paper(ByteView file, std::string_view wanted) {
    Reading reading;
    QrSearch search(wanted);
    try {
        if (is_picture(file)) {
            reading.state = Reading::State::Read;
            search.look_at(decode_picture(file));
        } else if (as_text(file).starts_with("%PDF-")) {
            const ScanPictures pictures = for_each_picture(
                file, [&search](const GreyPicture& picture) { return search.look_at(picture); });
            reading.state = pictures.any() ? Reading::State::Read : Reading::State::NoPicture;
            reading.not_read = pictures.not_read;
        }
    } catch (const Error& error) {
        reading.state = state_of(error);
    }
    reading.texts = search.texts();
    reading.others = search.others();
    return reading;
}

}  // namespace yinxin::verify::paper
