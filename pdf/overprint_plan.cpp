// SPDX-License-Identifier: Apache-2.0
#include "pdf/overprint_plan.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "common/error.h"
#include "common/money.h"
#include "common/utf8.h"
#include "pdf/geometry.h"

namespace yinxin::pdf {
namespace {

struct SetText {
    Glyphs glyphs;
    bool complete = true;                             ///< no value is absent
    const std::vector<std::string>* first = nullptr;  ///< path of the first value, for faults
};

SetText shape_template(const Template& t,
                       const Scope& scope,
                       FaceId face,
                       const Typesetter& typesetter,
                       std::vector<FieldError>& faults) {
    SetText out;
    std::string made;
    std::vector<char32_t> missing;
    for (const auto& part : t.parts) {
        std::string_view text = part.words;
        if (!part.path.empty()) {
            const std::optional<std::string_view> value = scope.find(part.path, made);
            out.complete = out.complete && value.has_value();
            text = value.value_or("");
            out.first = out.first == nullptr ? &part.path : out.first;
        }
        missing.clear();
        typesetter.shape(text, face, out.glyphs, missing);
        for (const char32_t c : missing) {
            faults.push_back(
                {scope.pointer(part.path, c),
                 "glyph",
                 "The character " + (c < U' ' ? std::string() : "\"" + to_utf8({&c, 1}) + "\" ") +
                     code_point_name(c) +
                     " has no glyph in the fonts of this server; write it in another way."});
        }
    }
    return out;
}

FieldError too_long(const Scope& scope, const SetText& text, const std::string& place) {
    return {text.first == nullptr ? "" : scope.pointer(*text.first),
            "fit",
            "The text does not fit its place on the form (" + place + "); shorten it."};
}

}  // namespace

bool set_field(const FieldElement& field,
               const Scope& scope,
               bool late_allowed,
               const Typesetter& typesetter,
               double page_height_mm,
               std::vector<PlacedText>& out,
               std::vector<FieldError>& faults) {
    if (!field.when.empty()) {
        const Json* value = member(scope.values, field.when);
        if (value == nullptr && late_allowed) {
            return false;
        }
        if (value == nullptr || value->is_null() ||
            (value->is_string() && value->get_ref<const std::string&>().empty())) {
            return true;
        }
    }
    SetText text = shape_template(field.text, scope, field.style.face, typesetter, faults);
    if (!text.complete && late_allowed) {
        return false;
    }
    if (!typesetter.place(std::move(text.glyphs), field.box, field.style, page_height_mm, out)) {
        faults.push_back(
            too_long(scope,
                     text,
                     "a field of " + std::to_string(static_cast<int>(field.box.width)) + " mm"));
    }
    return true;
}

std::vector<std::size_t> paginate(const std::vector<double>& heights, double full, double last) {
    constexpr double kSlackMm = 0.001;
    std::vector<std::size_t> pages;
    double rest = 0;
    for (const double h : heights) {
        rest += h;
    }
    std::size_t at = 0;
    while (rest > last + kSlackMm) {
        std::size_t count = 0;
        double used = 0;
        while (at + count + 1 < heights.size() && used + heights[at + count] <= full + kSlackMm) {
            used += heights[at + count];
            ++count;
        }
        if (count == 0) {
            return {};
        }
        pages.push_back(count);
        at += count;
        rest -= used;
    }
    pages.push_back(heights.size() - at);
    return pages;
}

namespace {

class Planner {
  public:
    Planner(PlanImpl& out, const Values& values, const IssuerNames& issuer, const FaceSet& faces)
        : out_(out),
          layout_(out.form->layout),
          scope_{*values.values, *values.input, issuer, nullptr, nullptr, {}},
          typesetter_(faces) {}

    void run() {
        for (std::size_t i = 0; i < layout_.elements.size(); ++i) {
            if (const auto* table = std::get_if<TableElement>(&layout_.elements[i].kind)) {
                set_table(*table, i);
            }
        }
        if (out_.sheets.empty()) {
            out_.sheets.resize(1);
        }
        for (std::size_t p = 0; p < out_.sheets.size(); ++p) {
            scope_.page = {static_cast<int>(p) + 1,
                           static_cast<int>(out_.sheets.size()),
                           &out_.sheets[p].sums};
            std::vector<OrderedText>& texts = out_.sheets[p].texts;
            const auto of_tables = static_cast<std::ptrdiff_t>(texts.size());
            for (std::size_t i = 0; i < layout_.elements.size(); ++i) {
                set_element(layout_.elements[i], i, p);
            }
            std::inplace_merge(
                texts.begin(),
                texts.begin() + of_tables,
                texts.end(),
                [](const OrderedText& a, const OrderedText& b) { return a.element < b.element; });
        }
        throw_faults();
    }

  private:
    struct Cell {
        Glyphs glyphs;
    };
    struct Row {
        std::vector<Glyphs> cells;
        double height = 0;
    };

    void throw_faults() {
        if (faults_.empty()) {
            return;
        }
        std::vector<FieldError> unique;
        std::set<std::string> seen;
        for (FieldError& f : faults_) {
            if (seen.insert(f.pointer + "\n" + f.rule + "\n" + f.detail).second) {
                unique.push_back(std::move(f));
            }
        }
        const std::string detail = "The data cannot be printed: " + unique.front().detail;
        throw Error(ErrorCode::Invalid, detail, std::move(unique));
    }

    void set_element(const Element& e, std::size_t index, std::size_t p) {
        PlannedPage& sheet = out_.sheets[p];
        const auto* field = std::get_if<FieldElement>(&e.kind);
        if (!stands_on(e.pages, static_cast<int>(p), static_cast<int>(out_.sheets.size())) ||
            field == nullptr) {
            return;
        }
        std::vector<PlacedText> placed;
        if (!set_field(*field, scope_, true, typesetter_, layout_.height, placed, faults_)) {
            sheet.late.push_back(index);
        }
        add(sheet, index, placed);
    }

    static void add(PlannedPage& sheet, std::size_t index, std::vector<PlacedText>& placed) {
        for (PlacedText& text : placed) {
            sheet.texts.push_back({index, std::move(text)});
        }
    }

    Row set_row(const TableElement& t, const Json& json) {
        Row row;
        row.height = t.row_height;
        row.cells.reserve(t.columns.size());
        Scope scope{scope_.values, scope_.input, scope_.issuer, nullptr, &json, {}};
        for (const TableColumn& column : t.columns) {
            SetText text =
                shape_template(column.value, scope, column.style.face, typesetter_, faults_);
            const int lines =
                typesetter_.lines_needed(text.glyphs, column.width - 2 * t.padding, column.style);
            if (lines == 0) {
                faults_.push_back(too_long(scope, text, "column " + column.title));
            }
            row.height = std::max(row.height, t.row_height + t.line_height * (lines - 1));
            row.cells.push_back(std::move(text.glyphs));
        }
        return row;
    }

    void set_table(const TableElement& t, std::size_t index) {
        const Json* list = member(scope_.values, t.rows);
        if (list == nullptr || !list->is_array()) {
            throw Error(ErrorCode::Internal, "The layout's table names rows that are no array.");
        }
        std::vector<Row> rows;
        std::vector<double> heights;
        for (const Json& json : *list) {
            rows.push_back(set_row(t, json));
            heights.push_back(rows.back().height);
        }
        const double top = t.y + t.head_height;
        const std::vector<std::size_t> pages = paginate(heights, t.until - top, t.until_last - top);
        if (pages.empty()) {
            faults_.push_back(
                {"", "fit", "A row is higher than a page has room for; shorten its texts."});
            throw_faults();
        }
        out_.sheets.resize(pages.size());
        std::size_t from = 0;
        for (std::size_t p = 0; p < pages.size(); ++p) {
            add_sums(*list, from, from + pages[p], out_.sheets[p].sums);
            draw_rows(t, rows, from, from + pages[p], p + 1 == pages.size(), out_.sheets[p], index);
            from += pages[p];
        }
    }

    void add_sums(const Json& list,
                  std::size_t from,
                  std::size_t to,
                  std::map<std::string, std::string>& sums) {
        for (const Element& e : layout_.elements) {
            const auto* field = std::get_if<FieldElement>(&e.kind);
            if (field == nullptr) {
                continue;
            }
            for (const auto& part : field->text.parts) {
                if (part.path.size() < 3 || part.path[0] != "page" || part.path[1] != "sum") {
                    continue;
                }
                const std::vector<std::string> path(part.path.begin() + 2, part.path.end());
                std::string name;
                for (const auto& word : path) {
                    name += (name.empty() ? "" : ".") + word;
                }
                Money sum;
                for (std::size_t i = from; i < to; ++i) {
                    const Json* value = member(list[i], path);
                    const auto money = value != nullptr && value->is_string()
                                           ? Money::parse(value->get<std::string>())
                                           : std::nullopt;
                    if (!money) {
                        throw Error(ErrorCode::Internal,
                                    "The layout sums " + name + ", which is no amount.");
                    }
                    sum += *money;
                }
                sums[name] = sum.text();
            }
        }
    }

    void draw_rows(const TableElement& t,
                   std::vector<Row>& rows,
                   std::size_t from,
                   std::size_t to,
                   bool last,
                   PlannedPage& sheet,
                   std::size_t index) {
        double y = t.y + t.head_height;
        std::vector<TextStyle> styles;
        for (const TableColumn& column : t.columns) {
            TextStyle& style = styles.emplace_back(column.style);
            style.leading = style.leading > 0 ? style.leading : t.line_height;
        }
        std::vector<PlacedText> placed;
        const auto across = [&](double at, double width) {
            sheet.lines.push_back({t.x, at, t.x + t.width, at, width, t.line_color});
        };
        for (std::size_t i = from; i < to; ++i) {
            double x = t.x;
            for (std::size_t c = 0; c < t.columns.size(); ++c) {
                const TableColumn& column = t.columns[c];
                if (!typesetter_.place(
                        std::move(rows[i].cells[c]),
                        {x + t.padding, y, column.width - 2 * t.padding, rows[i].height},
                        styles[c],
                        layout_.height,
                        placed)) {
                    YINXIN_ASSERT(!faults_.empty());  // set_row has named the cell
                }
                x += column.width;
            }
            y += rows[i].height;
            if (t.row_lines) {
                across(y,
                       i + 1 == to && (!last || t.total.empty()) && t.frame ? t.frame_width
                                                                            : t.line_width);
            }
        }
        const bool own_columns = (last ? t.fill_to_last : t.fill_to) <= 0;
        if (own_columns) {
            column_lines(t, t.y + t.head_height, y, sheet);
        }
        if (rows.empty() && t.none) {
            set_note(*t.none, t, y, t.row_height, placed);
            y += t.row_height;
            across(y, t.total.empty() ? t.frame_width : t.line_width);
        }
        const double body_end = y;
        if (last && !t.total.empty()) {
            set_total(t, y, placed, sheet);
            y += t.total_height;
            across(y, t.frame_width);
        }
        if (own_columns && t.frame && y > t.y + t.head_height) {
            for (const double x : {t.x, t.x + t.width}) {
                sheet.lines.push_back({x, t.y + t.head_height, x, y, t.frame_width, t.line_color});
            }
        }
        if (last && t.end) {
            const double room = (own_columns ? y : body_end);
            set_note(*t.end, t, room, 6, placed);
        }
        add(sheet, index, placed);
    }

    void column_lines(const TableElement& t, double y1, double y2, PlannedPage& sheet) const {
        double x = t.x;
        for (std::size_t c = 0; c + 1 < t.columns.size() && y2 > y1; ++c) {
            x += t.columns[c].width;
            sheet.lines.push_back({x, y1, x, y2, t.line_width, t.line_color});
        }
    }

    void set_note(const Template& words,
                  const TableElement& t,
                  double y,
                  double height,
                  std::vector<PlacedText>& placed) {
        SetText text = shape_template(words, scope_, t.note_style.face, typesetter_, faults_);
        if (!typesetter_.place(std::move(text.glyphs),
                               {t.x, y, t.width, height},
                               t.note_style,
                               layout_.height,
                               placed)) {
            faults_.push_back(too_long(scope_, text, "the table"));
        }
    }

    void set_total(const TableElement& t,
                   double y,
                   std::vector<PlacedText>& placed,
                   PlannedPage& sheet) {
        double x = t.x;
        for (const TableCell& cell : t.total) {
            SetText text =
                shape_template(cell.value, scope_, cell.style.face, typesetter_, faults_);
            if (!typesetter_.place(std::move(text.glyphs),
                                   {x + t.padding, y, cell.width - 2 * t.padding, t.total_height},
                                   cell.style,
                                   layout_.height,
                                   placed)) {
                faults_.push_back(too_long(scope_, text, "the total"));
            }
            if (x > t.x) {
                sheet.lines.push_back({x, y, x, y + t.total_height, t.line_width, t.line_color});
            }
            x += cell.width;
        }
    }

    PlanImpl& out_;
    const Layout& layout_;
    Scope scope_;
    Typesetter typesetter_;
    std::vector<FieldError> faults_;
};

}  // namespace

Rect to_points(const Box& box, double page_height_mm) {
    return {box.x * points_per_mm,
            (page_height_mm - box.bottom()) * points_per_mm,
            box.right() * points_per_mm,
            (page_height_mm - box.y) * points_per_mm};
}

SealPlace PlanImpl::seal() const {
    for (const Element& e : form->layout.elements) {
        if (const auto* seal = std::get_if<SealElement>(&e.kind)) {
            return {e.pages == Pages::First ? 0 : pages() - 1,
                    to_points(seal->box, form->layout.height)};
        }
    }
    throw Error(ErrorCode::Internal, "The layout has no seal.");  // such a one is not prepared
}

std::unique_ptr<PlanImpl> make_plan(std::shared_ptr<const PreparedForm> form,
                                    const Values& values,
                                    const IssuerNames& issuer,
                                    const FaceSet& faces) {
    auto out = std::make_unique<PlanImpl>();
    out->form = std::move(form);
    Planner(*out, values, issuer, faces).run();
    return out;
}

}  // namespace yinxin::pdf
