// SPDX-License-Identifier: Apache-2.0
#include "pdf/page_marks.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <set>
#include <string>

#include "common/limits.h"
#include "pdf/reader_lexer.h"

namespace yinxin::pdf {

using reader::Array;
using reader::Dict;
using reader::Document;
using reader::Indirect;
using reader::Object;

namespace {

using Matrix = std::array<double, 6>;

constexpr std::size_t kMarksMax = 20'000;
constexpr std::size_t kStatesMax = 512;
constexpr int kFormDepthMax = 8;
// Of one page: forms draw forms, each as often as it likes.
constexpr std::size_t kFormsMax = 20'000;
constexpr std::size_t kContentBytesMax = limits::pdf_inflated_bytes_max;
// Most letters are narrower, so that a box reaches too far rather than not far enough.
constexpr double kAdvanceEms = 0.6, kAscentEms = 0.9, kDescentEms = 0.25;

Matrix product(const Matrix& first, const Matrix& then) {
    return {first[0] * then[0] + first[1] * then[2],
            first[0] * then[1] + first[1] * then[3],
            first[2] * then[0] + first[3] * then[2],
            first[2] * then[1] + first[3] * then[3],
            first[4] * then[0] + first[5] * then[2] + then[4],
            first[4] * then[1] + first[5] * then[3] + then[5]};
}

class Box {
  public:
    void add(const Matrix& m, double x, double y) {
        const double px = m[0] * x + m[2] * y + m[4], py = m[1] * x + m[3] * y + m[5];
        if (!std::isfinite(px) || !std::isfinite(py)) {
            return;
        }
        rect_ = rect_ ? Rect{std::min(rect_->left, px),
                             std::min(rect_->bottom, py),
                             std::max(rect_->right, px),
                             std::max(rect_->top, py)}
                      : Rect{px, py, px, py};
    }
    void add(const Matrix& m, const Rect& r) {
        for (const double x : {r.left, r.right}) {
            add(m, x, r.bottom);
            add(m, x, r.top);
        }
    }
    const std::optional<Rect>& rect() const { return rect_; }
    void clear() { rect_.reset(); }

  private:
    std::optional<Rect> rect_;
};

class Reader {
  public:
    Reader(const Document& document, std::size_t revision)
        : document_(document), revision_(revision) {}

    Reader& run(const reader::Page& page) {
        const Dict& dict = *page.object->value.dict();
        Bytes content;
        const Object* held = dict.find("Contents");
        if (held != nullptr) {
            append_streams(*held, content);
        }
        read(content, document_.resolve(page.resources, revision_).dict(), {1, 0, 0, 1, 0, 0}, 0);
        read_annotations(dict);
        return *this;
    }
    std::vector<Rect> marks() { return std::move(marks_); }
    std::vector<PlacedImage> images() { return std::move(images_); }

  private:
    struct State {
        Matrix matrix{1, 0, 0, 1, 0, 0};
        bool white = false;  ///< what is filled does not show on paper
    };

    /// One content stream, or several joined (7.8.2).
    void append_streams(const Object& object, Bytes& content) {
        if (const Array* parts = document_.resolve(object, revision_).array()) {
            for (const Object& part : *parts) {
                append_stream(part, content);
            }
        } else {
            append_stream(object, content);
        }
    }

    void append_stream(const Object& object, Bytes& content) {
        const Indirect* stream = stream_of(object);
        if (stream != nullptr) {
            const Bytes more = document_.decode(*stream, revision_);
            content.insert(content.end(), more.begin(), more.end());
            content.push_back('\n');
        }
    }

    const Indirect* stream_of(const Object& object) const {
        const Indirect* found = object.reference() != nullptr
                                    ? document_.load(*object.reference(), revision_)
                                    : nullptr;
        return found != nullptr && found->is_stream ? found : nullptr;
    }

    void read_annotations(const Dict& page) {
        const Array* list = document_.value(page, "Annots", revision_).array();
        for (const Object& each : list != nullptr ? *list : Array{}) {
            const Dict* annotation = document_.resolve(each, revision_).dict();
            if (annotation != nullptr) {
                Box box;
                if (const auto rect = rect_of(document_.value(*annotation, "Rect", revision_))) {
                    box.add({1, 0, 0, 1, 0, 0}, *rect);
                }
                keep(box);
            }
        }
    }

    std::optional<Rect> rect_of(const Object& object) const {
        const Array* list = object.array();
        if (list == nullptr || list->size() != 4) {
            return std::nullopt;
        }
        std::array<double, 4> at{};
        for (std::size_t i = 0; i < 4; ++i) {
            at[i] = document_.resolve((*list)[i], revision_).number();
        }
        return Rect{at[0], at[1], at[2], at[3]};
    }

    void keep(const Box& box) {
        if (box.rect() && marks_.size() < kMarksMax) {
            marks_.push_back(*box.rect());
        }
    }

    void read(const Bytes& content, const Dict* resources, const Matrix& base, int depth) {
        Content run{*this, resources, depth, base};
        run.read(content);
    }

    /// One content stream under way.
    struct Content {
        Content(Reader& given, const Dict* of, int at_depth, const Matrix& base)
            : reader(given), resources(of), depth(at_depth) {
            now.matrix = base;
        }

        void read(const Bytes& content) {
            if (content.size() > reader.bytes_left_) {
                reader.bytes_left_ = 0;
                return;
            }
            reader.bytes_left_ -= content.size();
            reader::ValueBudget budget;
            reader::Lexer lexer(content, 0, budget);
            for (;;) {
                lexer.skip_space_and_comments();
                if (lexer.at_end() || reader.marks_.size() >= kMarksMax) {
                    return;
                }
                if (const auto op = lexer.accept_operator()) {
                    if (*op == "BI") {
                        inline_image(lexer, content);
                    } else if (!state(*op) && !path(*op)) {
                        text(*op);
                    }
                    operands.clear();
                } else {
                    operands.push_back(lexer.object());
                    if (operands.size() > 64) {
                        operands.erase(operands.begin());
                    }
                }
            }
        }

        bool takes(std::size_t count) const { return operands.size() >= count; }
        /// Counted from the last one of `count`.
        double n(std::size_t i, std::size_t count) const {
            return operands[operands.size() - count + i].number();
        }
        Matrix six() const { return {n(0, 6), n(1, 6), n(2, 6), n(3, 6), n(4, 6), n(5, 6)}; }

        /// Its data is not PDF syntax (8.9.7): on to the operator that ends it.
        void inline_image(reader::Lexer& lexer, const Bytes& content) {
            Box box;
            box.add(now.matrix, {0, 0, 1, 1});
            reader.keep(box);
            const std::string_view all = as_text(content);
            std::size_t at = lexer.position();
            for (;;) {
                at = all.find("EI", at);
                if (at == std::string_view::npos) {
                    lexer.seek(content.size());
                    return;
                }
                const bool ends = at + 2 >= all.size() || reader::is_space(content[at + 2]);
                if (at > 0 && reader::is_space(content[at - 1]) && ends) {
                    lexer.seek(at + 2);
                    return;
                }
                at += 2;
            }
        }

        bool state(std::string_view op) {
            if (op == "q") {
                if (saved.size() < kStatesMax) {
                    saved.push_back(now);
                }
            } else if (op == "Q") {
                if (!saved.empty()) {
                    now = saved.back();
                    saved.pop_back();
                }
            } else if (op == "cm" && takes(6)) {
                now.matrix = product(six(), now.matrix);
            } else if (op == "g" && takes(1)) {
                now.white = n(0, 1) >= 1;
            } else if (op == "rg" && takes(3)) {
                now.white = n(0, 3) >= 1 && n(1, 3) >= 1 && n(2, 3) >= 1;
            } else if (op == "k" && takes(4)) {
                now.white = n(0, 4) + n(1, 4) + n(2, 4) + n(3, 4) <= 0;
            } else if (op == "sc" || op == "scn" || op == "cs") {
                now.white = false;
            } else if (op == "Do" && takes(1)) {
                draw(operands.back());
            } else {
                return false;
            }
            return true;
        }

        void draw(const Object& name) {
            const Dict* objects =
                resources != nullptr
                    ? reader.document_.value(*resources, "XObject", reader.revision_).dict()
                    : nullptr;
            const Object* held = objects != nullptr && name.name() != nullptr
                                     ? objects->find(name.name()->text)
                                     : nullptr;
            const Indirect* object = held != nullptr ? reader.stream_of(*held) : nullptr;
            if (object == nullptr) {
                return;
            }
            const Dict& dict = *object->value.dict();
            if (!reader.value(dict, "Subtype").is_name("Form")) {
                Box box;
                box.add(now.matrix, {0, 0, 1, 1});
                reader.keep(box);
                if (box.rect() && reader.images_.size() < kMarksMax) {
                    reader.images_.push_back({*box.rect(), object});
                }
            } else if (depth < kFormDepthMax && reader.forms_left_ > 0 && reader.bytes_left_ > 0 &&
                       reader.open_.insert(object->id.number).second) {
                --reader.forms_left_;
                form(*object, dict);
                reader.open_.erase(object->id.number);
            }
        }

        void form(const Indirect& object, const Dict& dict) {
            Matrix matrix = now.matrix;
            const Array* own = reader.value(dict, "Matrix").array();
            if (own != nullptr && own->size() == 6) {
                Matrix m{};
                for (std::size_t i = 0; i < 6; ++i) {
                    m[i] = reader.document_.resolve((*own)[i], reader.revision_).number();
                }
                matrix = product(m, matrix);
            }
            const Dict* inner = reader.value(dict, "Resources").dict();
            reader.read(reader.document_.decode(object, reader.revision_),
                        inner != nullptr ? inner : resources,
                        matrix,
                        depth + 1);
        }

        bool path(std::string_view op) {
            if ((op == "m" || op == "l") && takes(2)) {
                shape.add(now.matrix, n(0, 2), n(1, 2));
            } else if (op == "c" && takes(6)) {
                for (std::size_t i = 0; i < 6; i += 2) {
                    shape.add(now.matrix, n(i, 6), n(i + 1, 6));
                }
            } else if ((op == "v" || op == "y") && takes(4)) {
                shape.add(now.matrix, n(0, 4), n(1, 4));
                shape.add(now.matrix, n(2, 4), n(3, 4));
            } else if (op == "re" && takes(4)) {
                shape.add(now.matrix, {n(0, 4), n(1, 4), n(0, 4) + n(2, 4), n(1, 4) + n(3, 4)});
            } else if (op == "n") {
                shape.clear();
            } else if (op == "f" || op == "F" || op == "f*") {
                if (!now.white) {
                    reader.keep(shape);
                }
                shape.clear();
            } else if (op == "S" || op == "s" || op == "B" || op == "B*" || op == "b" ||
                       op == "b*") {
                reader.keep(shape);
                shape.clear();
            } else {
                return false;
            }
            return true;
        }

        void text(std::string_view op) {
            if (op == "BT") {
                line = {1, 0, 0, 1, 0, 0};
                pen = 0;
            } else if (op == "Tf" && takes(2)) {
                size = n(1, 2);
            } else if (op == "TL" && takes(1)) {
                leading = n(0, 1);
            } else if (op == "Tr" && takes(1)) {
                hidden = n(0, 1) == 3;
            } else if ((op == "Td" || op == "TD") && takes(2)) {
                if (op == "TD") {
                    leading = -n(1, 2);
                }
                to_line(n(0, 2), n(1, 2));
            } else if (op == "Tm" && takes(6)) {
                line = six();
                pen = 0;
            } else if (op == "T*") {
                to_line(0, -leading);
            } else if (op == "Tj" && takes(1)) {
                show(operands.back());
            } else if ((op == "'" || op == "\"") && takes(1)) {
                to_line(0, -leading);
                show(operands.back());
            } else if (op == "TJ" && takes(1) && operands.back().array() != nullptr) {
                for (const Object& part : *operands.back().array()) {
                    part.is_number() ? void(pen -= part.number() / 1000 * size) : show(part);
                }
            }
        }

        void to_line(double x, double y) {
            line = product({1, 0, 0, 1, x, y}, line);
            pen = 0;
        }

        void show(const Object& string) {
            if (string.string() == nullptr || string.string()->bytes.empty()) {
                return;
            }
            const double start = pen;
            pen += static_cast<double>(string.string()->bytes.size()) * kAdvanceEms * size;
            if (!hidden) {
                Box box;
                box.add(product(line, now.matrix),
                        {start, -kDescentEms * size, pen, kAscentEms * size});
                reader.keep(box);
            }
        }

        Reader& reader;
        const Dict* resources;
        const int depth;
        std::vector<Object> operands;
        State now;
        std::vector<State> saved;
        Box shape;
        Matrix line{1, 0, 0, 1, 0, 0};
        double size = 0, leading = 0, pen = 0;
        bool hidden = false;
    };

    const Object& value(const Dict& dict, const char* key) const {
        return document_.value(dict, key, revision_);
    }

    const Document& document_;
    const std::size_t revision_;
    std::vector<Rect> marks_;
    std::vector<PlacedImage> images_;
    std::set<std::uint32_t> open_;  ///< forms being drawn: none draws itself
    std::size_t forms_left_ = kFormsMax, bytes_left_ = kContentBytesMax;
};

}  // namespace

std::vector<Rect> marks_on(const Document& document,
                           const reader::Page& page,
                           std::size_t revision) {
    return Reader(document, revision).run(page).marks();
}

std::vector<PlacedImage> images_on(const Document& document,
                                   const reader::Page& page,
                                   std::size_t revision) {
    return Reader(document, revision).run(page).images();
}

}  // namespace yinxin::pdf
