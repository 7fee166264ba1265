// SPDX-License-Identifier: Apache-2.0
#include "pdf/typesetter.h"

#include <algorithm>
#include <string_view>

#include "common/error.h"
#include "common/utf8.h"
#include "pdf/geometry.h"

namespace yinxin::pdf {
namespace {

// Half the height of an ideograph lies this far above the baseline, and so does that of figures and
// capitals.
constexpr double kMiddleEms = 0.36;
constexpr double kSlackEms = 0.001;

constexpr std::u32string_view kNotFirst = U"，。、；：！？）》」』】〉〕］｝”’…·%％‰℃,.;:!?)]}-—";
constexpr std::u32string_view kNotLast = U"（《「『【〈〔［｛“‘¥￥$([{";

bool is_word(char32_t c) {
    return (c >= U'0' && c <= U'9') || (c >= U'A' && c <= U'Z') || (c >= U'a' && c <= U'z') ||
           (c >= 0xC0 && c < 0x250) || c == U'.' || c == U',' || c == U'-' || c == U'_' ||
           c == U'/' || c == U'@' || c == U'\'';
}

bool may_break(char32_t before, char32_t after) {
    if (kNotFirst.find(after) != std::u32string_view::npos ||
        kNotLast.find(before) != std::u32string_view::npos) {
        return false;
    }
    return !(is_word(before) && is_word(after));
}

/// In ems.
double ems(int units) {
    return static_cast<double>(units) / kUnitsPerEm;
}

LineRange trimmed(std::span<const SetGlyph> glyphs, LineRange line) {
    while (line.second > line.first && glyphs[line.second - 1].character == U' ') {
        --line.second;
    }
    return line;
}

/// All of it, where that is one line.
std::optional<LineRange> whole_line(std::span<const SetGlyph> glyphs, double width) {
    int units = 0;
    bool breaks = glyphs.empty();
    for (const SetGlyph& g : glyphs) {
        units += g.glyph.advance;
        breaks |= g.character == U'\n';
    }
    return breaks || ems(units) > width ? std::nullopt
                                        : std::optional(trimmed(glyphs, {0, glyphs.size()}));
}

}  // namespace

double width_of(std::span<const SetGlyph> glyphs) {
    int units = 0;
    for (const SetGlyph& g : glyphs) {
        units += g.glyph.advance;
    }
    return ems(units);
}

std::vector<LineRange> break_lines(std::span<const SetGlyph> glyphs, double width) {
    if (const auto line = whole_line(glyphs, width)) {
        return {*line};
    }
    std::vector<LineRange> out;
    std::size_t start = 0;
    while (start < glyphs.size()) {
        double used = 0;
        std::size_t end = start, good = start;
        bool forced = false;
        for (; end < glyphs.size(); ++end) {
            if (glyphs[end].character == U'\n') {
                forced = true;
                break;
            }
            const bool space = glyphs[end].character == U' ';
            if (end > start && (space || glyphs[end - 1].character == U' ' ||
                                may_break(glyphs[end - 1].character, glyphs[end].character))) {
                good = end;
            }
            used += static_cast<double>(glyphs[end].glyph.advance) / kUnitsPerEm;
            if (used > width + kSlackEms && !space) {
                break;
            }
        }
        if (forced || end == glyphs.size()) {
            out.push_back(trimmed(glyphs, {start, end}));
            start = end + (forced ? 1 : 0);
            continue;
        }
        // a single word wider than the line breaks where it must
        const std::size_t cut = good > start ? good : std::max(end, start + 1);
        out.push_back(trimmed(glyphs, {start, cut}));
        start = cut;
        while (start < glyphs.size() && glyphs[start].character == U' ') {
            ++start;
        }
    }
    if (out.empty()) {
        out.emplace_back(0, 0);
    }
    return out;
}

double line_step_mm(const TextStyle& style, double size) {
    return style.leading > 0 ? style.leading : 1.3 * size / points_per_mm;
}

double baseline_points(double page_height_mm, double y_mm, double size) {
    return (page_height_mm - y_mm) * points_per_mm - kMiddleEms * size;
}

Glyphs Typesetter::shape(std::u32string_view text,
                         FaceId face,
                         std::vector<char32_t>& missing) const {
    Glyphs out;
    shape(to_utf8(text), face, out, missing);
    return out;
}

void Typesetter::shape(std::string_view utf8,
                       FaceId face,
                       Glyphs& out,
                       std::vector<char32_t>& missing) const {
    out.reserve(out.size() + utf8.size());
    for (std::size_t at = 0; at < utf8.size();) {
        const std::optional<char32_t> c = next_code_point(utf8, at);
        if (!c) {
            throw Error(ErrorCode::Malformed, "A text is not UTF-8.");
        }
        if (*c == U'\n') {
            out.push_back({*c, face, {}});
        } else if (const auto found = faces_.find(face, *c); found && *c >= U' ') {
            out.push_back({*c, found->face, found->glyph});
        } else {
            missing.push_back(*c);
        }
    }
}

namespace {

struct Fit {
    double size = 0;
    std::vector<LineRange> lines;
};

std::optional<Fit> find_fit(const Glyphs& glyphs,
                            const TextStyle& style,
                            double width_mm,
                            double height_mm) {
    for (const double size : style.sizes) {
        const double room = width_mm * points_per_mm / size;
        const auto whole = whole_line(glyphs, room);
        Fit fit{size, whole ? std::vector{*whole} : break_lines(glyphs, room)};
        const double step = line_step_mm(style, size);
        const double height =
            step * static_cast<double>(fit.lines.size() - 1) + size / points_per_mm * 0.9;
        const bool wide =
            !whole && std::any_of(fit.lines.begin(), fit.lines.end(), [&](const LineRange& l) {
                return width_of(std::span(glyphs).subspan(l.first, l.second - l.first)) >
                       room + kSlackEms;
            });
        if (fit.lines.size() <= static_cast<std::size_t>(style.lines) &&
            height <= height_mm + 0.01 && !wide) {
            return fit;
        }
    }
    return std::nullopt;
}

}  // namespace

bool Typesetter::place(Glyphs glyphs,
                       const Box& box,
                       const TextStyle& style,
                       double page_height_mm,
                       std::vector<PlacedText>& out) const {
    if (glyphs.empty()) {
        return true;
    }
    const auto fit = find_fit(glyphs, style, box.width, box.height);
    if (!fit) {
        return false;
    }
    const double step = line_step_mm(style, fit->size);
    const double em = fit->size / points_per_mm;
    const double block = step * static_cast<double>(fit->lines.size() - 1);
    double middle = box.y + box.height / 2 - block / 2;
    if (style.valign == VerticalAlign::Top) {
        middle = box.y + em / 2;
    } else if (style.valign == VerticalAlign::Bottom) {
        middle = box.bottom() - em / 2 - block;
    }
    for (const LineRange& line : fit->lines) {
        PlacedText text;
        if (line == LineRange(0, glyphs.size())) {
            text.glyphs = std::move(glyphs);
        } else {
            text.glyphs.assign(glyphs.begin() + static_cast<std::ptrdiff_t>(line.first),
                               glyphs.begin() + static_cast<std::ptrdiff_t>(line.second));
        }
        const double free = box.width * points_per_mm - width_of(text.glyphs) * fit->size;
        const double shift = style.align == Align::Left    ? 0
                             : style.align == Align::Right ? free
                                                           : free / 2;
        text.x = box.x * points_per_mm + shift;
        text.y = baseline_points(page_height_mm, middle, fit->size);
        text.size = fit->size;
        text.color = style.color;
        text.strong = style.strong;
        middle += step;
        if (!text.glyphs.empty()) {
            out.push_back(std::move(text));
        }
    }
    return true;
}

int Typesetter::lines_needed(const Glyphs& glyphs, double width_mm, const TextStyle& style) const {
    const auto fit = find_fit(glyphs, style, width_mm, 1e6);
    return fit ? static_cast<int>(fit->lines.size()) : 0;
}

}  // namespace yinxin::pdf
