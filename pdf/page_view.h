// SPDX-License-Identifier: Apache-2.0
// A page as it is shown: turned by /Rotate, cut by /CropBox, scaled by /UserUnit (ISO 32000-1,
// 7.7.3.3). What stands on it is told in points from the lower left corner of what is seen.
#pragma once

#include <array>

#include "pdf/geometry.h"
#include "pdf/reader.h"

namespace yinxin::pdf {

class PageView {
  public:
    /// A box that is missing or is none counts as A4.
    PageView(const reader::Document& document, const reader::Page& page, std::size_t revision);

    double width() const;  ///< points, as shown
    double height() const;
    int rotate() const { return rotate_; }  ///< 0, 90, 180, 270, clockwise

    /// a b c d e f: from what is shown to the page's own coordinates.
    std::array<double, 6> matrix() const;
    Rect to_page(const Rect& shown) const;
    Rect to_shown(const Rect& on_page) const;

  private:
    Rect box_;
    int rotate_ = 0;
    double unit_ = 1;  ///< points in a unit of the page
};

}  // namespace yinxin::pdf
