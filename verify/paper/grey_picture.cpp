// SPDX-License-Identifier: Apache-2.0
#include "verify/paper/grey_picture.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <vector>

#include "common/error.h"

namespace yinxin::verify::paper {
namespace {

std::uint8_t to_grey(int value) {
    return static_cast<std::uint8_t>(std::clamp(value, 0, 255));
}

std::size_t index(int i) {
    return static_cast<std::size_t>(i);
}

/// The mean of 2 `radius` + 1 pixels in each row; at the edges, the edge goes on.
GreyPicture blurred_across(const GreyPicture& picture, int radius) {
    GreyPicture out(picture.width(), picture.height());
    const int last = picture.width() - 1;
    const int count = 2 * radius + 1;
    for (int y = 0; y < picture.height(); ++y) {
        const std::uint8_t* from = picture.row(y);
        std::uint8_t* to = out.row(y);
        int sum = 0;
        for (int x = -radius; x <= radius; ++x) {
            sum += from[std::clamp(x, 0, last)];
        }
        for (int x = 0; x <= last; ++x) {
            to[x] = static_cast<std::uint8_t>((sum + count / 2) / count);
            sum += from[std::min(x + radius + 1, last)] - from[std::max(x - radius, 0)];
        }
    }
    return out;
}

GreyPicture blurred_down(const GreyPicture& picture, int radius) {
    GreyPicture out(picture.width(), picture.height());
    const int last = picture.height() - 1;
    const int count = 2 * radius + 1;
    std::vector<int> sums(index(picture.width()), count / 2);
    for (int y = -radius; y <= radius; ++y) {
        const std::uint8_t* from = picture.row(std::clamp(y, 0, last));
        for (int x = 0; x < picture.width(); ++x) {
            sums[index(x)] += from[x];
        }
    }
    for (int y = 0; y <= last; ++y) {
        std::uint8_t* to = out.row(y);
        const std::uint8_t* comes = picture.row(std::min(y + radius + 1, last));
        const std::uint8_t* goes = picture.row(std::max(y - radius, 0));
        for (int x = 0; x < picture.width(); ++x) {
            to[x] = static_cast<std::uint8_t>(sums[index(x)] / count);
            sums[index(x)] += comes[x] - goes[x];
        }
    }
    return out;
}

/// Twice the mean of a square is near enough to a Gaussian.
GreyPicture blurred(const GreyPicture& picture, int radius) {
    GreyPicture out = blurred_down(blurred_across(picture, radius), radius);
    return blurred_down(blurred_across(out, radius), radius);
}

/// Catmull-Rom, a quarter of a pixel beside b on the side of c.
int quarter_from(int a, int b, int c, int d) {
    return (-9 * a + 111 * b + 29 * c - 3 * d + 64) / 128;
}

GreyPicture doubled_across(const GreyPicture& picture) {
    GreyPicture out(2 * picture.width(), picture.height());
    const int last = picture.width() - 1;
    for (int y = 0; y < picture.height(); ++y) {
        const std::uint8_t* from = picture.row(y);
        std::uint8_t* to = out.row(y);
        for (int x = 0; x <= last; ++x) {
            const int far_left = from[std::max(x - 2, 0)], left = from[std::max(x - 1, 0)];
            const int right = from[std::min(x + 1, last)], far_right = from[std::min(x + 2, last)];
            to[2 * x] = to_grey(quarter_from(right, from[x], left, far_left));
            to[2 * x + 1] = to_grey(quarter_from(left, from[x], right, far_right));
        }
    }
    return out;
}

GreyPicture doubled_down(const GreyPicture& picture) {
    GreyPicture out(picture.width(), 2 * picture.height());
    const int last = picture.height() - 1;
    for (int y = 0; y <= last; ++y) {
        const std::uint8_t* far_up = picture.row(std::max(y - 2, 0));
        const std::uint8_t* up = picture.row(std::max(y - 1, 0));
        const std::uint8_t* here = picture.row(y);
        const std::uint8_t* down = picture.row(std::min(y + 1, last));
        const std::uint8_t* far_down = picture.row(std::min(y + 2, last));
        std::uint8_t* first = out.row(2 * y);
        std::uint8_t* second = out.row(2 * y + 1);
        for (int x = 0; x < picture.width(); ++x) {
            first[x] = to_grey(quarter_from(down[x], here[x], up[x], far_up[x]));
            second[x] = to_grey(quarter_from(up[x], here[x], down[x], far_down[x]));
        }
    }
    return out;
}

/// Sums of the pixels around, and of their squares, moving down row by row.
class Surroundings {
  public:
    Surroundings(const GreyPicture& picture, int radius)
        : picture_(picture), radius_(radius), sums_(index(picture.width())), squares_(sums_) {
        for (int y = -radius - 1; y < radius; ++y) {
            add(y, 1);
        }
    }

    /// Of row y; each row once, from the first on.
    void move_to(int y) {
        add(y + radius_, 1);
        add(y - radius_ - 1, -1);
    }

    struct Sum {
        int count = 0;
        std::int64_t shades = 0, squares = 0;
    };
    /// Columns first to last.
    void across(std::vector<Sum>& row) const {
        const int last = picture_.width() - 1, count = 2 * radius_ + 1;
        Sum sum{count * count, 0, 0};
        const auto add_column = [&](int x, int sign) {
            const std::size_t at = index(std::clamp(x, 0, last));
            sum.shades += sign * std::int64_t{sums_[at]};
            sum.squares += sign * std::int64_t{squares_[at]};
        };
        for (int x = -radius_; x <= radius_; ++x) {
            add_column(x, 1);
        }
        for (int x = 0; x <= last; ++x) {
            row[index(x)] = sum;
            add_column(x + radius_ + 1, 1);
            add_column(x - radius_, -1);
        }
    }

  private:
    void add(int y, int sign) {
        const std::uint8_t* row = picture_.row(std::clamp(y, 0, picture_.height() - 1));
        for (int x = 0; x < picture_.width(); ++x) {
            sums_[index(x)] += sign * row[x];
            squares_[index(x)] += sign * row[x] * row[x];
        }
    }

    const GreyPicture& picture_;
    const int radius_;
    std::vector<std::int32_t> sums_, squares_;
};

/// Between four pixels; outside the picture its edge goes on.
std::uint8_t sample(const GreyPicture& picture, const Spot& spot) {
    // a comparison that also ends what is no number
    const auto inside = [](double value, int last) {
        return value > 0 ? (value < last ? value : static_cast<double>(last)) : 0.0;
    };
    const double x = inside(spot.x - 0.5, picture.width() - 1);
    const double y = inside(spot.y - 0.5, picture.height() - 1);
    const int left = static_cast<int>(x), top = static_cast<int>(y);
    const int right = std::min(left + 1, picture.width() - 1);
    const std::uint8_t* upper = picture.row(top);
    const std::uint8_t* lower = picture.row(std::min(top + 1, picture.height() - 1));
    const double across = x - left, down = y - top;
    const double above = upper[left] * (1 - across) + upper[right] * across;
    const double below = lower[left] * (1 - across) + lower[right] * across;
    return static_cast<std::uint8_t>(above * (1 - down) + below * down + 0.5);
}

}  // namespace

Projection::Projection(const Corners& to) {
    const auto& [a, b, c, d] = to;
    const double sx = a.x - b.x + c.x - d.x, sy = a.y - b.y + c.y - d.y;
    const double ux = b.x - c.x, uy = b.y - c.y, vx = d.x - c.x, vy = d.y - c.y;
    const double area = ux * vy - vx * uy;
    if (!(std::abs(area) >= 1)) {
        throw Error(ErrorCode::Malformed, "corners that span no square");
    }
    g_ = (sx * vy - vx * sy) / area;
    h_ = (ux * sy - sx * uy) / area;
    xu_ = b.x - a.x + g_ * b.x;
    xv_ = d.x - a.x + h_ * d.x;
    yu_ = b.y - a.y + g_ * b.y;
    yv_ = d.y - a.y + h_ * d.y;
    x_ = a.x;
    y_ = a.y;
}

Spot Projection::of(double u, double v) const {
    const double w = g_ * u + h_ * v + 1;
    return {(xu_ * u + xv_ * v + x_) / w, (yu_ * u + yv_ * v + y_) / w};
}

GreyPicture::GreyPicture(int width, int height, std::uint8_t grey)
    : width_(width), height_(height) {
    YINXIN_ASSERT(width > 0 && height > 0);
    pixels_.assign(index(width) * index(height), grey);
}

GreyPicture halved(const GreyPicture& picture) {
    GreyPicture out(std::max(picture.width() / 2, 1), std::max(picture.height() / 2, 1));
    const int last_x = picture.width() - 1, last_y = picture.height() - 1;
    for (int y = 0; y < out.height(); ++y) {
        const std::uint8_t* upper = picture.row(2 * y);
        const std::uint8_t* lower = picture.row(std::min(2 * y + 1, last_y));
        std::uint8_t* to = out.row(y);
        for (int x = 0; x < out.width(); ++x) {
            const int right = std::min(2 * x + 1, last_x);
            to[x] = static_cast<std::uint8_t>(
                (upper[2 * x] + upper[right] + lower[2 * x] + lower[right] + 2) / 4);
        }
    }
    return out;
}

GreyPicture doubled(const GreyPicture& picture) {
    return doubled_down(doubled_across(picture));
}

GreyPicture sharpened(const GreyPicture& picture, int radius, double amount) {
    GreyPicture out = blurred(picture, radius);
    const int weight = static_cast<int>(amount * 256);
    for (int y = 0; y < picture.height(); ++y) {
        const std::uint8_t* from = picture.row(y);
        std::uint8_t* to = out.row(y);
        for (int x = 0; x < picture.width(); ++x) {
            to[x] = to_grey(from[x] + (from[x] - to[x]) * weight / 256);
        }
    }
    return out;
}

/// Sauvola and Pietikainen, Adaptive document image binarization (2000); the range of deviations is
/// taken from the light that there is.
GreyPicture flattened(const GreyPicture& picture, int radius) {
    constexpr float kBelowMean = 0.25F;  ///< where nothing stands out, so much darker is dark
    GreyPicture out(picture.width(), picture.height());
    Surroundings surroundings(picture, radius);
    std::vector<Surroundings::Sum> sums(index(picture.width()));
    for (int y = 0; y < picture.height(); ++y) {
        surroundings.move_to(y);
        surroundings.across(sums);
        const std::uint8_t* from = picture.row(y);
        std::uint8_t* to = out.row(y);
        for (int x = 0; x < picture.width(); ++x) {
            const Surroundings::Sum& sum = sums[index(x)];
            const auto count = static_cast<float>(sum.count);
            const float mean = static_cast<float>(sum.shades) / count + 1;
            const float squares = static_cast<float>(sum.squares) / count;
            const float deviation = std::sqrt(std::max(squares - (mean - 1) * (mean - 1), 0.0F));
            const float threshold =
                mean * (1 + kBelowMean * (std::min(2 * deviation / mean, 1.0F) - 1));
            const float range = std::max(1.5F * deviation, mean * kBelowMean);
            to[x] = to_grey(
                static_cast<int>(128 + (static_cast<float>(from[x]) - threshold) * 127 / range));
        }
    }
    return out;
}

GreyPicture upright(const GreyPicture& picture, const Corners& corners, int side, int margin) {
    const Projection projection(corners);
    GreyPicture out(side + 2 * margin, side + 2 * margin);
    for (int y = 0; y < out.height(); ++y) {
        std::uint8_t* to = out.row(y);
        for (int x = 0; x < out.width(); ++x) {
            to[x] = sample(picture,
                           projection.of((x + 0.5 - margin) / side, (y + 0.5 - margin) / side));
        }
    }
    return out;
}

}  // namespace yinxin::verify::paper
