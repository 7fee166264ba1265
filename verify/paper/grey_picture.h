// SPDX-License-Identifier: Apache-2.0
// Shades of grey, and what helps to see a symbol in them: other sizes, sharper edges, even light,
// an upright view.
#pragma once

#include <array>
#include <cstdint>

#include "common/bytes.h"

namespace yinxin::verify::paper {

/// One byte a pixel, 0 black. Both sides are positive.
class GreyPicture {
  public:
    GreyPicture(int width, int height, std::uint8_t grey = 255);

    int width() const { return width_; }
    int height() const { return height_; }
    std::uint8_t* row(int y) { return pixels_.data() + offset(y); }
    const std::uint8_t* row(int y) const { return pixels_.data() + offset(y); }
    ByteView pixels() const { return pixels_; }

  private:
    std::size_t offset(int y) const {
        return static_cast<std::size_t>(y) * static_cast<std::size_t>(width_);
    }

    int width_, height_;
    Bytes pixels_;
};

struct Spot {
    double x = 0, y = 0;
};
/// From the top left in the direction of the hands of a clock, as the symbol stands.
using Corners = std::array<Spot, 4>;

/// From the unit square to the plane, as a plane is seen at a slant.
class Projection {
  public:
    /// (0, 0), (1, 0), (1, 1) and (0, 1) go to these. Throws Error{Malformed} when they span
    /// nothing.
    explicit Projection(const Corners& to);
    Spot of(double u, double v) const;

  private:
    double g_, h_, xu_, xv_, yu_, yv_, x_, y_;
};

GreyPicture halved(const GreyPicture& picture);
GreyPicture doubled(const GreyPicture& picture);
/// What differs from its surroundings of about `radius` pixels differs by `amount` more.
GreyPicture sharpened(const GreyPicture& picture, int radius, double amount);
/// What is darker than its surroundings of `radius` pixels is below 128, whatever light or shadow
/// lies on it; where nothing stands out it is pale.
GreyPicture flattened(const GreyPicture& picture, int radius);
/// What lies between the corners as a square of `side` pixels with a margin around it.
GreyPicture upright(const GreyPicture& picture, const Corners& corners, int side, int margin);

}  // namespace yinxin::verify::paper
