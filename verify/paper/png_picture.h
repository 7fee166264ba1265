// SPDX-License-Identifier: Apache-2.0
// PNG by libpng.
#pragma once

#include "verify/paper/grey_picture.h"

namespace yinxin::verify::paper {

/// On white paper where it is transparent. Throws as decode_picture().
GreyPicture read_grey_png(ByteView png);

}  // namespace yinxin::verify::paper
