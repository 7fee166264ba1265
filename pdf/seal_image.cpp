// SPDX-License-Identifier: Apache-2.0
#include "pdf/seal_image.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <string>
#include <vector>

#include "common/error.h"

namespace yinxin::pdf {
namespace {

constexpr int kFine = 4;         // samples a dot, in both directions
constexpr int kCurveSteps = 24;  // straight pieces a curve
constexpr int kDotsMax = 4096;   // in either direction: 170 mm at 600 dots an inch

struct Point {
    double x = 0, y = 0;
};
using Path = std::vector<Point>;

struct Matrix {
    double a = 1, b = 0, c = 0, d = 1, e = 0, f = 0;

    Point operator()(double x, double y) const { return {a * x + c * y + e, b * x + d * y + f}; }
    /// This one first, then `next` (ISO 32000-1, 8.3.4).
    Matrix then(const Matrix& next) const {
        return {a * next.a + b * next.c,
                a * next.b + b * next.d,
                c * next.a + d * next.c,
                c * next.b + d * next.d,
                e * next.a + f * next.c + next.e,
                e * next.b + f * next.d + next.f};
    }
    double scale() const { return std::sqrt(std::abs(a * d - b * c)); }
};

/// Samples that are inked, row by row from the top.
class Canvas {
  public:
    Canvas(int width, int height)
        : width_(width), height_(height), samples_(static_cast<std::size_t>(width) * height) {}

    /// Non-zero winding number (8.5.3.3.2), at the middle of each sample.
    void fill(const std::vector<Path>& paths) {
        for (int row = 0; row < height_; ++row) {
            crossings_.clear();
            for (const Path& path : paths) {
                for (std::size_t i = 0; i < path.size(); ++i) {
                    cross(path[i], path[(i + 1) % path.size()], row + 0.5);
                }
            }
            std::sort(crossings_.begin(), crossings_.end());
            int winding = 0;
            for (std::size_t i = 0; i + 1 < crossings_.size(); ++i) {
                winding += crossings_[i].second;
                if (winding != 0) {
                    ink(row, crossings_[i].first, crossings_[i + 1].first);
                }
            }
        }
    }
    /// Inked samples of one dot.
    int count(int column, int row) const {
        int inked = 0;
        for (int y = row * kFine; y < (row + 1) * kFine; ++y) {
            for (int x = column * kFine; x < (column + 1) * kFine; ++x) {
                inked += samples_[static_cast<std::size_t>(y) * width_ + x] ? 1 : 0;
            }
        }
        return inked;
    }

  private:
    void cross(Point from, Point to, double y) {
        const int direction = from.y < to.y ? 1 : -1;
        if (direction < 0) {
            std::swap(from, to);
        }
        if (from.y <= y && y < to.y) {
            crossings_.emplace_back(from.x + (to.x - from.x) * (y - from.y) / (to.y - from.y),
                                    direction);
        }
    }
    void ink(int row, double from, double to) {
        const int begin = std::clamp(static_cast<int>(std::ceil(from - 0.5)), 0, width_);
        const int end = std::clamp(static_cast<int>(std::ceil(to - 0.5)), 0, width_);
        for (int x = begin; x < end; ++x) {
            samples_[static_cast<std::size_t>(row) * width_ + x] = true;
        }
    }

    int width_, height_;
    std::vector<bool> samples_;
    std::vector<std::pair<double, int>> crossings_;
};

/// Carries out the operators of a picture.
class Drawing {
  public:
    Drawing(Canvas& canvas, const Matrix& to_samples) : canvas_(canvas) {
        state_.matrix = to_samples;
    }

    void run(std::string_view content) {
        while (!content.empty()) {
            const std::size_t end = std::min(content.find_first_of(" \n"), content.size());
            if (end > 0) {
                token(content.substr(0, end));
            }
            content.remove_prefix(std::min(end + 1, content.size()));
        }
    }
    const std::array<double, 3>& colour() const { return colour_; }

  private:
    struct State {
        Matrix matrix;
        double line_width = 1;
    };

    void token(std::string_view text) {
        double number = 0;
        const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
        if (read.ec == std::errc() && read.ptr == text.data() + text.size()) {
            operands_.push_back(number);
        } else if (text.front() != '/') {
            carry_out(text);
            operands_.clear();
        }
    }
    double operand(std::size_t i) const {
        YINXIN_ASSERT(i < operands_.size());
        return operands_[i];
    }
    Point point(std::size_t i) const { return state_.matrix(operand(i), operand(i + 1)); }

    void carry_out(std::string_view name) {
        if (name == "q") {
            saved_.push_back(state_);
        } else if (name == "Q") {
            YINXIN_ASSERT(!saved_.empty());
            state_ = saved_.back();
            saved_.pop_back();
        } else if (name == "cm") {
            state_.matrix =
                Matrix{operand(0), operand(1), operand(2), operand(3), operand(4), operand(5)}.then(
                    state_.matrix);
        } else if (name == "w") {
            state_.line_width = operand(0);
        } else if (name == "rg") {
            colour_ = {operand(0), operand(1), operand(2)};
        } else if (name == "m") {
            paths_.push_back({point(0)});
        } else if (name == "l") {
            current().push_back(point(0));
        } else if (name == "c") {
            curve();
        } else if (name == "f") {
            canvas_.fill(paths_);
            paths_.clear();
        } else if (name == "s") {
            stroke();
            paths_.clear();
        } else if (name != "gs" && name != "RG") {  // how it lies on a page; the colour is one
            throw Error(ErrorCode::Internal,
                        "seal_image: operator " + std::string(name) + " is not known");
        }
    }
    Path& current() {
        YINXIN_ASSERT(!paths_.empty());
        return paths_.back();
    }
    void curve() {
        const Point p0 = current().back(), p1 = point(0), p2 = point(2), p3 = point(4);
        for (int i = 1; i <= kCurveSteps; ++i) {
            const double t = static_cast<double>(i) / kCurveSteps, u = 1 - t;
            const auto at = [&](double a, double b, double c, double d) {
                return u * u * u * a + 3 * u * u * t * b + 3 * u * t * t * c + t * t * t * d;
            };
            current().push_back({at(p0.x, p1.x, p2.x, p3.x), at(p0.y, p1.y, p2.y, p3.y)});
        }
    }
    /// Closed: a rectangle along each piece, a sample longer at both ends so that they meet.
    void stroke() {
        const double half = state_.line_width * state_.matrix.scale() / 2;
        for (const Path& path : paths_) {
            for (std::size_t i = 0; i < path.size(); ++i) {
                const Point from = path[i], to = path[(i + 1) % path.size()];
                const double length = std::hypot(to.x - from.x, to.y - from.y);
                if (length == 0) {
                    continue;
                }
                const double dx = (to.x - from.x) / length, dy = (to.y - from.y) / length;
                const double nx = -dy * half, ny = dx * half;
                canvas_.fill({{{from.x - dx + nx, from.y - dy + ny},
                               {to.x + dx + nx, to.y + dy + ny},
                               {to.x + dx - nx, to.y + dy - ny},
                               {from.x - dx - nx, from.y - dy - ny}}});
            }
        }
    }

    Canvas& canvas_;
    State state_;
    std::vector<State> saved_;
    std::vector<Path> paths_;
    std::vector<double> operands_;
    std::array<double, 3> colour_{};
};

void append_number(Bytes& out, std::uint32_t number) {
    for (int shift = 24; shift >= 0; shift -= 8) {
        out.push_back(static_cast<std::uint8_t>(number >> shift));
    }
}

void append_chunk(Bytes& out, std::string_view type, const Bytes& data) {
    append_number(out, static_cast<std::uint32_t>(data.size()));
    const std::size_t begin = out.size();
    out.insert(out.end(), type.begin(), type.end());
    out.insert(out.end(), data.begin(), data.end());
    append_number(out,
                  static_cast<std::uint32_t>(
                      crc32(0, out.data() + begin, static_cast<uInt>(out.size() - begin))));
}

/// Two bits a dot: 0 clear to 3 full (ISO/IEC 15948, 7.2).
Bytes rows_of(const Canvas& canvas, int width, int height) {
    Bytes rows;
    for (int y = 0; y < height; ++y) {
        rows.push_back(0);  // no filter: with a palette it gains nothing
        for (int x = 0; x < width; x += 4) {
            int byte = 0;
            for (int i = 0; i < 4; ++i) {
                const int inked = x + i < width ? canvas.count(x + i, y) : 0;
                byte = byte << 2 | (inked * 3 + kFine * kFine / 2) / (kFine * kFine);
            }
            rows.push_back(static_cast<std::uint8_t>(byte));
        }
    }
    return rows;
}

Bytes png(const Bytes& rows,
          int width,
          int height,
          int dots_per_inch,
          const std::array<double, 3>& colour) {
    Bytes out{0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
    Bytes header;
    append_number(header, static_cast<std::uint32_t>(width));
    append_number(header, static_cast<std::uint32_t>(height));
    header.insert(header.end(), {2, 3, 0, 0, 0});  // two bits, palette
    append_chunk(out, "IHDR", header);
    Bytes palette;
    for (int i = 0; i < 4; ++i) {
        for (const double part : colour) {
            palette.push_back(static_cast<std::uint8_t>(std::lround(part * 255)));
        }
    }
    append_chunk(out, "PLTE", palette);
    append_chunk(out, "tRNS", {0, 85, 170, 255});
    Bytes size;
    const auto per_metre = static_cast<std::uint32_t>(std::lround(dots_per_inch / 0.0254));
    append_number(size, per_metre);
    append_number(size, per_metre);
    size.push_back(1);
    append_chunk(out, "pHYs", size);
    uLongf bytes = compressBound(static_cast<uLong>(rows.size()));
    Bytes packed(bytes);
    if (compress2(packed.data(), &bytes, rows.data(), static_cast<uLong>(rows.size()), 9) != Z_OK) {
        throw Error(ErrorCode::Internal, "zlib does not compress");
    }
    packed.resize(bytes);
    append_chunk(out, "IDAT", packed);
    append_chunk(out, "IEND", {});
    return out;
}

}  // namespace

Bytes seal_image(const Picture& picture, int dots_per_inch) {
    const double scale = dots_per_inch / 72.0;
    const int width = static_cast<int>(std::lround(picture.width * scale));
    const int height = static_cast<int>(std::lround(picture.height * scale));
    YINXIN_ASSERT(width > 0 && height > 0 && width <= kDotsMax && height <= kDotsMax);
    Canvas canvas(width * kFine, height * kFine);
    const double fine = scale * kFine;
    Drawing drawing(canvas, {fine, 0, 0, -fine, 0, static_cast<double>(height) * kFine});
    drawing.run(as_text(picture.content));
    return png(rows_of(canvas, width, height), width, height, dots_per_inch, drawing.colour());
}

}  // namespace yinxin::pdf
