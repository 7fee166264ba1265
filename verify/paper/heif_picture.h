// SPDX-License-Identifier: Apache-2.0
// HEIF (ISO/IEC 23008-12), as phones write it, by libheif; the HEVC in it by libde265 directly,
// because libheif's own way to it starts a thread.
#pragma once

#include "verify/paper/grey_picture.h"

namespace yinxin::verify::paper {

/// Once, before a sandbox closes: libheif looks for plug-ins in a folder.
void prepare_heif();

/// The primary image's luminance; turned as it was stored, which a symbol does not mind. Throws as
/// decode_picture(); anything but HEVC is not read.
GreyPicture read_heif(ByteView heif);

}  // namespace yinxin::verify::paper
