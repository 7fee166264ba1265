// SPDX-License-Identifier: Apache-2.0
#include "pdf/seal_picture.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "common/error.h"
#include "common/utf8.h"
#include "pdf/glyph_program.h"
#include "pdf/object_writer.h"
#include "pdf/seal_geometry.h"
#include "pdf/typeface.h"

namespace yinxin::pdf {
namespace {

constexpr std::size_t kOwnerMax = 28;
constexpr double kMiddleEms = 0.38;   ///< half an ideograph's height above its baseline
constexpr double kCapitalEms = 0.36;  ///< the same for figures
constexpr int kGrid = 100;            ///< units per em: 0.05 mm at 5 mm
constexpr double kToleranceEms = 0.008;

/// Operators in millimetres from the middle of the seal, y up.
class SealDrawing {
  public:
    explicit SealDrawing(const FaceSet& faces) : faces_(faces) {}

    /// Whose characters follow, for the words when one has no glyph.
    void write(const char* member) { member_ = member; }

    void begin(double width_mm, double height_mm) {
        out_ += "/G gs .863 0 0 rg .863 0 0 RG\n";
        matrix(points_per_mm,
               0,
               0,
               points_per_mm,
               width_mm / 2 * points_per_mm,
               height_mm / 2 * points_per_mm);
    }

    void ellipse(double a, double b, double border) {
        constexpr double k = 0.5522847498;  // of a quarter circle's control points
        number(border), out_ += "w ";
        number(a), out_ += "0 m ";
        curve(a, b * k, a * k, b, 0, b);
        curve(-a * k, b, -a, b * k, -a, 0);
        curve(-a, -b * k, -a * k, -b, 0, -b);
        curve(a * k, -b, a, -b * k, a, 0);
        out_ += "s\n";
    }

    void star_at(double radius) {
        bool first = true;
        for (const SealPoint& p : star(radius)) {
            number(p.x), number(p.y), out_ += first ? "m " : "l ";
            first = false;
        }
        out_ += "f\n";
    }

    /// The middle of the em box at the place, `width` and `height` of the em in mm.
    void glyph(char32_t c,
               FaceId wanted,
               const SealGlyphPlace& at,
               double width,
               double height,
               double middle_ems = kMiddleEms) {
        const auto found = faces_.find(wanted, c);
        if (!found) {
            throw Error(ErrorCode::Invalid,
                        "The seal's character " + code_point_name(c) +
                            " has no glyph in the fonts of this server.",
                        {{member_,
                          "glyph",
                          "The character " + code_point_name(c) +
                              " has no glyph in the fonts of this server; write it in another "
                              "way."}});
        }
        const double turn = at.turned * std::numbers::pi / 180, cosine = std::cos(turn),
                     sine = std::sin(turn);
        const double sx = width / kGrid, sy = height / kGrid;
        const double advance = static_cast<double>(found->glyph.advance) / kUnitsPerEm;
        const double dx = -advance / 2 * width, dy = -middle_ems * height;
        out_ += "q ";
        matrix(sx * cosine,
               -sx * sine,
               sy * sine,
               sy * cosine,
               at.x + dx * cosine + dy * sine,
               at.y - dx * sine + dy * cosine);
        for (const PathStep& s :
             simplify(faces_.face(found->face).outline(found->glyph.id), kToleranceEms)) {
            const int points = s.kind == PathStep::Kind::Curve ? 3 : 1;
            for (int i = 0; i < points; ++i) {
                grid(s.p[i].x), grid(s.p[i].y);
            }
            out_ += s.kind == PathStep::Kind::Move   ? "m "
                    : s.kind == PathStep::Kind::Line ? "l "
                                                     : "c ";
        }
        out_ += "f Q\n";
    }

    Bytes finish() const { return to_bytes(as_bytes(out_)); }

  private:
    void number(double v) {
        append_number(out_, std::round(v * 1000) / 1000);
        out_ += ' ';
    }
    void grid(double ems) {
        out_ += std::to_string(std::lround(ems * kGrid));
        out_ += ' ';
    }
    void curve(double x1, double y1, double x2, double y2, double x3, double y3) {
        for (const double v : {x1, y1, x2, y2, x3, y3}) {
            number(v);
        }
        out_ += "c ";
    }
    void matrix(double a, double b, double c, double d, double e, double f) {
        const auto fine = [this](double v) {  // small factors need more than three decimals
            char text[32];
            std::snprintf(text, sizeof text, "%.5f", v);
            std::string s = text;
            s.erase(s.find_last_not_of('0') + 1);
            if (s.back() == '.') {
                s.pop_back();
            }
            out_ += (s == "-0" ? "0" : s) + " ";
        };
        for (const double v : {a, b, c, d, e, f}) {
            fine(v);
        }
        out_ += "cm\n";
    }

    const FaceSet& faces_;
    const char* member_ = "/owner";
    std::string out_;
};

/// A level line of text: its middle at y, characters of the given size, squeezed to `width_max`.
void level_text(SealDrawing& drawing,
                const std::u32string& text,
                double y,
                double width,
                double height,
                double pitch,
                double width_max) {
    const double n = static_cast<double>(text.size());
    const double squeeze = std::min(1.0, width_max / (n * pitch));
    for (std::size_t i = 0; i < text.size(); ++i) {
        const double x = (static_cast<double>(i) - (n - 1) / 2) * pitch * squeeze;
        drawing.glyph(text[i], FaceId::SerifBold, {x, y, 0}, width * squeeze, height);
    }
}

void draw_round(SealDrawing& drawing, const SealDesign& design, const std::u32string& owner) {
    const double radius = std::min(design.width_mm, design.height_mm) / 2, scale = radius / 21;
    const double border = radius >= 22.5 ? 1.2 : 1.0, gap = 1.0, height = 5.0 * scale;
    drawing.ellipse(radius - border / 2, radius - border / 2, border);
    drawing.star_at(radius / 3);
    const RoundArc arc = round_arc(
        static_cast<int>(owner.size()), radius - border - gap - height / 2, 0.84 * height);
    for (std::size_t i = 0; i < owner.size(); ++i) {
        drawing.glyph(owner[i], FaceId::SerifBold, arc.places[i], arc.width, height);
    }
    const double middle = 4 * scale;
    drawing.write("/middle_text");
    level_text(drawing,
               code_points(design.middle_text),
               -0.33 * radius - middle / 2,
               0.95 * middle,
               middle,
               middle * 1.05,
               1.25 * radius);
}

void draw_oval(SealDrawing& drawing, const SealDesign& design, const std::u32string& owner) {
    const double a = design.width_mm / 2, b = design.height_mm / 2,
                 scale = std::min(a / 20, b / 15);
    const double border = 1.0 * scale, inset = border + 0.5 * scale + 2.1 * scale,
                 height = 4.2 * scale;
    drawing.ellipse(a - border / 2, b - border / 2, border);
    const int count = static_cast<int>(owner.size());
    // a short name does not run down to the middle text
    const double sweep = std::min(230.0, 25.0 * (count - 1));
    const double step =
        count > 1 ? oval_arc_length(a - inset, b - inset, sweep) / (count - 1) : height;
    const double width = std::min(0.8 * height, step / 1.08);
    const std::vector<SealGlyphPlace> places = oval_arc(count, a - inset, b - inset, sweep);
    for (std::size_t i = 0; i < owner.size(); ++i) {
        drawing.glyph(owner[i], FaceId::SerifBold, places[i], width, height);
    }
    const std::u32string number = code_points(design.tax_id);
    const double digits = static_cast<double>(number.size());
    const double pitch = 26.0 * scale / std::max(18.0, digits);
    drawing.write("/tax_id");
    for (std::size_t i = 0; i < number.size();
         ++i) {  // Arial's figures are 0.716 em high and 0.556 em wide
        drawing.glyph(number[i],
                      FaceId::Sans,
                      {(static_cast<double>(i) - (digits - 1) / 2) * pitch, 0, 0},
                      pitch / 0.6,
                      3.7 * scale / 0.716,
                      kCapitalEms);
    }
    drawing.write("/middle_text");
    level_text(drawing,
               code_points(design.middle_text),
               -(4.2 + 4.6 / 2) * scale,
               3.0 * scale,
               4.6 * scale,
               3.5 * scale,
               1.1 * a);
}

}  // namespace

Picture draw_seal(const SealDesign& design, const Typefaces& typefaces) {
    const std::u32string owner = code_points(design.owner);
    if (owner.empty() || owner.size() > kOwnerMax) {
        throw Error(ErrorCode::Invalid,
                    "A seal carries a name of 1 to 28 characters; use the short name.",
                    {{"/owner",
                      "length",
                      "A seal carries a name of 1 to 28 characters; use the short name."}});
    }
    SealDrawing drawing(face_set(typefaces));
    drawing.begin(design.width_mm, design.height_mm);
    if (design.oval) {
        draw_oval(drawing, design, owner);
    } else {
        draw_round(drawing, design, owner);
    }
    Picture out;
    out.width = design.width_mm * points_per_mm;
    out.height = design.height_mm * points_per_mm;
    out.content = drawing.finish();
    // what is printed below stays readable, in viewers that blend and in those that only know
    // opacity
    out.resources = "<</ExtGState<</G<</BM/Multiply/ca .9/CA .9>>>>>>";
    return out;
}

}  // namespace yinxin::pdf
