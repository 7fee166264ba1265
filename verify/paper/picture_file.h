// SPDX-License-Identifier: Apache-2.0
// A picture's file, whichever format it has, as shades of grey.
#pragma once

#include <cstdint>

#include "common/bytes.h"
#include "verify/paper/grey_picture.h"

namespace yinxin::verify::paper {

/// JPEG, PNG or HEIF, not larger than is useful for looking for symbols. Throws Error{Malformed}
/// for what cannot be decoded, Error{TooLarge} for more pixels than limits::picture_pixels_max,
/// which is known before any is decoded.
GreyPicture decode_picture(ByteView file);

/// Throws Error{TooLarge}, Error{Malformed} when a side is no length at all.
void check_pixels(std::int64_t width, std::int64_t height);

/// Halved until it is as large as is useful.
GreyPicture to_working_size(GreyPicture picture);

/// More pixels than this show nothing more of a page: A4 at 300 dpi and a photo of 12 megapixels.
inline constexpr std::int64_t working_pixels_max = 13'000'000;

}  // namespace yinxin::verify::paper
