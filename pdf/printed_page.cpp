// SPDX-License-Identifier: Apache-2.0
#include "pdf/printed_page.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <utility>

#include "common/error.h"
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

char32_t unit(const std::string& bytes, std::size_t at) {
    return static_cast<char32_t>(static_cast<unsigned char>(bytes.at(at)) * 256 +
                                 static_cast<unsigned char>(bytes.at(at + 1)));
}

std::u32string from_utf16(const std::string& bytes) {
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

template <typename T>
T& at_code(std::vector<T>& list, std::size_t code, const T& empty) {
    if (code >= kCodesMax) {
        not_as_planned("a font has too many codes");
    }
    if (list.size() <= code) {
        list.resize(code + 1, empty);
    }
    return list[code];
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

Rect around(const std::vector<Polygon>& outline) {
    Rect box{1e9, 1e9, -1e9, -1e9};
    for (const Polygon& polygon : outline) {
        for (const PagePoint& p : polygon) {
            box = {std::min(box.left, p.x),
                   std::min(box.bottom, p.y),
                   std::max(box.right, p.x),
                   std::max(box.top, p.y)};
        }
    }
    return box;
}

Polygon corners(const Matrix& m, double left, double bottom, double right, double top) {
    return {
        apply(m, left, bottom), apply(m, right, bottom), apply(m, right, top), apply(m, left, top)};
}

/// A line from a to b as the area it inks, with square ends.
Polygon inked(const PagePoint& a, const PagePoint& b, double width) {
    const double length = std::hypot(b.x - a.x, b.y - a.y);
    const double along_x = length > 0 ? (b.x - a.x) / length * width / 2 : width / 2;
    const double along_y = length > 0 ? (b.y - a.y) / length * width / 2 : 0;
    const PagePoint from{a.x - along_x, a.y - along_y}, to{b.x + along_x, b.y + along_y};
    return {{from.x - along_y, from.y + along_x},
            {to.x - along_y, to.y + along_x},
            {to.x + along_y, to.y - along_x},
            {from.x + along_y, from.y - along_x}};
}

std::uint8_t grey_of(const std::vector<Object>& rgb) {  // ITU-R BT.709
    const double light =
        0.2126 * rgb[0].number() + 0.7152 * rgb[1].number() + 0.0722 * rgb[2].number();
    return static_cast<std::uint8_t>(std::lround(std::clamp(light, 0.0, 1.0) * 255));
}

}  // namespace

/// Runs one page's content streams.
class PrintedDocument::Interpreter {
  public:
    struct State {
        Matrix matrix{1, 0, 0, 1, 0, 0};
        std::uint8_t fill = 0, stroke = 0;
        double line_width = 1;
    };
    /// All that one operator leaves to the next.
    struct Progress {
        std::vector<Object> operands;
        State now;
        std::vector<State> saved;
        std::vector<Polygon> shape;
        Matrix line{1, 0, 0, 1, 0, 0};
        FontPtr font;
        double size = 0, pen = 0;
        bool outlined = false;
    };

    Interpreter(PrintedDocument& document, std::size_t page, PrintedPage& out)
        : document_(document), page_(page), out_(out) {}

    const Progress& progress() const { return at_; }
    const PrintedPage& page() const { return out_; }
    /// Goes on where another stood on an empty page.
    void go_on(const Progress& from, const PrintedPage& with) {
        at_ = from;
        out_.text = with.text;
        out_.fonts = with.fonts;
        out_.marks = with.marks;
    }

    void run(const Bytes& content) {
        reader::ValueBudget budget;
        reader::Lexer lexer(content, 0, budget);
        for (;;) {
            lexer.skip_space_and_comments();
            if (lexer.at_end()) {
                return;
            }
            if (const auto op = lexer.accept_operator()) {
                if (!text(*op) && !path(*op) && !state(*op)) {
                    not_as_planned("a page is drawn with \"" + std::string(*op) + "\" and " +
                                   std::to_string(at_.operands.size()) +
                                   " operands, which is not looked at");
                }
                at_.operands.clear();
            } else {
                at_.operands.push_back(lexer.object());
            }
        }
    }

    bool closed() const { return at_.saved.empty(); }

  private:
    bool takes(std::size_t count) const { return at_.operands.size() == count; }
    double n(std::size_t i) const { return at_.operands[i].number(); }
    PagePoint point(std::size_t i) const { return apply(at_.now.matrix, n(i), n(i + 1)); }

    bool state(std::string_view op) {
        if (op == "q" && takes(0)) {
            at_.saved.push_back(at_.now);
        } else if (op == "Q" && takes(0) && !at_.saved.empty()) {
            at_.now = at_.saved.back();
            at_.saved.pop_back();
        } else if (op == "cm" && takes(6)) {
            at_.now.matrix = product({n(0), n(1), n(2), n(3), n(4), n(5)}, at_.now.matrix);
        } else if (op == "rg" && takes(3)) {
            at_.now.fill = grey_of(at_.operands);
        } else if (op == "RG" && takes(3)) {
            at_.now.stroke = grey_of(at_.operands);
        } else if (op == "w" && takes(1)) {
            at_.now.line_width = n(0);
        } else if (op == "Do" && takes(1) && at_.operands[0].name() != nullptr) {
            Mark mark{Mark::Kind::Image,
                      {},
                      at_.now.fill,
                      {},
                      at_.operands[0].name()->text,
                      at_.now.matrix};
            mark.box = around({corners(at_.now.matrix, 0, 0, 1, 1)});
            out_.marks.push_back(std::move(mark));
        } else {
            return false;
        }
        return true;
    }

    bool path(std::string_view op) {
        if (op == "m" && takes(2)) {
            at_.shape.push_back({point(0)});
        } else if (op == "l" && takes(2) && !at_.shape.empty()) {
            at_.shape.back().push_back(point(0));
        } else if (op == "c" && takes(6) && !at_.shape.empty()) {
            curve();
        } else if (op == "re" && takes(4)) {
            at_.shape.push_back(corners(at_.now.matrix, n(0), n(1), n(0) + n(2), n(1) + n(3)));
            at_.shape.back().push_back(at_.shape.back().front());
        } else if (op == "f" && takes(0)) {
            fill();
            at_.shape.clear();
        } else if (op == "S" && takes(0)) {
            stroke();
            at_.shape.clear();
        } else if (op == "B" && takes(0)) {
            fill();
            stroke();
            at_.shape.clear();
        } else {
            return false;
        }
        return true;
    }

    void curve() {
        const PagePoint a = at_.shape.back().back(), b = point(0), c = point(2), d = point(4);
        for (int i = 1; i <= kCurvePieces; ++i) {
            const double t = static_cast<double>(i) / kCurvePieces, s = 1 - t;
            const double wa = s * s * s, wb = 3 * s * s * t, wc = 3 * s * t * t, wd = t * t * t;
            at_.shape.back().push_back({wa * a.x + wb * b.x + wc * c.x + wd * d.x,
                                        wa * a.y + wb * b.y + wc * c.y + wd * d.y});
        }
    }

    void fill() { add_path(at_.shape, at_.now.fill); }

    void stroke() {
        const double width = at_.now.line_width * std::hypot(at_.now.matrix[0], at_.now.matrix[1]);
        std::vector<Polygon> pieces;
        for (const Polygon& line : at_.shape) {
            for (std::size_t i = 0; i + 1 < line.size(); ++i) {
                pieces.push_back(inked(line[i], line[i + 1], width));
            }
        }
        add_path(std::move(pieces), at_.now.stroke);
    }

    void add_path(std::vector<Polygon> outline, std::uint8_t grey) {
        Mark mark{Mark::Kind::Path, around(outline), grey, std::move(outline), {}, {}};
        out_.marks.push_back(std::move(mark));
    }

    bool text(std::string_view op) {
        if ((op == "BT" || op == "ET") && takes(0)) {
            at_.line = {1, 0, 0, 1, 0, 0};
        } else if (op == "Tf" && takes(2) && at_.operands[0].name() != nullptr) {
            FontPtr& font = chosen_[at_.operands[0].name()->text];
            if (font == nullptr) {
                const std::string& name = at_.operands[0].name()->text;
                out_.fonts.insert(name);
                font = document_.font(page_, name);
            }
            at_.font = font;
            at_.size = n(1);
        } else if (op == "Td" && takes(2)) {
            at_.line = product({1, 0, 0, 1, n(0), n(1)}, at_.line);
            begin_text();
        } else if (op == "Tm" && takes(6)) {
            at_.line = {n(0), n(1), n(2), n(3), n(4), n(5)};
            begin_text();
        } else if (op == "Tr" && takes(1)) {
            at_.outlined = n(0) != 0;
        } else if (op == "Tj" && takes(1) && at_.operands[0].string() != nullptr &&
                   at_.font != nullptr) {
            show(at_.operands[0].string()->bytes);
        } else {
            return false;
        }
        return true;
    }

    void begin_text() {
        out_.text += U' ';
        at_.pen = 0;
    }

    void show(const std::string& bytes) {
        const double start = at_.pen;
        for (std::size_t i = 0; i + 1 < bytes.size(); i += 2) {
            const std::size_t code = unit(bytes, i);
            if (code >= at_.font->text.size() || at_.font->text[code].empty()) {
                not_as_planned("a character on the page cannot be copied");
            }
            out_.text += at_.font->text[code];
            at_.pen += (code < at_.font->advances.size() ? at_.font->advances[code] : 1) * at_.size;
        }
        const double around_it = at_.outlined ? at_.now.line_width / 2 : 0;
        Mark mark{Mark::Kind::Text, {}, at_.now.fill, {}, {}, {}};
        mark.box = around({corners(product(at_.line, at_.now.matrix),
                                   start - around_it,
                                   -kDescentEms * at_.size - around_it,
                                   at_.pen + around_it,
                                   kAscentEms * at_.size + around_it)});
        out_.marks.push_back(std::move(mark));
    }

    PrintedDocument& document_;
    const std::size_t page_;
    PrintedPage& out_;
    Progress at_;
    std::map<std::string, FontPtr> chosen_;  ///< by name: a page changes its font often
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
    Interpreter interpreter(*this, number, out);
    bool first = true;
    for (const Object& part : *parts) {
        const Indirect* stream =
            part.reference() == nullptr ? nullptr : document_.load(*part.reference(), revision_);
        if (stream == nullptr) {
            not_as_planned("a content stream is missing");
        }
        if (std::exchange(first, false)) {
            run_first(number, *stream, interpreter);
        } else {
            interpreter.run(document_.decode(*stream, revision_));
        }
    }
    if (!interpreter.closed()) {
        not_as_planned("a page's content is not closed");
    }
    return out;
}

/// What a page's first stream leaves on it, with these fonts.
struct PrintedDocument::KnownContent {
    PrintedPage page;
    Interpreter::Progress progress;
    std::map<std::string, FontPtr> fonts;
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
void PrintedDocument::run_first(std::size_t page,
                                const Indirect& stream,
                                Interpreter& interpreter) {
    static StreamMemory<KnownContent> memory;
    std::string key = key_of(stream);
    const auto known = key.empty() ? nullptr : memory.find(key);
    const auto same_font = [&](const auto& used) { return font(page, used.first) == used.second; };
    if (known != nullptr && std::all_of(known->fonts.begin(), known->fonts.end(), same_font)) {
        interpreter.go_on(known->progress, known->page);
        return;
    }
    interpreter.run(document_.decode(stream, revision_));
    if (!key.empty()) {
        KnownContent content{interpreter.page(), interpreter.progress(), {}};
        for (const std::string& name : content.page.fonts) {
            content.fonts.emplace(name, font(page, name));
        }
        memory.keep(std::move(key), std::move(content));
    }
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
    static StreamMemory<Font> memory;
    const Indirect& below = descendant(page, name);
    const Object* widths = below.value.dict()->find("W");
    std::string key = key_of(*map);
    if (widths == nullptr || widths->array() == nullptr) {
        key.clear();
    } else if (!key.empty()) {
        key += as_text(below.raw(below.value));
    }
    FontPtr font = key.empty() ? nullptr : memory.find(key);
    if (font == nullptr) {
        Font read{read_texts(*map), read_advances(*below.value.dict())};
        font = key.empty() ? std::make_shared<const Font>(std::move(read))
                           : memory.keep(std::move(key), std::move(read));
    }
    return fonts_[entry->reference()->number] = std::move(font);
}

const Indirect& PrintedDocument::descendant(std::size_t page, const std::string& font) {
    const Object* entry = resource(page, "Font", font);
    const Dict* dict = entry == nullptr ? nullptr : document_.resolve(*entry, revision_).dict();
    const Array* below =
        dict == nullptr ? nullptr : document_.value(*dict, "DescendantFonts", revision_).array();
    const Indirect* found =
        below == nullptr || below->empty() || below->front().reference() == nullptr
            ? nullptr
            : document_.load(*below->front().reference(), revision_);
    if (found == nullptr || found->value.dict() == nullptr) {
        not_as_planned("the font " + font + " has no descendant");
    }
    return *found;
}

/// The bfchar lines.
std::vector<std::u32string> PrintedDocument::read_texts(const Indirect& map) {
    const Bytes bytes = document_.decode(map, revision_);
    reader::ValueBudget budget;
    reader::Lexer lexer(bytes, 0, budget);
    std::vector<std::u32string> out;
    std::vector<Object> operands;
    bool inside = false;
    for (;;) {
        lexer.skip_space_and_comments();
        if (lexer.at_end()) {
            return out;
        }
        const auto op = lexer.accept_operator();
        if (!op) {
            operands.push_back(lexer.object());
            continue;
        }
        for (std::size_t i = 0; inside && *op == "endbfchar" && i + 1 < operands.size(); i += 2) {
            const reader::String* from = operands[i].string();
            const reader::String* to = operands[i + 1].string();
            if (from == nullptr || to == nullptr || from->bytes.size() != 2 ||
                to->bytes.size() % 2 != 0) {
                not_as_planned("a ToUnicode map is malformed");
            }
            at_code(out, unit(from->bytes, 0), std::u32string()) = from_utf16(to->bytes);
        }
        inside = *op == "beginbfchar";
        operands.clear();
    }
}

/// "c [w ...]" (ISO 32000-1, 9.7.4.3); the em without.
std::vector<double> PrintedDocument::read_advances(const Dict& descendant) {
    std::vector<double> out;
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
            at_code(out, first + k, 1.0) = (*run)[k].number() / 1000;
        }
    }
    return out;
}

void PrintedDocument::check_embedded(std::size_t page, const std::string& font) {
    const Dict* descriptor =
        document_.value(*descendant(page, font).value.dict(), "FontDescriptor", revision_).dict();
    if (descriptor == nullptr || descriptor->find("FontFile3") == nullptr) {
        not_as_planned("the font " + font + " is not embedded");
    }
}

}  // namespace yinxin::pdf
