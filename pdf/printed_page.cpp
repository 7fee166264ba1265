// SPDX-License-Identifier: Apache-2.0
#include "pdf/printed_page.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <utility>

#include "common/error.h"
#include "pdf/reader_content.h"
#include "pdf/stream_memory.h"

namespace yinxin::pdf {

using reader::Array;
using reader::Dict;
using reader::Indirect;
using reader::Object;

void not_as_planned(const std::string& what) {
    throw Error(ErrorCode::Internal, "The printed document is not as planned: " + what + ".");
}

namespace {

constexpr double kAscentEms = 0.88, kDescentEms = 0.12;  // of an ideograph's body
constexpr int kCurvePieces = 8;
constexpr std::size_t kCodesMax = 0x10000;

/// Two bytes, which must be there.
char32_t unit(std::string_view bytes, std::size_t at) {
    return static_cast<char32_t>(static_cast<unsigned char>(bytes[at]) * 256 +
                                 static_cast<unsigned char>(bytes[at + 1]));
}

std::u32string from_utf16(std::string_view bytes) {
    std::u32string text;
    for (std::size_t k = 0; k + 1 < bytes.size(); k += 2) {
        char32_t c = unit(bytes, k);
        if (c >= 0xD800 && c < 0xDC00 && k + 3 < bytes.size()) {
            c = 0x10000 + ((c - 0xD800) << 10) + (unit(bytes, k + 2) - 0xDC00);
            k += 2;
        }
        text += c;
    }
    return text;
}

/// Which comes first, then the other (ISO 32000-1, 8.3.4).
Matrix product(const Matrix& first, const Matrix& then) {
    return {first[0] * then[0] + first[1] * then[2],
            first[0] * then[1] + first[1] * then[3],
            first[2] * then[0] + first[3] * then[2],
            first[2] * then[1] + first[3] * then[3],
            first[4] * then[0] + first[5] * then[2] + then[4],
            first[4] * then[1] + first[5] * then[3] + then[5]};
}

PagePoint apply(const Matrix& m, double x, double y) {
    return {m[0] * x + m[2] * y + m[4], m[1] * x + m[3] * y + m[5]};
}

constexpr Rect kAroundNothing{1e9, 1e9, -1e9, -1e9};

void reach(Rect& box, const PagePoint& p) {
    box = {std::min(box.left, p.x),
           std::min(box.bottom, p.y),
           std::max(box.right, p.x),
           std::max(box.top, p.y)};
}

std::array<PagePoint, 4> corners(const Matrix& m, const Rect& rect) {
    return {apply(m, rect.left, rect.bottom),
            apply(m, rect.right, rect.bottom),
            apply(m, rect.right, rect.top),
            apply(m, rect.left, rect.top)};
}

Rect around(const Matrix& m, const Rect& rect) {
    Rect box = kAroundNothing;
    for (const PagePoint& p : corners(m, rect)) {
        reach(box, p);
    }
    return box;
}

/// A line from a to b as the area it inks, with square ends.
std::array<PagePoint, 4> inked(const PagePoint& a, const PagePoint& b, double width) {
    const double length = std::hypot(b.x - a.x, b.y - a.y);
    const double along_x = length > 0 ? (b.x - a.x) / length * width / 2 : width / 2;
    const double along_y = length > 0 ? (b.y - a.y) / length * width / 2 : 0;
    const PagePoint from{a.x - along_x, a.y - along_y}, to{b.x + along_x, b.y + along_y};
    return {{{from.x - along_y, from.y + along_x},
             {to.x - along_y, to.y + along_x},
             {to.x + along_y, to.y - along_x},
             {from.x + along_y, from.y - along_x}}};
}

std::uint8_t grey_of(double red, double green, double blue) {  // ITU-R BT.709
    const double light = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    return static_cast<std::uint8_t>(std::lround(std::clamp(light, 0.0, 1.0) * 255));
}

}  // namespace

/// Runs one page's content streams.
class PrintedDocument::Interpreter {
  public:
    using Operator = reader::ContentReader;

    struct State {
        Matrix matrix{1, 0, 0, 1, 0, 0};
        std::uint8_t fill = 0, stroke = 0;
        double line_width = 1;
    };
    /// All that one stream leaves to the next.
    struct Progress {
        State now;
        std::vector<State> saved;
        Outlines shape;
        Matrix line{1, 0, 0, 1, 0, 0};
        const Font* font = nullptr;  ///< the document has it
        double size = 0, pen = 0;
        bool outlined = false;
    };
    using Fonts = std::vector<std::pair<std::string, FontPtr>>;

    Interpreter(PrintedDocument& document, std::size_t page) : document_(document), page_(page) {}

    const Progress& progress() const { return at_; }
    /// By name, those that were used: few, and a page changes its font often.
    const Fonts& fonts() const { return fonts_; }
    bool closed() const { return at_.saved.empty(); }
    /// Goes on where another stood.
    void go_on(const Progress& from) { at_ = from; }

    /// What the streams since the last call left on the page.
    std::shared_ptr<const PrintedContent> take() {
        return std::make_shared<const PrintedContent>(std::exchange(out_, {}));
    }

    void run(ByteView content) {
        Operator op(content);
        while (op.next()) {
            if (!text(op) && !path(op) && !state(op)) {
                not_as_planned("a page is drawn with \"" + std::string(op.letters()) + "\" and " +
                               std::to_string(op.count()) + " operands, which is not looked at");
            }
        }
    }

  private:
    using Operand = Operator::Operand;

    static Matrix six(const Operator& op) {
        return {op.number(0), op.number(1), op.number(2), op.number(3), op.number(4), op.number(5)};
    }
    PagePoint point(const Operator& op, std::size_t at) const {
        return apply(at_.now.matrix, op.number(at), op.number(at + 1));
    }

    bool state(const Operator& op) {
        if (op.is("q", 0)) {
            at_.saved.push_back(at_.now);
        } else if (op.is("Q", 0) && !at_.saved.empty()) {
            at_.now = at_.saved.back();
            at_.saved.pop_back();
        } else if (op.is("cm", 6)) {
            at_.now.matrix = product(six(op), at_.now.matrix);
        } else if (op.is("rg", 3)) {
            at_.now.fill = grey_of(op.number(0), op.number(1), op.number(2));
        } else if (op.is("RG", 3)) {
            at_.now.stroke = grey_of(op.number(0), op.number(1), op.number(2));
        } else if (op.is("w", 1)) {
            at_.now.line_width = op.number(0);
        } else if (op.is("Do") && op.takes(Operand::Name)) {
            out_.marks.push_back({Mark::Kind::Image,
                                  at_.now.fill,
                                  around(at_.now.matrix, {0, 0, 1, 1}),
                                  out_.images.size(),
                                  1});
            out_.images.push_back({std::string(op.name()), at_.now.matrix});
        } else {
            return false;
        }
        return true;
    }

    bool path(const Operator& op) {
        if (op.is("m", 2)) {
            at_.shape.begin();
            at_.shape.add(point(op, 0));
        } else if (op.is("l", 2) && !at_.shape.empty()) {
            at_.shape.add(point(op, 0));
        } else if (op.is("S", 0)) {
            stroke();
            at_.shape.clear();
        } else if (op.is("c", 6) && !at_.shape.empty()) {
            curve(point(op, 0), point(op, 2), point(op, 4));
        } else if (op.is("re", 4)) {
            rectangle({op.number(0),
                       op.number(1),
                       op.number(0) + op.number(2),
                       op.number(1) + op.number(3)});
        } else if (op.is("f", 0)) {
            fill();
            at_.shape.clear();
        } else if (op.is("B", 0)) {
            fill();
            stroke();
            at_.shape.clear();
        } else {
            return false;
        }
        return true;
    }

    void rectangle(const Rect& rect) {
        const auto all = corners(at_.now.matrix, rect);
        at_.shape.begin();
        for (const PagePoint& each : all) {
            at_.shape.add(each);
        }
        at_.shape.add(all.front());
    }

    void curve(const PagePoint& b, const PagePoint& c, const PagePoint& d) {
        const PagePoint a = at_.shape.at(at_.shape.size() - 1).back();
        for (int i = 1; i <= kCurvePieces; ++i) {
            const double t = static_cast<double>(i) / kCurvePieces, s = 1 - t;
            const double wa = s * s * s, wb = 3 * s * s * t, wc = 3 * s * t * t, wd = t * t * t;
            at_.shape.add({wa * a.x + wb * b.x + wc * c.x + wd * d.x,
                           wa * a.y + wb * b.y + wc * c.y + wd * d.y});
        }
    }

    void fill() {
        Mark& mark = begin_path(at_.now.fill);
        for (std::size_t i = 0; i < at_.shape.size(); ++i) {
            add_polygon(mark, at_.shape.at(i));
        }
    }

    void stroke() {
        const double width = at_.now.line_width * std::hypot(at_.now.matrix[0], at_.now.matrix[1]);
        Mark& mark = begin_path(at_.now.stroke);
        for (std::size_t i = 0; i < at_.shape.size(); ++i) {
            const auto line = at_.shape.at(i);
            for (std::size_t k = 0; k + 1 < line.size(); ++k) {
                add_polygon(mark, inked(line[k], line[k + 1], width));
            }
        }
    }

    Mark& begin_path(std::uint8_t grey) {
        return out_.marks.emplace_back(
            Mark{Mark::Kind::Path, grey, kAroundNothing, out_.outlines.size(), 0});
    }

    void add_polygon(Mark& mark, std::span<const PagePoint> polygon) {
        ++mark.count;
        out_.outlines.begin();
        for (const PagePoint& p : polygon) {
            out_.outlines.add(p);
            reach(mark.box, p);
        }
    }

    bool text(const Operator& op) {
        if (op.is("Tj") && op.takes(Operand::String) && at_.font != nullptr) {
            show(op.string());
        } else if (op.is("Tm", 6)) {
            at_.line = six(op);
            begin_text();
        } else if (op.is("Tf") && op.takes(Operand::Name, Operand::Number)) {
            at_.font = font(op.name());
            at_.size = op.number(1);
        } else if (op.is("Td", 2)) {
            at_.line = product({1, 0, 0, 1, op.number(0), op.number(1)}, at_.line);
            begin_text();
        } else if (op.is("BT", 0) || op.is("ET", 0)) {
            at_.line = {1, 0, 0, 1, 0, 0};
        } else if (op.is("Tr", 1)) {
            at_.outlined = op.number(0) != 0;
        } else {
            return false;
        }
        return true;
    }

    const Font* font(std::string_view name) {
        const auto known = std::find_if(
            fonts_.begin(), fonts_.end(), [name](const auto& each) { return each.first == name; });
        if (known != fonts_.end()) {
            return known->second.get();
        }
        std::string own(name);
        FontPtr found = document_.font(page_, own);
        return fonts_.emplace_back(std::move(own), std::move(found)).second.get();
    }

    void begin_text() {
        out_.text += U' ';
        at_.pen = 0;
    }

    void show(std::string_view codes) {
        const Font& font = *at_.font;
        const double start = at_.pen;
        double pen = start;
        for (std::size_t i = 0; i + 1 < codes.size(); i += 2) {
            const std::size_t code = unit(codes, i);
            if (code >= font.size() || font[code].text.empty()) {
                not_as_planned("a character on the page cannot be copied");
            }
            const Glyph& glyph = font[code];
            if (glyph.text.size() == 1) {
                out_.text.push_back(glyph.text.front());
            } else {
                out_.text += glyph.text;
            }
            pen += glyph.advance * at_.size;
        }
        at_.pen = pen;
        const double around_it = at_.outlined ? at_.now.line_width / 2 : 0;
        const Rect box = around(product(at_.line, at_.now.matrix),
                                {start - around_it,
                                 -kDescentEms * at_.size - around_it,
                                 at_.pen + around_it,
                                 kAscentEms * at_.size + around_it});
        out_.marks.push_back({Mark::Kind::Text, at_.now.fill, box, 0, 0});
    }

    PrintedDocument& document_;
    const std::size_t page_;
    PrintedContent out_;
    Progress at_;
    Fonts fonts_;
};

PrintedDocument::PrintedDocument(ByteView pdf)
    : document_(reader::Document::open(pdf)),
      revision_(document_.newest()),
      pages_(document_.pages(revision_)) {}

Rect PrintedDocument::signature_field(const Object& annotation) const {
    const Dict* field = document_.resolve(annotation, revision_).dict();
    const Array* rect =
        field == nullptr ? nullptr : document_.value(*field, "Rect", revision_).array();
    if (rect == nullptr || rect->size() != 4 ||
        !document_.value(*field, "FT", revision_).is_name("Sig")) {
        not_as_planned("a page is annotated");
    }
    return {(*rect)[0].number(), (*rect)[1].number(), (*rect)[2].number(), (*rect)[3].number()};
}

PrintedPage PrintedDocument::read(std::size_t number) {
    const reader::Page& page = pages_.at(number);
    PrintedPage out;
    const Dict* dict = page.object->value.dict();
    const Array* media = document_.resolve(page.media_box, revision_).array();
    if (dict == nullptr || media == nullptr || media->size() != 4) {
        not_as_planned("a page has no size");
    }
    out.media = {
        (*media)[0].number(), (*media)[1].number(), (*media)[2].number(), (*media)[3].number()};
    if (page.rotate != 0 || !page.crop_box.is_null() || dict->find("UserUnit") != nullptr) {
        not_as_planned("a page is turned, cropped or scaled");
    }
    const Array* annotations = document_.value(*dict, "Annots", revision_).array();
    for (const Object& each : annotations != nullptr ? *annotations : Array{}) {
        out.signatures.push_back(signature_field(each));
    }
    const Array* parts = document_.value(*dict, "Contents", revision_).array();
    if (parts == nullptr) {
        not_as_planned("a page has no contents");
    }
    Interpreter interpreter(*this, number);
    for (const Object& part : *parts) {
        const Indirect* stream =
            part.reference() == nullptr ? nullptr : document_.load(*part.reference(), revision_);
        if (stream == nullptr) {
            not_as_planned("a content stream is missing");
        }
        if (&part == &parts->front()) {
            out.contents.push_back(run_first(number, *stream, interpreter));
        } else {
            interpreter.run(document_.decode(*stream, revision_));
        }
    }
    out.contents.push_back(interpreter.take());
    if (!interpreter.closed()) {
        not_as_planned("a page's content is not closed");
    }
    return out;
}

/// What a page's first stream leaves on it and to the next, with these fonts.
struct PrintedDocument::KnownContent {
    ContentPtr content;
    Interpreter::Progress progress;
    Interpreter::Fonts fonts;
};

/// The stream as it stands; "" where other objects have a say in it.
std::string PrintedDocument::key_of(const Indirect& stream) const {
    const std::string_view entries = as_text(stream.raw(stream.value));
    if (!stream.is_stream || stream.length_is_indirect ||
        entries.find(" R") != std::string_view::npos) {
        return "";
    }
    std::string key(entries);
    key += as_text(document_.bytes().subspan(stream.data.begin, stream.data.size()));
    return key;
}

/// That of the blank form, in all documents of a version.
PrintedDocument::ContentPtr PrintedDocument::run_first(std::size_t page,
                                                       const Indirect& stream,
                                                       Interpreter& interpreter) {
    static StreamMemory<KnownContent> memory;
    std::string key = key_of(stream);
    const auto known = key.empty() ? nullptr : memory.find(key);
    const auto same_font = [&](const auto& used) { return font(page, used.first) == used.second; };
    if (known != nullptr && std::all_of(known->fonts.begin(), known->fonts.end(), same_font)) {
        interpreter.go_on(known->progress);
        return known->content;
    }
    interpreter.run(document_.decode(stream, revision_));
    ContentPtr content = interpreter.take();
    if (!key.empty()) {
        memory.keep(std::move(key), {content, interpreter.progress(), interpreter.fonts()});
    }
    return content;
}

const Object* PrintedDocument::resource(std::size_t page,
                                        const char* kind,
                                        const std::string& name) {
    const Dict* all = document_.resolve(pages_.at(page).resources, revision_).dict();
    const Dict* of_kind = all == nullptr ? nullptr : document_.value(*all, kind, revision_).dict();
    return of_kind == nullptr ? nullptr : of_kind->find(name);
}

Stencil PrintedDocument::stencil(std::size_t page, const std::string& name) {
    const Object* entry = resource(page, "XObject", name);
    const Indirect* stream = entry == nullptr || entry->reference() == nullptr
                                 ? nullptr
                                 : document_.load(*entry->reference(), revision_);
    const Dict* dict = stream == nullptr ? nullptr : stream->value.dict();
    if (dict == nullptr || !document_.value(*dict, "Subtype", revision_).is_name("Image")) {
        not_as_planned("the image " + name + " is missing");
    }
    const bool* mask = document_.value(*dict, "ImageMask", revision_).boolean();
    const Array* decode = document_.value(*dict, "Decode", revision_).array();
    Stencil out{static_cast<int>(document_.value(*dict, "Width", revision_).number()),
                document_.decode(*stream, revision_)};
    const double height = document_.value(*dict, "Height", revision_).number();
    if (mask == nullptr || !*mask || decode == nullptr || decode->size() != 2 ||
        (*decode)[0].number() != 1 || out.side <= 0 || out.side != height ||
        out.bits.size() !=
            static_cast<std::size_t>((out.side + 7) / 8) * static_cast<std::size_t>(out.side)) {
        not_as_planned("the image " + name + " is no square stencil");
    }
    return out;
}

PrintedDocument::FontPtr PrintedDocument::font(std::size_t page, const std::string& name) {
    const Object* entry = resource(page, "Font", name);
    if (entry == nullptr || entry->reference() == nullptr) {
        not_as_planned("the font " + name + " is missing");
    }
    const auto known = fonts_.find(entry->reference()->number);
    if (known != fonts_.end()) {
        return known->second;
    }
    const Dict* dict = document_.resolve(*entry, revision_).dict();
    const Object* unicode = dict == nullptr ? nullptr : dict->find("ToUnicode");
    const Indirect* map = unicode == nullptr || unicode->reference() == nullptr
                              ? nullptr
                              : document_.load(*unicode->reference(), revision_);
    if (map == nullptr) {
        not_as_planned("the font " + name + " has no ToUnicode map");
    }
    const Indirect& below = descendant(*dict, name);
    static StreamMemory<Font> memory;
    const Object* widths = below.value.dict()->find("W");
    std::string key = key_of(*map);
    if (widths == nullptr || widths->array() == nullptr) {
        key.clear();
    } else if (!key.empty()) {
        key += as_text(below.raw(below.value));
    }
    FontPtr font = key.empty() ? nullptr : memory.find(key);
    if (font == nullptr) {
        Font read;
        read_texts(*map, read);
        read_advances(*below.value.dict(), read);
        font = key.empty() ? std::make_shared<const Font>(std::move(read))
                           : memory.keep(std::move(key), std::move(read));
    }
    return fonts_[entry->reference()->number] = std::move(font);
}

/// Of a font that is embedded.
const Indirect& PrintedDocument::descendant(const Dict& font, const std::string& name) {
    const Array* below = document_.value(font, "DescendantFonts", revision_).array();
    const Indirect* found =
        below == nullptr || below->empty() || below->front().reference() == nullptr
            ? nullptr
            : document_.load(*below->front().reference(), revision_);
    if (found == nullptr || found->value.dict() == nullptr) {
        not_as_planned("the font " + name + " has no descendant");
    }
    const Dict* descriptor =
        document_.value(*found->value.dict(), "FontDescriptor", revision_).dict();
    if (descriptor == nullptr || descriptor->find("FontFile3") == nullptr) {
        not_as_planned("the font " + name + " is not embedded");
    }
    return *found;
}

PrintedDocument::Glyph& PrintedDocument::glyph(Font& font, std::size_t code) {
    if (code >= kCodesMax) {
        not_as_planned("a font has too many codes");
    }
    if (font.size() <= code) {
        font.resize(code + 1);
    }
    return font[code];
}

/// The bfchar lines.
void PrintedDocument::read_texts(const Indirect& map, Font& font) {
    const Bytes bytes = document_.decode(map, revision_);
    reader::ValueBudget budget;
    reader::Lexer lexer(bytes, 0, budget);
    const auto string_into = [&lexer](std::string& string) {
        lexer.skip_space_and_comments();
        if (!lexer.at_string()) {
            not_as_planned("a ToUnicode map is malformed");
        }
        string.clear();
        lexer.string(string);
    };
    std::string from, to;
    bool inside = false;
    for (;;) {
        lexer.skip_space_and_comments();
        if (lexer.at_end()) {
            return;
        }
        if (const auto op = lexer.accept_operator()) {
            inside = *op == "beginbfchar";
        } else if (!inside) {
            lexer.object();
        } else {
            string_into(from);
            string_into(to);
            if (from.size() != 2 || to.size() % 2 != 0) {
                not_as_planned("a ToUnicode map is malformed");
            }
            glyph(font, unit(from, 0)).text = from_utf16(to);
        }
    }
}

/// "c [w ...]" (ISO 32000-1, 9.7.4.3); the em without.
void PrintedDocument::read_advances(const Dict& descendant, Font& font) {
    const Array* widths = document_.value(descendant, "W", revision_).array();
    if (widths == nullptr || descendant.find("DW") != nullptr || widths->size() % 2 != 0) {
        not_as_planned("a font's widths are not as we write them");
    }
    for (std::size_t i = 0; i + 1 < widths->size(); i += 2) {
        const Array* run = (*widths)[i + 1].array();
        if ((*widths)[i].integer() == nullptr || *(*widths)[i].integer() < 0 || run == nullptr) {
            not_as_planned("a font's widths are not as we write them");
        }
        const auto first = static_cast<std::size_t>(*(*widths)[i].integer());
        for (std::size_t k = 0; k < run->size(); ++k) {
            glyph(font, first + k).advance = (*run)[k].number() / 1000;
        }
    }
}

}  // namespace yinxin::pdf
