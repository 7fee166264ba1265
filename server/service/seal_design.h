// SPDX-License-Identifier: Apache-2.0
// How a seal record looks, and the seal of GB/T 38540 that goes with it.
#pragma once

#include "common/bytes.h"
#include "keys/pki/seal_record.h"
#include "pdf/geometry.h"
#include "pdf/seal_picture.h"

namespace yinxin::server {

pdf::SealDesign seal_design(const keys::SealRecord& record);

/// Drawn, or the record's PNG at its size. Throws Error{Invalid} as draw_seal() and read_png() do.
pdf::Picture seal_picture(const keys::SealRecord& record, const pdf::Typefaces& typefaces);

/// Of the seal's own size in the middle of the place the layout gives it. Throws Error{Unavailable}
/// where that is too small: outside it the seal could cover what nobody has looked at.
pdf::Rect seal_box(const pdf::Rect& place, const keys::SealRecord& record);

/// What a seal maker signs (signer/ses_seal.h): the record's owner, life and picture, for the one
/// who has this certificate (DER).
Bytes seal_info_of(const keys::SealRecord& record,
                   const Bytes& certificate,
                   const pdf::Typefaces& typefaces);

}  // namespace yinxin::server
