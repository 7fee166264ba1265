// SPDX-License-Identifier: Apache-2.0
// JPEG by libjpeg-turbo.
#pragma once

#include "verify/paper/grey_picture.h"

namespace yinxin::verify::paper {

/// The luminance alone, decoded smaller where it is larger than is useful. What is cut off is grey.
/// Throws as decode_picture(); four inks (CMYK) are not read.
GreyPicture read_jpeg(ByteView jpeg);

}  // namespace yinxin::verify::paper
