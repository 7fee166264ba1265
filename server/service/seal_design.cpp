// SPDX-License-Identifier: Apache-2.0
#include "server/service/seal_design.h"

#include <cmath>

#include "common/error.h"
#include "pdf/overprint.h"
#include "pdf/png_image.h"
#include "pdf/seal_image.h"
#include "signer/ses_seal.h"

namespace yinxin::server {

pdf::SealDesign seal_design(const keys::SealRecord& record) {
    return {record.shape == keys::SealShape::Oval,
            record.owner,
            record.middle_text,
            record.tax_id,
            record.width_mm,
            record.height_mm};
}

pdf::Picture seal_picture(const keys::SealRecord& record, const pdf::Typefaces& typefaces) {
    if (record.picture.empty()) {
        return pdf::draw_seal(seal_design(record), typefaces);
    }
    pdf::Picture picture;
    picture.width = record.width_mm * pdf::points_per_mm;
    picture.height = record.height_mm * pdf::points_per_mm;
    picture.image = pdf::read_png(record.picture);
    return picture;
}

pdf::Rect seal_box(const pdf::Rect& place, const keys::SealRecord& record) {
    const double width = record.width_mm * pdf::points_per_mm,
                 height = record.height_mm * pdf::points_per_mm;
    const double left = place.left + (place.width() - width) / 2,
                 bottom = place.bottom + (place.height() - height) / 2;
    if (left < place.left - 0.1 || bottom < place.bottom - 0.1) {
        throw Error(ErrorCode::Unavailable,
                    "the seal " + record.id +
                        " is larger than the place the form leaves for it; "
                        "use a smaller seal, or a form with more room");
    }
    return {left, bottom, left + width, bottom + height};
}

Bytes seal_info_of(const keys::SealRecord& record,
                   const Bytes& certificate,
                   const pdf::Typefaces& typefaces) {
    signer::SesSeal seal;
    seal.id = record.id;
    seal.name = record.owner + record.middle_text;
    seal.certificates = {certificate};
    seal.created = seal.valid_from = record.valid_from;
    seal.valid_to = record.valid_to;
    seal.picture = record.picture.empty()
                       ? pdf::seal_image(pdf::draw_seal(seal_design(record), typefaces))
                       : record.picture;
    seal.width_mm = static_cast<std::uint32_t>(std::lround(record.width_mm));
    seal.height_mm = static_cast<std::uint32_t>(std::lround(record.height_mm));
    return signer::ses_seal_info(seal);
}

}  // namespace yinxin::server
