// SPDX-License-Identifier: Apache-2.0
// Reads a font of ours back: an independent interpreter of CFF and Type 2 charstrings (Adobe TN
// 5176, TN 5177), as far as they are used. Throws std::out_of_range or std::runtime_error on
// anything malformed.
#pragma once

#include <cmath>
#include <stdexcept>
#include <string>
#include <vector>

#include "common/bytes.h"
#include "pdf/typeface.h"

namespace yinxin::pdf::test {

class CffReader {
  public:
    explicit CffReader(const Bytes& bytes) : bytes_(bytes) {
        std::size_t at = bytes_.at(2);
        at = skip_index(at);  // names
        const auto [top_begin, top_end] = item(at, 0);
        read_top(top_begin, top_end);
    }
    std::size_t glyphs() const { return count(charstrings_); }

    struct Glyph {
        Path path;         ///< ems
        double width = 0;  ///< ems
    };
    Glyph glyph(std::size_t id) const {
        const auto [begin, end] = item(charstrings_, id);
        Interpreter run;
        for (std::size_t i = begin; i < end;) {
            i = run.step(bytes_, i);
        }
        run.glyph.width =
            run.width_given ? (89 + run.width) / 160 : 1;  // nominalWidthX, defaultWidthX
        return run.glyph;
    }

  private:
    struct Interpreter {
        std::vector<double> stack;
        double x = 0, y = 0, width = 0;
        bool width_given = false, first = true;
        Glyph glyph;

        static PathStep::Point em(double px, double py) { return {px / 160, py / 160}; }
        void take_width(std::size_t expected) {
            if (first && stack.size() > expected) {
                width_given = true, width = stack.front();
                stack.erase(stack.begin());
            }
            first = false;
        }
        void line(double dx, double dy) {
            x += dx, y += dy;
            glyph.path.push_back({PathStep::Kind::Line, {em(x, y), {}, {}}});
        }
        void curve(double a, double b, double c, double d, double e, double f) {
            const double x1 = x + a, y1 = y + b, x2 = x1 + c, y2 = y1 + d;
            x = x2 + e, y = y2 + f;
            glyph.path.push_back({PathStep::Kind::Curve, {em(x1, y1), em(x2, y2), em(x, y)}});
        }
        std::size_t step(const Bytes& b, std::size_t i) {
            const int v = b.at(i++);
            if (v >= 32 && v <= 246) {
                stack.push_back(v - 139);
            } else if (v >= 247 && v <= 250) {
                stack.push_back((v - 247) * 256 + b.at(i++) + 108);
            } else if (v >= 251 && v <= 254) {
                stack.push_back(-(v - 251) * 256 - b.at(i++) - 108);
            } else if (v == 28) {
                stack.push_back(static_cast<std::int16_t>(b.at(i) * 256 + b.at(i + 1)));
                i += 2;
            } else {
                if (stack.size() > 48) {
                    throw std::runtime_error("more than 48 arguments");
                }
                execute(v);
                stack.clear();
            }
            return i;
        }
        void execute(int op) {
            const auto s = [this](std::size_t k) { return stack.at(k); };
            const std::size_t n = stack.size();
            if (op == 21 || op == 22 || op == 4) {
                take_width(op == 21 ? 2 : 1);
                x += op == 4 ? 0 : s(0);
                y += op == 21 ? s(1) : op == 4 ? s(0) : 0;
                glyph.path.push_back({PathStep::Kind::Move, {em(x, y), {}, {}}});
            } else if (op == 5) {
                for (std::size_t k = 0; k < n; k += 2) {
                    line(s(k), s(k + 1));
                }
            } else if (op == 6 || op == 7) {
                for (std::size_t k = 0; k < n; ++k) {
                    const bool horizontal = (op == 6) == (k % 2 == 0);
                    line(horizontal ? s(k) : 0, horizontal ? 0 : s(k));
                }
            } else if (op == 8) {
                for (std::size_t k = 0; k < n; k += 6) {
                    curve(s(k), s(k + 1), s(k + 2), s(k + 3), s(k + 4), s(k + 5));
                }
            } else if (op == 26) {
                for (std::size_t k = 0; k < n; k += 4) {
                    curve(0, s(k), s(k + 1), s(k + 2), 0, s(k + 3));
                }
            } else if (op == 27) {
                for (std::size_t k = 0; k < n; k += 4) {
                    curve(s(k), 0, s(k + 1), s(k + 2), s(k + 3), 0);
                }
            } else if (op == 30 || op == 31) {
                for (std::size_t k = 0; k < n; k += 4) {
                    if ((op == 31) == (k / 4 % 2 == 0)) {
                        curve(s(k), 0, s(k + 1), s(k + 2), 0, s(k + 3));
                    } else {
                        curve(0, s(k), s(k + 1), s(k + 2), s(k + 3), 0);
                    }
                }
            } else if (op == 14) {
                take_width(0);
            } else {
                throw std::runtime_error("operator " + std::to_string(op));
            }
        }
    };

    std::size_t number16(std::size_t at) const { return bytes_.at(at) * 256u + bytes_.at(at + 1); }
    std::size_t count(std::size_t index) const { return number16(index); }
    std::size_t offset(std::size_t index, std::size_t i) const {
        const std::size_t size = bytes_.at(index + 2);
        std::size_t v = 0;
        for (std::size_t k = 0; k < size; ++k) {
            v = v * 256 + bytes_.at(index + 3 + i * size + k);
        }
        return index + 2 + (count(index) + 1) * size + v;
    }
    std::pair<std::size_t, std::size_t> item(std::size_t index, std::size_t i) const {
        if (i >= count(index)) {
            throw std::out_of_range("index");
        }
        return {offset(index, i), offset(index, i + 1)};
    }
    std::size_t skip_index(std::size_t index) const {
        return count(index) == 0 ? index + 2 : offset(index, count(index));
    }

    void read_top(std::size_t at, std::size_t end) {
        std::vector<long> stack;
        while (at < end) {
            const int v = bytes_.at(at++);
            if (v == 29) {
                long n = 0;
                for (int k = 0; k < 4; ++k) {
                    n = n * 256 + bytes_.at(at++);
                }
                stack.push_back(n);
            } else if (v == 30) {
                while ((bytes_.at(at++) & 15) != 15) {
                }
            } else if (v >= 32 && v <= 246) {
                stack.push_back(v - 139);
            } else if (v >= 247 && v <= 254) {
                ++at;
                stack.push_back(0);
            } else {
                if (v == 17) {
                    charstrings_ = static_cast<std::size_t>(stack.back());
                }
                at += v == 12 ? 1 : 0;
                stack.clear();
            }
        }
    }

    const Bytes& bytes_;
    std::size_t charstrings_ = 0;
};

inline constexpr int kCurveSteps = 150;

/// Points along a path, closer than 0.005 em.
inline std::vector<PathStep::Point> points_along(const Path& path) {
    std::vector<PathStep::Point> out;
    PathStep::Point at{}, start{};
    const auto line = [&](PathStep::Point to) {
        const int steps = std::max(1, static_cast<int>(std::hypot(to.x - at.x, to.y - at.y) * 200));
        for (int k = 1; k <= steps; ++k) {
            const double t = static_cast<double>(k) / steps;
            out.push_back({at.x + (to.x - at.x) * t, at.y + (to.y - at.y) * t});
        }
        at = to;
    };
    for (const PathStep& s : path) {
        if (s.kind == PathStep::Kind::Move) {
            if (!out.empty()) {
                line(start);
            }
            at = start = s.p[0];
        } else if (s.kind == PathStep::Kind::Line) {
            line(s.p[0]);
        } else {
            for (int k = 1; k <= kCurveSteps; ++k) {
                const double t = static_cast<double>(k) / kCurveSteps, u = 1 - t;
                const double a = u * u * u, b = 3 * u * u * t, c = 3 * u * t * t, d = t * t * t;
                out.push_back({a * at.x + b * s.p[0].x + c * s.p[1].x + d * s.p[2].x,
                               a * at.y + b * s.p[0].y + c * s.p[1].y + d * s.p[2].y});
            }
            at = s.p[2];
        }
    }
    if (!out.empty()) {
        line(start);
    }
    return out;
}

/// The farthest any point of `a` is from the nearest of `b`.
inline double strays(const Path& a, const Path& b, double shift) {
    const auto from = points_along(a), to = points_along(b);
    double worst = 0;
    for (const auto& p : from) {
        double best = 1e9;
        for (const auto& q : to) {
            best = std::min(best, std::hypot(p.x + shift - q.x, p.y - q.y));
        }
        worst = std::max(worst, best);
    }
    return worst;
}

}  // namespace yinxin::pdf::test
