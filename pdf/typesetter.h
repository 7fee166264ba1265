// SPDX-License-Identifier: Apache-2.0
// Characters to glyphs, glyphs to lines, lines to places on the page. Nothing is ever made smaller
// than a style allows.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "pdf/layout.h"
#include "pdf/typeface.h"

namespace yinxin::pdf {

struct SetGlyph {
    char32_t character = 0;
    FaceId face = FaceId::Serif;
    GlyphRef glyph;
};
using Glyphs = std::vector<SetGlyph>;

/// One line of text where it stands: baseline start in points from the bottom left.
struct PlacedText {
    double x = 0, y = 0, size = 9;
    Color color{};
    bool strong = false;
    Glyphs glyphs;
};

/// From `first` up to, not including, `last`.
using LineRange = std::pair<std::size_t, std::size_t>;

class Typesetter {
  public:
    explicit Typesetter(const FaceSet& faces) : faces_(faces) {}

    /// Characters without a glyph are added to `missing` and left out.
    Glyphs shape(std::u32string_view text, FaceId face, std::vector<char32_t>& missing) const;
    /// The same behind what is in `out`. Throws Error{Malformed} when it is not UTF-8.
    void shape(std::string_view utf8,
               FaceId face,
               Glyphs& out,
               std::vector<char32_t>& missing) const;

    /// In points from the bottom of a page of this height; false when no allowed size fits. Boxes
    /// may stand on their own.
    bool place(Glyphs glyphs,
               const Box& box,
               const TextStyle& style,
               double page_height_mm,
               std::vector<PlacedText>& out) const;

    /// How many lines the text takes in this width (mm) at the style's first size that needs at
    /// most style.lines; 0: none does.
    int lines_needed(const Glyphs& glyphs, double width_mm, const TextStyle& style) const;

  private:
    const FaceSet& faces_;
};

/// In ems.
double width_of(std::span<const SetGlyph> glyphs);

/// Lines no wider than `width` ems: CJK breaks anywhere but before closing and after opening marks,
/// words of letters and digits stay whole unless one alone is wider than a line.
std::vector<LineRange> break_lines(std::span<const SetGlyph> glyphs, double width);

double line_step_mm(const TextStyle& style, double size);

/// The baseline of a text of this size (points) whose middle is at y (mm from the top).
double baseline_points(double page_height_mm, double y_mm, double size);

}  // namespace yinxin::pdf
