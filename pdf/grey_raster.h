// SPDX-License-Identifier: Apache-2.0
// A part of a page as grey pixels, to be looked at as a scanner would. Painting is opaque.
#pragma once

#include <functional>
#include <vector>

#include "common/bytes.h"
#include "pdf/geometry.h"

namespace yinxin::pdf {

struct PagePoint {
    double x = 0, y = 0;
};
using Polygon = std::vector<PagePoint>;  ///< closed

class GreyRaster {
  public:
    /// White paper. `region` in points.
    GreyRaster(const Rect& region, double dots_per_inch);

    /// The area of all polygons together, by the nonzero winding rule (ISO 32000-1, 8.5.3.3.2), at
    /// the middle of each pixel.
    void fill(const std::vector<Polygon>& outline, std::uint8_t grey);
    /// Every pixel whose middle is in `where` and for which `painted`, from 0 to 1 to the right and
    /// down, says so.
    void stencil(const Rect& where,
                 std::uint8_t grey,
                 const std::function<bool(double right, double down)>& painted);

    int width() const { return width_; }
    int height() const { return height_; }
    ByteView pixels() const { return pixels_; }

  private:
    double x_of(int column) const { return region_.left + (column + 0.5) * step_; }
    double y_of(int row) const { return region_.top - (row + 0.5) * step_; }
    void put(int column, int row, std::uint8_t grey) {
        pixels_.at(static_cast<std::size_t>(row) * static_cast<std::size_t>(width_) +
                   static_cast<std::size_t>(column)) = grey;
    }

    Rect region_;
    double step_;  ///< of a pixel, in points
    int width_, height_;
    Bytes pixels_;
};

}  // namespace yinxin::pdf
