// SPDX-License-Identifier: Apache-2.0
#include "verify/paper/module_grid.h"

#include <algorithm>
#include <cmath>

namespace yinxin::verify::paper {
namespace {

constexpr int kPart = 6;        ///< modules of a part that is moved as a whole
constexpr double kReach = 0.5;  ///< modules, from where its neighbours say it is
constexpr double kStep = 0.125;
constexpr double kPull = 12;  ///< shades that a part must gain to be half a module elsewhere
constexpr int kAround = 4;    ///< modules on each side whose mean tells dark from pale
constexpr int kDrawnDots = 4, kQuiet = 4;

struct Shift {
    double x = 0, y = 0;
};

std::size_t index(int i) {
    return static_cast<std::size_t>(i);
}

}  // namespace

ModuleGrid::ModuleGrid(const GreyPicture& view, int modules, int margin)
    : modules_(modules), margin_(margin), shades_(index(modules) * index(modules)) {
    fit(sharpened(view, 1, -0.7));  // softened: each pixel stands for its surroundings
}

/// Of the module at (x, y), which need not be whole numbers.
double ModuleGrid::shade(const GreyPicture& view, double x, double y) const {
    const auto pixel = [this](double module, int last) {
        const double at = margin_ + (module + 0.5) * module_dots;
        return std::clamp(static_cast<int>(at), 0, last);
    };
    return view.row(pixel(y, view.height() - 1))[pixel(x, view.width() - 1)];
}

/// Where a part lies right its modules are darkest and palest: between two of them it is grey.
void ModuleGrid::fit(const GreyPicture& view) {
    const int parts = (modules_ + kPart - 1) / kPart;
    std::vector<Shift> shifts(index(parts) * index(parts));
    const auto at = [parts](int x, int y) { return index(y) * index(parts) + index(x); };
    const auto contrast = [&](int part_x, int part_y, const Shift& shift) {
        double sum = 0;
        int count = 0;
        for (int y = part_y * kPart - 1; y < std::min((part_y + 1) * kPart + 1, modules_); ++y) {
            for (int x = part_x * kPart - 1; x < std::min((part_x + 1) * kPart + 1, modules_);
                 ++x) {
                if (x >= 0 && y >= 0) {
                    sum += std::abs(shade(view, x + shift.x, y + shift.y) - 128);
                    ++count;
                }
            }
        }
        return sum / count;
    };
    const auto place = [&](int x, int y, const Shift& expected) {
        Shift best = expected;
        double highest = -1e9;
        for (double v = -kReach; v <= kReach; v += kStep) {
            for (double u = -kReach; u <= kReach; u += kStep) {
                const Shift shift{expected.x + u, expected.y + v};
                const double score = contrast(x, y, shift) - kPull * 4 * (u * u + v * v);
                if (score > highest) {
                    highest = score;
                    best = shift;
                }
            }
        }
        shifts[at(x, y)] = best;
    };
    // twice: from the finder patterns on, and once more from what all neighbours say
    for (int y = 0; y < parts; ++y) {
        for (int x = 0; x < parts; ++x) {
            Shift expected;
            int count = 0;
            const auto add = [&](int u, int v) {
                if (u >= 0 && v >= 0) {
                    expected.x += shifts[at(u, v)].x;
                    expected.y += shifts[at(u, v)].y;
                    ++count;
                }
            };
            add(x - 1, y);
            add(x, y - 1);
            if (count > 0) {
                expected = {expected.x / count, expected.y / count};
            }
            place(x, y, expected);
        }
    }
    const std::vector<Shift> first = shifts;
    for (int y = 0; y < parts; ++y) {
        for (int x = 0; x < parts; ++x) {
            Shift expected;
            int count = 0;
            for (int v = std::max(y - 1, 0); v <= std::min(y + 1, parts - 1); ++v) {
                for (int u = std::max(x - 1, 0); u <= std::min(x + 1, parts - 1); ++u) {
                    expected.x += first[at(u, v)].x;
                    expected.y += first[at(u, v)].y;
                    ++count;
                }
            }
            place(x, y, {expected.x / count, expected.y / count});
        }
    }
    for (int y = 0; y < modules_; ++y) {
        for (int x = 0; x < modules_; ++x) {
            const Shift& shift = shifts[at(x / kPart, y / kPart)];
            shades_[index(y) * index(modules_) + index(x)] = shade(view, x + shift.x, y + shift.y);
        }
    }
}

GreyPicture ModuleGrid::drawn(double strength) const {
    const auto held = [this](int x, int y) {
        return shades_[index(std::clamp(y, 0, modules_ - 1)) * index(modules_) +
                       index(std::clamp(x, 0, modules_ - 1))];
    };
    std::vector<double> clear(shades_.size());
    for (int y = 0; y < modules_; ++y) {
        for (int x = 0; x < modules_; ++x) {
            const double around =
                (held(x - 1, y) + held(x + 1, y) + held(x, y - 1) + held(x, y + 1)) / 4;
            clear[index(y) * index(modules_) + index(x)] =
                held(x, y) + strength * (held(x, y) - around);
        }
    }
    const int side = (modules_ + 2 * kQuiet) * kDrawnDots;
    GreyPicture picture(side, side);
    for (int y = 0; y < modules_; ++y) {
        for (int x = 0; x < modules_; ++x) {
            double sum = 0;
            int count = 0;
            for (int v = std::max(y - kAround, 0); v <= std::min(y + kAround, modules_ - 1); ++v) {
                for (int u = std::max(x - kAround, 0); u <= std::min(x + kAround, modules_ - 1);
                     ++u) {
                    sum += clear[index(v) * index(modules_) + index(u)];
                    ++count;
                }
            }
            if (clear[index(y) * index(modules_) + index(x)] >= (sum / count + 128) / 2) {
                continue;
            }
            for (int v = 0; v < kDrawnDots; ++v) {
                std::uint8_t* row = picture.row((y + kQuiet) * kDrawnDots + v);
                std::fill_n(row + (x + kQuiet) * kDrawnDots, kDrawnDots, std::uint8_t{0});
            }
        }
    }
    return picture;
}

}  // namespace yinxin::verify::paper
