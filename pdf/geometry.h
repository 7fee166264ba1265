// SPDX-License-Identifier: Apache-2.0
// Lengths on a page. Layouts speak millimetres from the top left; PDF speaks points from the bottom
// left.
#pragma once

namespace yinxin::pdf {

inline constexpr double points_per_mm = 72.0 / 25.4;

/// In points, origin bottom left (ISO 32000-1, 7.9.5).
struct Rect {
    double left = 0, bottom = 0, right = 0, top = 0;
    double width() const { return right - left; }
    double height() const { return top - bottom; }
};

}  // namespace yinxin::pdf
