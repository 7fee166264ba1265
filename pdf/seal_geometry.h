// SPDX-License-Identifier: Apache-2.0
// Where the parts of a round or oval seal stand. Millimetres, origin in the centre, y up; angles in
// degrees.
#pragma once

#include <array>
#include <vector>

namespace yinxin::pdf {

struct SealPoint {
    double x = 0, y = 0;
};

/// A character on an arc: its middle, and how far it is turned clockwise from upright.
struct SealGlyphPlace {
    double x = 0, y = 0, turned = 0;
};

/// Name along the top of a circle: characters `width` wide at radius `radius`, 1.35 widths apart,
/// at most 250 degrees.
struct RoundArc {
    double sweep = 0;  ///< degrees
    double width = 0;  ///< of a character, narrowed when the arc is full
    std::vector<SealGlyphPlace> places;
};
RoundArc round_arc(int characters, double radius, double width);

/// Name along the top of an ellipse with half axes a and b, at equal lengths of arc between
/// -sweep/2 and sweep/2 of the parameter angle, each character upright to the outline.
std::vector<SealGlyphPlace> oval_arc(int characters, double a, double b, double sweep);

/// Length of that arc.
double oval_arc_length(double a, double b, double sweep);

/// Tips and notches in turn, the first tip up.
std::array<SealPoint, 10> star(double outer_radius);

}  // namespace yinxin::pdf
