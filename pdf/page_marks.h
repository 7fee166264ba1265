// SPDX-License-Identifier: Apache-2.0
// Where a page of a stranger is printed on: boxes around its texts, lines, images and annotations,
// so that a seal can stand where nothing else does, and which images a scan consists of. An
// estimate, never a proof: what is not understood is passed over, text is measured by the sizes of
// its letters only.
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

/// An image XObject where it is drawn.
struct PlacedImage {
    Rect box;
    const reader::Indirect* image = nullptr;  ///< as long as the document
};
/// In the order in which they are drawn. Throws as marks_on().
std::vector<PlacedImage> images_on(const reader::Document& document,
                                   const reader::Page& page,
                                   std::size_t revision);

}  // namespace yinxin::pdf
