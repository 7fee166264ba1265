// SPDX-License-Identifier: Apache-2.0
#include "pdf/seal_geometry.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>

namespace yinxin::pdf {
namespace {

constexpr double kRadians = std::numbers::pi / 180;
constexpr double kSweepMax = 250;
constexpr double kSpacing = 1.35;       ///< widths from middle to middle
constexpr double kTightSpacing = 1.05;  ///< of names of more than 20 characters
constexpr int kTightFrom = 21;
constexpr double kTightWidth = 0.7;

constexpr int kArcSteps = 8192;

/// The parameter of the ellipse (a sin t, b cos t) whose point lies `degrees` clockwise from the
/// top.
double parameter(double a, double b, double degrees) {
    const double r = degrees * kRadians;
    return std::atan2(b * std::sin(r), a * std::cos(r));
}

double piece(double a, double b, double t1, double t2) {
    return std::hypot(a * (std::sin(t2) - std::sin(t1)), b * (std::cos(t2) - std::cos(t1)));
}

}  // namespace

RoundArc round_arc(int characters, double radius, double width) {
    RoundArc out;
    out.width = width;
    if (characters > 1) {
        const double gaps = characters - 1;
        out.sweep = gaps * kSpacing * width / radius / kRadians;
        if (out.sweep > kSweepMax) {
            out.sweep = kSweepMax;
            const double step = kSweepMax * kRadians * radius / gaps;
            out.width = characters < kTightFrom
                            ? step / kSpacing
                            : std::min(kTightWidth * width, step / kTightSpacing);
        }
    }
    for (int i = 0; i < characters; ++i) {
        const double turned =
            characters == 1 ? 0 : -out.sweep / 2 + out.sweep * i / (characters - 1);
        out.places.push_back(
            {radius * std::sin(turned * kRadians), radius * std::cos(turned * kRadians), turned});
    }
    return out;
}

double oval_arc_length(double a, double b, double sweep) {
    const double end = parameter(a, b, sweep / 2);
    double sum = 0;
    for (int i = 0; i < kArcSteps; ++i) {
        sum += piece(a, b, -end + 2 * end * i / kArcSteps, -end + 2 * end * (i + 1) / kArcSteps);
    }
    return sum;
}

std::vector<SealGlyphPlace> oval_arc(int characters, double a, double b, double sweep) {
    std::vector<SealGlyphPlace> out;
    const double end = parameter(a, b, sweep / 2), total = oval_arc_length(a, b, sweep);
    double t = -end, travelled = 0;
    for (int i = 0; i < characters; ++i) {
        const double wanted = characters == 1 ? total / 2 : total * i / (characters - 1);
        while (travelled < wanted && t < end) {
            const double next = t + 2 * end / kArcSteps;
            const double step = piece(a, b, t, next);
            const double part = std::min(1.0, (wanted - travelled) / step);
            t += part * (next - t);
            travelled += part * step;
            if (part < 1) {
                break;
            }
        }
        const double x = a * std::sin(t), y = b * std::cos(t);
        out.push_back(
            {x, y, std::atan2(x / (a * a), y / (b * b)) / kRadians});  // along the outward normal
    }
    return out;
}

std::array<SealPoint, 10> star(double outer_radius) {
    constexpr double kInner = 0.381966;  // the square of the golden ratio's inverse
    std::array<SealPoint, 10> out{};
    for (std::size_t i = 0; i < out.size(); ++i) {
        const double r = outer_radius * (i % 2 == 0 ? 1 : kInner),
                     angle = static_cast<double>(i) * 36 * kRadians;
        out.at(i) = {-r * std::sin(angle), r * std::cos(angle)};
    }
    return out;
}

}  // namespace yinxin::pdf
