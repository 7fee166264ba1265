// SPDX-License-Identifier: Apache-2.0
// A seal's picture that somebody supplies as PNG, decoded within bounds.
#pragma once

#include "common/bytes.h"
#include "pdf/seal_picture.h"

namespace yinxin::pdf {

/// Throws Error{Invalid} at /picture: more than a megabyte, no PNG, broken, or with a side under 64
/// or over 720 pixels (60 mm, the largest seal there is, at 300 dpi).
PictureImage read_png(ByteView png);

}  // namespace yinxin::pdf
