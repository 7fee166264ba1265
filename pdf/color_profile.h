// SPDX-License-Identifier: Apache-2.0
// The output intent's profile: the sRGB primaries with a 2.2 curve, as a version 2 matrix profile
// (ICC.1:2001-04).
#pragma once

#include "common/bytes.h"

namespace yinxin::pdf {

Bytes srgb_profile();

}  // namespace yinxin::pdf
