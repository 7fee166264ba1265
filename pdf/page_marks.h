// SPDX-License-Identifier: Apache-2.0
// Where a page of a stranger is printed on: boxes around its texts, lines, images and annotations,
// so that a seal can stand where nothing else does. An estimate for placing, never a proof: what is
// not understood is passed over, text is measured by the sizes of its letters only.
#pragma once

#include <vector>

#include "pdf/geometry.h"
#include "pdf/reader.h"

namespace yinxin::pdf {

/// In the page's own coordinates. What is filled with white is no mark. Throws Error{Malformed},
/// Error{TooLarge} for a page that cannot be read.
std::vector<Rect> marks_on(const reader::Document& document,
                           const reader::Page& page,
                           std::size_t revision);

}  // namespace yinxin::pdf
