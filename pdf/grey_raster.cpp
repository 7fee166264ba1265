// SPDX-License-Identifier: Apache-2.0
#include "pdf/grey_raster.h"

#include <algorithm>
#include <cmath>

namespace yinxin::pdf {

GreyRaster::GreyRaster(const Rect& region, double dots_per_inch)
    : region_(region),
      step_(72 / dots_per_inch),
      width_(static_cast<int>(std::ceil(region.width() / step_))),
      height_(static_cast<int>(std::ceil(region.height() / step_))),
      pixels_(static_cast<std::size_t>(width_) * static_cast<std::size_t>(height_), 255) {}

void GreyRaster::fill(const std::vector<Polygon>& outline, std::uint8_t grey) {
    struct Crossing {
        double x;
        int turn;
    };
    std::vector<Crossing> crossings;
    for (int row = 0; row < height_; ++row) {
        const double y = y_of(row);
        crossings.clear();
        for (const Polygon& polygon : outline) {
            for (std::size_t i = 0; i < polygon.size(); ++i) {
                const PagePoint& a = polygon[i];
                const PagePoint& b = polygon[(i + 1) % polygon.size()];
                if ((a.y <= y) != (b.y <= y)) {
                    crossings.push_back(
                        {a.x + (y - a.y) / (b.y - a.y) * (b.x - a.x), a.y < b.y ? 1 : -1});
                }
            }
        }
        std::sort(crossings.begin(), crossings.end(), [](const Crossing& a, const Crossing& b) {
            return a.x < b.x;
        });
        int winding = 0;
        for (std::size_t i = 0; i + 1 < crossings.size(); ++i) {
            winding += crossings[i].turn;
            if (winding == 0) {
                continue;
            }
            const int from = static_cast<int>(
                std::ceil(std::max((crossings[i].x - region_.left) / step_ - 0.5, 0.0)));
            for (int column = from; column < width_ && x_of(column) < crossings[i + 1].x;
                 ++column) {
                put(column, row, grey);
            }
        }
    }
}

void GreyRaster::stencil(const Rect& where,
                         std::uint8_t grey,
                         const std::function<bool(double right, double down)>& painted) {
    for (int row = 0; row < height_; ++row) {
        const double down = (where.top - y_of(row)) / where.height();
        for (int column = 0; column < width_ && down >= 0 && down < 1; ++column) {
            const double right = (x_of(column) - where.left) / where.width();
            if (right >= 0 && right < 1 && painted(right, down)) {
                put(column, row, grey);
            }
        }
    }
}

}  // namespace yinxin::pdf
