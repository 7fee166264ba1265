// SPDX-License-Identifier: Apache-2.0
// layout.json read into elements. The language is described in forms/README.md. No fonts here:
// where letters fall is decided by typesetter and overprint.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "pdf/face.h"
#include "pdf/form.h"

namespace yinxin::pdf {

/// Millimetres from the top left corner of the page.
struct Box {
    double x = 0, y = 0, width = 0, height = 0;
    double right() const { return x + width; }
    double bottom() const { return y + height; }
};

using Color = std::array<std::uint8_t, 3>;

enum class Align { Left, Center, Right };
enum class VerticalAlign { Top, Middle, Bottom };

struct TextStyle {
    FaceId face = FaceId::Serif;
    std::vector<double> sizes = {9};  ///< points; the first that fits is taken
    Color color = {0, 0, 0};
    Align align = Align::Left;
    VerticalAlign valign = VerticalAlign::Middle;
    int lines = 1;
    double leading = 0;   ///< mm from line to line; 0: 1.3 sizes
    bool strong = false;  ///< outlines are stroked, too
};

/// "…{path}…": words and values in turn.
struct Template {
    struct Part {
        std::string words;  ///< when path is empty
        std::vector<std::string> path;
        int digits = 0;  ///< {path:16}: the room a note leaves, in digits
    };
    std::vector<Part> parts;
};

/// On which pages an element stands.
enum class Pages { All, First, Last, NotFirst, NotLast, Several, LastOfSeveral };
bool stands_on(Pages pages, int page, int count);

struct LineElement {
    double x1 = 0, y1 = 0, x2 = 0, y2 = 0, width = 0.2;
    Color color = {0, 0, 0};
};
struct RectElement {
    Box box;
    double width = 0.2;
    std::optional<Color> stroke, fill;
};
/// Part of the blank form; may name issuer.* only.
struct TextElement {
    Template text;
    Box box;
    TextStyle style;
    bool vertical = false;
};
struct FieldElement {
    Template text;
    Box box;
    TextStyle style;
    std::vector<std::string> when;
};
/// Paragraphs; their words belong to the blank form, their values are printed into gaps.
struct NotesElement {
    std::vector<Template> paragraphs;
    Box box;
    TextStyle style, value_style;
};
struct QrElement {
    std::vector<std::string> path;
    Box box;
    bool verification = false;
    Color color = {0, 0, 0};
};
struct SealElement {
    Box box;
};

struct TableCell {
    double width = 0;
    Template value;
    TextStyle style;
};
struct TableColumn {
    double width = 0;
    std::string title;
    Template value;
    TextStyle style;
};
struct TableElement {
    std::vector<std::string> rows;
    double x = 0, y = 0, width = 0;
    double head_height = 8, row_height = 8, line_height = 4, padding = 0.5;
    double until = 0, until_last = 0;  ///< rows end above
    double fill_to = 0,
           fill_to_last = 0;  ///< column lines go on down to; 0: they end with the rows
    std::vector<TableColumn> columns;
    TextStyle head_style, note_style;
    std::vector<TableCell> total;
    double total_height = 10;
    std::optional<Template> none, end;
    bool row_lines = true, frame = true;
    double line_width = 0.15, frame_width = 0.3;
    Color line_color = {0, 0, 0};
};

struct Element {
    using Kind = std::variant<LineElement,
                              RectElement,
                              TextElement,
                              FieldElement,
                              NotesElement,
                              QrElement,
                              SealElement,
                              TableElement>;
    Pages pages = Pages::All;
    Kind kind;
    std::string pointer;  ///< in layout.json
};

struct Layout {
    double width = 210, height = 297;
    std::vector<Element> elements;
};

/// All that is wrong with a layout.json goes to `faults`: unknown members, boxes off the page, a QR
/// too small to be read, no or two seals ... What could be read is returned.
Layout read_layout(const Json& layout, std::vector<FormFault>& faults);

}  // namespace yinxin::pdf
