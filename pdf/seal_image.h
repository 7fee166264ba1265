// SPDX-License-Identifier: Apache-2.0
// What draw_seal drew, as dots: a seal of GB/T 38540 has its picture inside as a PNG.
#pragma once

#include "common/bytes.h"
#include "pdf/seal_picture.h"

namespace yinxin::pdf {

/// PNG (ISO/IEC 15948) with a palette: the picture's colour in four steps of opacity, so that it
/// stays small. Reads the operators that draw_seal writes; throws Error{Internal} for others.
Bytes seal_image(const Picture& picture, int dots_per_inch = 300);

}  // namespace yinxin::pdf
