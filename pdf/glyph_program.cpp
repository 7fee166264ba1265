// SPDX-License-Identifier: Apache-2.0
#include "pdf/glyph_program.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "common/error.h"

namespace yinxin::pdf {
namespace {

using Point = PathStep::Point;

Point operator+(Point a, Point b) {
    return {a.x + b.x, a.y + b.y};
}
Point operator-(Point a, Point b) {
    return {a.x - b.x, a.y - b.y};
}
Point operator*(Point a, double k) {
    return {a.x * k, a.y * k};
}
double dot(Point a, Point b) {
    return a.x * b.x + a.y * b.y;
}
double length(Point a) {
    return std::hypot(a.x, a.y);
}

struct Cubic {
    Point p[4];
    bool straight = false;
    Point at(double t) const {
        const double s = 1 - t;
        return p[0] * (s * s * s) + p[1] * (3 * s * s * t) + p[2] * (3 * s * t * t) +
               p[3] * (t * t * t);
    }
    Point slope(double t) const {
        const double s = 1 - t;
        return (p[1] - p[0]) * (3 * s * s) + (p[2] - p[1]) * (6 * s * t) +
               (p[3] - p[2]) * (3 * t * t);
    }
};

constexpr double kSmooth = 0.97;  ///< cosine of the sharpest turn that is not a corner
constexpr std::size_t kMergeMax = 10;

std::optional<Point> direction(Point from, Point to) {
    const Point d = to - from;
    const double l = length(d);
    if (l < 1e-9) {
        return std::nullopt;
    }
    return d * (1 / l);
}

Point start_direction(const Cubic& c) {
    for (int i = 1; i < 4; ++i) {
        if (const auto d = direction(c.p[0], c.p[i])) {
            return *d;
        }
    }
    return {};
}

Point end_direction(const Cubic& c) {
    for (int i = 2; i >= 0; --i) {
        if (const auto d = direction(c.p[i], c.p[3])) {
            return *d;
        }
    }
    return {};
}

/// One cubic through the ends of curves[from, to) with their end directions, by least squares;
/// nullopt when it strays.
std::optional<Cubic> fit(const std::vector<Cubic>& curves,
                         std::size_t from,
                         std::size_t to,
                         double tolerance) {
    constexpr int kSamples = 8;
    const Point first = curves[from].p[0], last = curves[to - 1].p[3];
    const Point t1 = start_direction(curves[from]), t2 = end_direction(curves[to - 1]) * -1.0;
    std::vector<Point> points;
    std::vector<double> u;
    double travelled = 0;
    Point previous = first;
    for (std::size_t i = from; i < to; ++i) {
        for (int k = 1; k <= kSamples; ++k) {
            const Point q = curves[i].at(static_cast<double>(k) / kSamples);
            travelled += length(q - previous);
            previous = q;
            points.push_back(q);
            u.push_back(travelled);
        }
    }
    if (travelled < 1e-9) {
        return std::nullopt;
    }
    for (double& v : u) {
        v /= travelled;
    }
    Cubic best{};
    for (int round = 0; round < 4; ++round) {
        double c00 = 0, c01 = 0, c11 = 0, x0 = 0, x1 = 0;
        for (std::size_t i = 0; i < points.size(); ++i) {
            const double t = u[i], s = 1 - t;
            const Point a = t1 * (3 * s * s * t), b = t2 * (3 * s * t * t);
            const Point rest = points[i] - first * (s * s * s + 3 * s * s * t) -
                               last * (3 * s * t * t + t * t * t);
            c00 += dot(a, a), c01 += dot(a, b), c11 += dot(b, b);
            x0 += dot(a, rest), x1 += dot(b, rest);
        }
        const double det = c00 * c11 - c01 * c01;
        if (std::abs(det) < 1e-18) {
            return std::nullopt;
        }
        const double a1 = (x0 * c11 - x1 * c01) / det, a2 = (c00 * x1 - c01 * x0) / det;
        if (a1 < 0 || a2 < 0 || a1 > 3 * travelled || a2 > 3 * travelled) {
            return std::nullopt;
        }
        best = {{first, first + t1 * a1, last + t2 * a2, last}, false};
        double worst = 0;
        for (std::size_t i = 0; i < points.size(); ++i) {
            worst = std::max(worst, length(best.at(u[i]) - points[i]));
        }
        if (worst <= tolerance) {
            return best;
        }
        if (worst > 8 * tolerance) {
            return std::nullopt;
        }
        for (std::size_t i = 0; i < points.size();
             ++i) {  // one Newton step towards the nearest parameter
            const Point d = best.at(u[i]) - points[i], v = best.slope(u[i]);
            if (dot(v, v) > 1e-12) {
                u[i] = std::clamp(u[i] - dot(d, v) / dot(v, v), 0.0, 1.0);
            }
        }
    }
    return std::nullopt;
}

/// Each stretch of a smooth run by the longest curve that fits.
void merge(const std::vector<Cubic>& run, std::vector<Cubic>& out, double tolerance) {
    std::size_t i = 0;
    while (i < run.size()) {
        Cubic best = run[i];
        std::size_t next = i + 1;
        for (std::size_t end = std::min(run.size(), i + kMergeMax); end > i + 1; --end) {
            if (const auto merged = fit(run, i, end, tolerance)) {
                best = *merged;
                next = end;
                break;
            }
        }
        out.push_back(best);
        i = next;
    }
}

}  // namespace

namespace {

/// Distance of p from the stretch a-b.
double distance(Point p, Point a, Point b) {
    const Point d = b - a;
    const double l2 = dot(d, d);
    const double t = l2 < 1e-12 ? 0 : std::clamp(dot(p - a, d) / l2, 0.0, 1.0);
    return length(p - (a + d * t));
}

bool is_flat(const Cubic& c, double tolerance) {
    // a curve strays from its chord by at most 3/4 of what its control points do
    return std::max(distance(c.p[1], c.p[0], c.p[3]), distance(c.p[2], c.p[0], c.p[3])) * 0.75 <=
           tolerance;
}

/// Straight stretches one after another become one while no point between strays (Ramer, Douglas,
/// Peucker).
void thin_lines(const std::vector<Point>& points,
                std::size_t from,
                std::size_t to,
                double tolerance,
                std::vector<Point>& out) {
    double worst = 0;
    std::size_t at = from;
    for (std::size_t i = from + 1; i < to; ++i) {
        if (const double d = distance(points[i], points[from], points[to]); d > worst) {
            worst = d, at = i;
        }
    }
    if (worst > tolerance) {
        thin_lines(points, from, at, tolerance, out);
        thin_lines(points, at, to, tolerance, out);
    } else {
        out.push_back(points[to]);
    }
}

Cubic straight(Point a, Point b) {
    return {{a, a, b, b}, true};
}

std::vector<Cubic> thinned(const std::vector<Cubic>& contour, double tolerance) {
    std::vector<Cubic> out;
    for (std::size_t i = 0; i < contour.size();) {
        if (!contour[i].straight) {
            out.push_back(contour[i++]);
            continue;
        }
        std::vector<Point> points = {contour[i].p[0]};
        for (; i < contour.size() && contour[i].straight; ++i) {
            points.push_back(contour[i].p[3]);
        }
        std::vector<Point> kept;
        thin_lines(points, 0, points.size() - 1, tolerance, kept);
        Point at = points.front();
        for (const Point& p : kept) {
            out.push_back(straight(at, p));
            at = p;
        }
    }
    return out;
}

/// Replaces the smooth runs of a contour by fewer curves, then what is nearly straight by lines.
void simplify_contour(const std::vector<Cubic>& contour, double tolerance, Path& out) {
    std::vector<Cubic> run, merged;
    const auto end_run = [&] {
        merge(run, merged, tolerance);
        run.clear();
    };
    for (const Cubic& c : contour) {
        if (!run.empty() && dot(end_direction(run.back()), start_direction(c)) < kSmooth) {
            end_run();
        }
        run.push_back(c);
    }
    end_run();
    for (Cubic& c : merged) {
        if (!c.straight && is_flat(c, tolerance)) {
            c = straight(c.p[0], c.p[3]);
        }
    }
    for (const Cubic& c : thinned(merged, tolerance)) {
        if (c.straight) {
            out.push_back({PathStep::Kind::Line, {c.p[3], {}, {}}});
        } else {
            out.push_back({PathStep::Kind::Curve, {c.p[1], c.p[2], c.p[3]}});
        }
    }
}

}  // namespace

Path simplify(const Path& path, double tolerance) {
    Path out;
    std::vector<Cubic> contour;
    Point at{};
    for (const PathStep& step : path) {
        if (step.kind == PathStep::Kind::Move) {
            simplify_contour(contour, tolerance, out);
            contour.clear();
            out.push_back(step);
            at = step.p[0];
            continue;
        }
        contour.push_back(step.kind == PathStep::Kind::Line
                              ? straight(at, step.p[0])
                              : Cubic{{at, step.p[0], step.p[1], step.p[2]}, false});
        at = contour.back().p[3];
    }
    simplify_contour(contour, tolerance, out);
    return out;
}

namespace {

void put_number(std::string& out, int v) {  // TN 5177, table 1
    if (v >= -107 && v <= 107) {
        out += static_cast<char>(v + 139);
    } else if (v >= 108 && v <= 1131) {
        v -= 108;
        out += static_cast<char>((v >> 8) + 247);
        out += static_cast<char>(v & 255);
    } else if (v <= -108 && v >= -1131) {
        v = -v - 108;
        out += static_cast<char>((v >> 8) + 251);
        out += static_cast<char>(v & 255);
    } else {
        out += static_cast<char>(28);
        out += static_cast<char>((v >> 8) & 255);
        out += static_cast<char>(v & 255);
    }
}

constexpr std::size_t kStackMax = 48;  // TN 5177, appendix B

/// Writes operators with as many arguments as the interpreter's stack takes.
class CharstringWriter {
  public:
    void move(int x, int y) {
        finish();
        if (y == 0) {
            put_number(out_, x), out_ += static_cast<char>(22);
        } else if (x == 0) {
            put_number(out_, y), out_ += static_cast<char>(4);
        } else {
            put_number(out_, x), put_number(out_, y), out_ += static_cast<char>(21);
        }
    }
    void line(int x, int y) {
        if (x == 0 && y == 0) {
            return;
        }
        if (x != 0 && y != 0) {
            add(5, {x, y});
        } else {  // hlineto and vlineto alternate
            const bool horizontal = y == 0;
            const bool goes_on = (op_ == 6 || op_ == 7) && next_horizontal_ == horizontal;
            if (!goes_on) {
                finish();
            }
            add(goes_on ? op_ : (horizontal ? 6 : 7), {horizontal ? x : y});
            next_horizontal_ = !horizontal;
        }
    }
    void curve(int x1, int y1, int x2, int y2, int x3, int y3) {
        if (y1 == 0 && x3 == 0) {
            alternating(true, {x1, x2, y2, y3});
        } else if (x1 == 0 && y3 == 0) {
            alternating(false, {y1, x2, y2, x3});
        } else if (y1 == 0 && y3 == 0) {
            add(27, {x1, x2, y2, x3});
        } else if (x1 == 0 && x3 == 0) {
            add(26, {y1, x2, y2, y3});
        } else {
            add(8, {x1, y1, x2, y2, x3, y3});
        }
    }
    std::string end() {
        finish();
        out_ += static_cast<char>(14);
        return std::move(out_);
    }

  private:
    void add(int op, std::initializer_list<int> numbers) {
        if (op_ != op || count_ + numbers.size() > kStackMax) {
            finish();
            op_ = op;
        }
        for (const int n : numbers) {
            put_number(out_, n);
        }
        count_ += numbers.size();
    }
    void alternating(bool horizontal,
                     std::initializer_list<int> numbers) {  // hvcurveto 31, vhcurveto 30
        const bool goes_on =
            (op_ == 30 || op_ == 31) && next_horizontal_ == horizontal && count_ + 4 <= kStackMax;
        if (!goes_on) {
            finish();
        }
        add(goes_on ? op_ : (horizontal ? 31 : 30), numbers);
        next_horizontal_ = !horizontal;
    }
    void finish() {
        if (count_ > 0) {
            out_ += static_cast<char>(op_);
        }
        op_ = 0;
        count_ = 0;
    }

    std::string out_;
    int op_ = 0;
    std::size_t count_ = 0;
    bool next_horizontal_ = false;
};

}  // namespace

std::string charstring_of(const Path& path, double shift) {
    CharstringWriter writer;
    int x = 0, y = 0;
    const auto grid = [](double v) { return static_cast<int>(std::lround(v * kUnitsPerEm)); };
    for (std::size_t i = 0; i < path.size(); ++i) {
        const PathStep& s = path[i];
        int px[3], py[3];
        for (int k = 0; k < 3; ++k) {
            px[k] = grid(s.p[k].x + shift);
            py[k] = grid(s.p[k].y);
        }
        switch (s.kind) {
            case PathStep::Kind::Move:
                writer.move(px[0] - x, py[0] - y);
                x = px[0], y = py[0];
                break;
            case PathStep::Kind::Line: {
                // the closing line is implied (TN 5177, 4.1)
                const bool closes =
                    i + 1 == path.size() || path[i + 1].kind == PathStep::Kind::Move;
                std::size_t start = i;
                while (path[start].kind != PathStep::Kind::Move) {
                    --start;
                }
                if (closes && px[0] == grid(path[start].p[0].x + shift) &&
                    py[0] == grid(path[start].p[0].y)) {
                    x = px[0], y = py[0];
                    // the pen stays where it was: the next move is relative to the last drawn point
                    const PathStep& before = path[i - 1];
                    const Point last =
                        before.kind == PathStep::Kind::Curve ? before.p[2] : before.p[0];
                    x = grid(last.x + shift), y = grid(last.y);
                    break;
                }
                writer.line(px[0] - x, py[0] - y);
                x = px[0], y = py[0];
                break;
            }
            case PathStep::Kind::Curve:
                if (px[2] == x && py[2] == y && px[0] == x && py[0] == y) {
                    break;
                }
                writer.curve(px[0] - x,
                             py[0] - y,
                             px[1] - px[0],
                             py[1] - py[0],
                             px[2] - px[1],
                             py[2] - py[1]);
                x = px[2], y = py[2];
                break;
        }
    }
    return writer.end();
}

namespace {

void put_index(std::string& out, const std::vector<std::string>& items) {  // TN 5176, 5
    out += static_cast<char>(items.size() >> 8);
    out += static_cast<char>(items.size() & 255);
    if (items.empty()) {
        return;
    }
    std::size_t total = 1;
    for (const auto& item : items) {
        total += item.size();
    }
    const int size = total < 256 ? 1 : total < 65536 ? 2 : 3;
    out += static_cast<char>(size);
    std::size_t offset = 1;
    const auto put_offset = [&] {
        for (int i = size - 1; i >= 0; --i) {
            out += static_cast<char>((offset >> (8 * i)) & 255);
        }
    };
    put_offset();
    for (const auto& item : items) {
        offset += item.size();
        put_offset();
    }
    for (const auto& item : items) {
        out += item;
    }
}

/// A DICT integer of always five bytes, so that offsets are known before they are written (TN 5176,
/// 4).
void put_long(std::string& out, std::size_t v) {
    out += static_cast<char>(29);
    for (int i = 3; i >= 0; --i) {
        out += static_cast<char>((v >> (8 * i)) & 255);
    }
}

void put_real(std::string& out,
              std::string_view digits) {  // nibbles: 0-9, a = '.', c = 'E-', f = end
    std::vector<int> nibbles;
    for (const char c : digits) {
        nibbles.push_back(c == '.' ? 10 : c - '0');
    }
    nibbles.push_back(15);
    if (nibbles.size() % 2 != 0) {
        nibbles.push_back(15);
    }
    out += static_cast<char>(30);
    for (std::size_t i = 0; i < nibbles.size(); i += 2) {
        out += static_cast<char>(nibbles[i] * 16 + nibbles[i + 1]);
    }
}

constexpr int kNominalWidth = 89;  // most Latin letters and all our digits are near it

struct CffOffsets {
    std::size_t charset = 0, fd_select = 0, charstrings = 0, fd_array = 0, private_dict = 0;
};

std::string top_dict(const CffOffsets& at, std::size_t glyphs, const int (&bbox)[4]) {
    std::string d;
    const auto op2 = [&d](int code) { d += '\x0c', d += static_cast<char>(code); };
    put_number(d, 391), put_number(d, 392), put_number(d, 0),
        op2(30);                // ROS: our two strings, must come first
    for (const int b : bbox) {  // between ROS and FontMatrix, because veraPDF 1.28 takes ROS's
                                // operands for the matrix otherwise
        put_number(d, b * kUnitsPerEm / 1000);
    }
    d += '\x05';
    put_real(d, ".00625"), put_number(d, 0), put_number(d, 0), put_real(d, ".00625"),
        put_number(d, 0), put_number(d, 0),
        op2(7);                            // FontMatrix: 1 / 160
    put_long(d, glyphs), op2(34);          // CIDCount
    put_long(d, at.charset), d += '\x0f';  // charset
    put_long(d, at.fd_select), op2(37);    // FDSelect
    put_long(d, at.charstrings), d += '\x11';
    put_long(d, at.fd_array), op2(36);
    return d;
}

}  // namespace

Bytes compact_font(std::string_view name,
                   const std::vector<const GlyphProgram*>& glyphs,
                   const int (&bbox)[4]) {
    static_assert(kUnitsPerEm == 160, "the FontMatrix is written for 160 units per em");
    const std::size_t count = glyphs.size() + 1;
    if (count > 65535) {
        throw Error(ErrorCode::TooLarge,
                    "A font of a document cannot have more than 65,534 glyphs.");
    }
    std::vector<std::string> charstrings;
    charstrings.reserve(count);
    charstrings.emplace_back(1, static_cast<char>(14));
    for (const GlyphProgram* glyph : glyphs) {
        std::string body;
        if (glyph->advance != kUnitsPerEm) {  // else defaultWidthX
            put_number(body, glyph->advance - kNominalWidth);
        }
        charstrings.push_back(body + glyph->charstring);
    }
    std::string private_dict;
    put_number(private_dict, kUnitsPerEm), private_dict += '\x14';
    put_number(private_dict, kNominalWidth), private_dict += '\x15';

    CffOffsets at;
    std::string out;
    for (int pass = 0; pass < 2; ++pass) {
        out.assign({1, 0, 4, 3});
        put_index(out, {std::string(name)});
        put_index(out, {top_dict(at, count, bbox)});
        put_index(out, {"Adobe", "Identity"});
        put_index(out, {});  // global subroutines
        at.charset = out.size();
        out += '\x02';  // format 2: one range of CIDs from 1
        out.append(
            {0, 1, static_cast<char>((count - 2) >> 8), static_cast<char>((count - 2) & 255)});
        at.fd_select = out.size();
        out.append(
            {3, 0, 1, 0, 0, 0, static_cast<char>(count >> 8), static_cast<char>(count & 255)});
        at.charstrings = out.size();
        put_index(out, charstrings);
        at.private_dict = out.size();
        out += private_dict;
        at.fd_array = out.size();
        std::string font_dict;
        put_number(font_dict, static_cast<int>(private_dict.size()));
        put_long(font_dict, at.private_dict);
        font_dict += '\x12';
        put_index(out, {font_dict});
    }
    return to_bytes(as_bytes(out));
}

}  // namespace yinxin::pdf
