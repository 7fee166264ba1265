// SPDX-License-Identifier: Apache-2.0
// A finished document as the strict reader sees it: for each page its text and every mark in the
// order in which it is painted. Knows the operators our own pages are written with, and
// refuses any other: what is not understood is not vouched for.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "pdf/geometry.h"
#include "pdf/grey_raster.h"
#include "pdf/reader.h"

namespace yinxin::pdf {

/// a b c d e f (ISO 32000-1, 8.3.3)
using Matrix = std::array<double, 6>;

/// Polygons, one after the other.
class Outlines {
  public:
    std::size_t size() const { return begins_.size(); }
    bool empty() const { return begins_.empty(); }
    void clear() { points_.clear(), begins_.clear(); }
    void begin() { begins_.push_back(points_.size()); }  ///< of one more polygon
    void add(const PagePoint& point) { points_.push_back(point); }
    std::span<const PagePoint> at(std::size_t polygon) const {
        const std::size_t from = begins_.at(polygon),
                          to = polygon + 1 < begins_.size() ? begins_[polygon + 1] : points_.size();
        return std::span(points_).subspan(from, to - from);
    }

  private:
    std::vector<PagePoint> points_;
    std::vector<std::size_t> begins_;
};

struct Mark {
    enum class Kind : std::uint8_t { Path, Text, Image };
    Kind kind = Kind::Path;
    std::uint8_t grey = 0;
    Rect box;  ///< all of it lies within, in points
    /// Path: its polygons among the outlines, each piece of a line by itself. Image: which.
    std::size_t first = 0, count = 0;
};

struct ShownImage {
    std::string name;  ///< among the resources
    Matrix matrix{};   ///< of the unit square
};

/// What content streams leave on a page.
struct PrintedContent {
    std::u32string text;      ///< by ToUnicode, a space between strings
    std::vector<Mark> marks;  ///< in the order in which they are painted
    std::vector<ShownImage> images;
    Outlines outlines;
};

struct PrintedPage {
    Rect media;
    /// The later ones over the earlier. The first is that of the blank form, which many documents
    /// share.
    std::vector<std::shared_ptr<const PrintedContent>> contents;
    std::vector<Rect> signatures;  ///< of signature fields; a page has no other annotations

    /// look(mark, its content, how many marks are painted before it)
    template <typename Look>
    void for_each_mark(const Look& look) const {
        std::size_t before = 0;
        for (const auto& content : contents) {
            for (const Mark& mark : content->marks) {
                look(mark, *content, before++);
            }
        }
    }
};

/// An image mask of as many rows as columns.
struct Stencil {
    int side = 0;
    Bytes bits;  ///< rows of whole bytes
    bool painted(int column, int row) const {
        const auto stride = static_cast<std::size_t>((side + 7) / 8);
        const std::uint8_t byte =
            bits.at(static_cast<std::size_t>(row) * stride + static_cast<std::size_t>(column / 8));
        return (byte >> (7 - column % 8) & 1) != 0;
    }
};

/// All throw Error{Internal} naming what is not as in our own documents: read() also for a font
/// that is not embedded.
class PrintedDocument {
  public:
    explicit PrintedDocument(ByteView pdf);

    std::size_t pages() const { return pages_.size(); }
    PrintedPage read(std::size_t page);
    Stencil stencil(std::size_t page, const std::string& name);

  private:
    struct Glyph {
        std::u32string text;
        double advance = 1;  ///< in ems
    };
    using Font = std::vector<Glyph>;  ///< by code
    using FontPtr = std::shared_ptr<const Font>;
    using ContentPtr = std::shared_ptr<const PrintedContent>;
    class Interpreter;
    struct KnownContent;

    Rect signature_field(const reader::Object& annotation) const;
    const reader::Object* resource(std::size_t page, const char* kind, const std::string& name);
    FontPtr font(std::size_t page, const std::string& name);
    const reader::Indirect& descendant(const reader::Dict& font, const std::string& name);
    std::string key_of(const reader::Indirect& stream) const;
    ContentPtr run_first(std::size_t page,
                         const reader::Indirect& stream,
                         Interpreter& interpreter);
    static Glyph& glyph(Font& font, std::size_t code);
    void read_texts(const reader::Indirect& map, Font& font);
    void read_advances(const reader::Dict& descendant, Font& font);

    reader::Document document_;
    std::size_t revision_;
    std::vector<reader::Page> pages_;
    std::map<std::uint32_t, FontPtr> fonts_;  ///< by the object's number
};

/// Throws Error{Internal}.
[[noreturn]] void not_as_planned(const std::string& what);

}  // namespace yinxin::pdf
