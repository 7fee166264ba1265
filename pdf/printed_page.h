// SPDX-License-Identifier: Apache-2.0
// A finished document as the strict reader sees it: for each page its text, its fonts and every
// mark in the order in which it is painted. Knows the operators our own pages are written with, and
// refuses any other: what is not understood is not vouched for.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "pdf/geometry.h"
#include "pdf/grey_raster.h"
#include "pdf/reader.h"

namespace yinxin::pdf {

/// a b c d e f (ISO 32000-1, 8.3.3)
using Matrix = std::array<double, 6>;

struct Mark {
    enum class Kind { Path, Text, Image };
    Kind kind = Kind::Path;
    Rect box;  ///< all of it lies within, in points
    std::uint8_t grey = 0;
    std::vector<Polygon> outline;  ///< Path: what is filled, each piece of a line by itself
    std::string image;             ///< Image: its name among the resources
    Matrix matrix{};               ///< Image: of the unit square
};

struct PrintedPage {
    Rect media;
    std::u32string text;          ///< by ToUnicode, a space between strings
    std::set<std::string> fonts;  ///< names of those used
    std::vector<Mark> marks;
    std::vector<Rect> signatures;  ///< of signature fields; a page has no other annotations
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

/// All throw Error{Internal} naming what is not as in our own documents.
class PrintedDocument {
  public:
    explicit PrintedDocument(ByteView pdf);

    std::size_t pages() const { return pages_.size(); }
    PrintedPage read(std::size_t page);
    Stencil stencil(std::size_t page, const std::string& name);
    void check_embedded(std::size_t page, const std::string& font);

  private:
    /// By code.
    struct Font {
        std::vector<std::u32string> text;
        std::vector<double> advances;  ///< in ems; one that is not there is 1
    };
    using FontPtr = std::shared_ptr<const Font>;
    class Interpreter;
    struct KnownContent;

    Rect signature_field(const reader::Object& annotation) const;
    const reader::Object* resource(std::size_t page, const char* kind, const std::string& name);
    FontPtr font(std::size_t page, const std::string& name);
    const reader::Indirect& descendant(std::size_t page, const std::string& font);
    std::string key_of(const reader::Indirect& stream) const;
    void run_first(std::size_t page, const reader::Indirect& stream, Interpreter& interpreter);
    std::vector<std::u32string> read_texts(const reader::Indirect& map);
    std::vector<double> read_advances(const reader::Dict& descendant);

    reader::Document document_;
    std::size_t revision_;
    std::vector<reader::Page> pages_;
    std::map<std::uint32_t, FontPtr> fonts_;  ///< by the object's number
};

/// Throws Error{Internal}.
[[noreturn]] void not_as_planned(const std::string& what);

}  // namespace yinxin::pdf
