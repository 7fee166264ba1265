// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <exception>
#include <nlohmann/json.hpp>
#include <set>
#include <variant>

#include "common/error.h"
#include "common/utf8.h"
#include "pdf/fingerprint.h"
#include "pdf/geometry.h"
#include "pdf/overprint_plan.h"
#include "pdf/program_version.h"

namespace yinxin::pdf {
namespace {

constexpr char32_t kGap = 0xFFFC;  // OBJECT REPLACEMENT CHARACTER
constexpr std::u32string_view kStock = U"0123456789-.,:";

/// Not the caller's fault: whoever keeps the form has to mend it.
void throw_if_faulty(const Form& form, const std::vector<FormFault>& faults) {
    if (faults.empty()) {
        return;
    }
    std::vector<FieldError> fields;
    for (const FormFault& fault : faults) {
        fields.push_back({fault.pointer, "layout", fault.detail});
    }
    throw Error(ErrorCode::Unavailable,
                "The document type " + form.type() +
                    " cannot be printed until its form is mended: layout.json " +
                    faults.front().pointer + " " + faults.front().detail,
                std::move(fields));
}

class Preparer {
  public:
    Preparer(PreparedForm& out,
             const IssuerNames& issuer,
             const FaceSet& faces,
             std::vector<FormFault>& faults)
        : out_(out),
          faults_(faults),
          scope_{nothing_, nothing_, issuer, nullptr, nullptr, {}},
          typesetter_(faces) {}

    void run() {
        std::vector<Element> elements;
        for (Element& e : out_.layout.elements) {
            const std::size_t index = elements.size();
            elements.push_back(e);
            out_.blank_texts.resize(index + 1);
            if (const auto* text = std::get_if<TextElement>(&e.kind)) {
                put_text(*text, e.pointer, out_.blank_texts[index]);
            } else if (const auto* table = std::get_if<TableElement>(&e.kind)) {
                put_head(*table, e.pointer, out_.blank_texts[index]);
            } else if (const auto* notes = std::get_if<NotesElement>(&e.kind)) {
                put_notes(*notes, e, out_.blank_texts[index], elements);
            }
        }
        out_.layout.elements = std::move(elements);
        out_.blank_texts.resize(out_.layout.elements.size());
        for (const FaceId face : faces_of_values()) {
            std::vector<char32_t> missing;  // what a face lacks, no value can have
            const Glyphs glyphs = typesetter_.shape(kStock, face, missing);
            out_.stock.insert(out_.stock.end(), glyphs.begin(), glyphs.end());
        }
    }

  private:
    std::set<FaceId> faces_of_values() const {
        std::set<FaceId> out;
        for (const Element& e : out_.layout.elements) {
            if (const auto* field = std::get_if<FieldElement>(&e.kind)) {
                out.insert(field->style.face);
            } else if (const auto* table = std::get_if<TableElement>(&e.kind)) {
                for (const TableColumn& column : table->columns) {
                    out.insert(column.style.face);
                }
            }
        }
        return out;
    }

    void fault(const std::string& pointer, const std::string& detail) {
        faults_.push_back({"layout.json", pointer, detail});
    }

    Glyphs shape(std::string_view words, FaceId face, const std::string& pointer) {
        std::vector<char32_t> missing;
        Glyphs glyphs = typesetter_.shape(code_points(words), face, missing);
        if (!missing.empty()) {
            fault(pointer,
                  "has the character " + code_point_name(missing.front()) +
                      ", which no label font has; write it in another way");
        }
        return glyphs;
    }

    std::string filled(const Template& t) const {
        std::string out;
        for (const auto& part : t.parts) {
            out += part.path.empty() ? part.words : scope_.find(part.path).value_or("");
        }
        return out;
    }

    void place(const Glyphs& glyphs,
               const Box& box,
               const TextStyle& style,
               const std::string& pointer,
               std::vector<PlacedText>& to) {
        if (!typesetter_.place(glyphs, box, style, out_.layout.height, to)) {
            fault(
                pointer,
                "does not fit its box; make the box larger, the size smaller or allow more lines");
        }
    }

    void put_text(const TextElement& text,
                  const std::string& pointer,
                  std::vector<PlacedText>& to) {
        const Glyphs glyphs = shape(filled(text.text), text.style.face, pointer + "/text");
        if (!text.vertical) {
            place(glyphs, text.box, text.style, pointer + "/text", to);
            return;
        }
        const double em = text.style.sizes.front() / points_per_mm;
        const double step = text.style.leading > 0 ? text.style.leading : em * 1.12;
        const double height = step * static_cast<double>(glyphs.size());
        if (height > text.box.height + 0.01) {
            fault(pointer + "/text", "does not fit its box from top to bottom; make it higher");
            return;
        }
        double y = text.box.y + (text.box.height - height) / 2;
        TextStyle style = text.style;
        style.align = Align::Center;
        for (const SetGlyph& g : glyphs) {
            place({g}, {text.box.x, y, text.box.width, step}, style, pointer + "/text", to);
            y += step;
        }
    }

    void put_head(const TableElement& table,
                  const std::string& pointer,
                  std::vector<PlacedText>& to) {
        double x = table.x;
        for (std::size_t i = 0; i < table.columns.size(); ++i) {
            const TableColumn& c = table.columns[i];
            TextStyle style = table.head_style;
            style.lines = 2;
            const std::string at = pointer + "/table/columns/" + std::to_string(i) + "/title";
            place(shape(c.title, style.face, at),
                  {x + 0.3, table.y, c.width - 0.6, table.head_height},
                  style,
                  at,
                  to);
            x += c.width;
        }
    }

    /// Words go to the blank form; each gap becomes a field that prints at its left edge.
    void put_notes(const NotesElement& notes,
                   const Element& element,
                   std::vector<PlacedText>& to,
                   std::vector<Element>& elements) {
        const double size = notes.style.sizes.front(), step = line_step_mm(notes.style, size);
        double y = notes.box.y;
        for (const Template& paragraph : notes.paragraphs) {
            std::vector<const Template::Part*> gaps;
            Glyphs glyphs;
            for (const auto& part : paragraph.parts) {
                if (part.path.empty() || part.path[0] == "issuer") {
                    const Glyphs more =
                        shape(part.path.empty() ? part.words : scope_.find(part.path).value_or(""),
                              notes.style.face,
                              element.pointer + "/notes");
                    glyphs.insert(glyphs.end(), more.begin(), more.end());
                } else {
                    glyphs.push_back(
                        {kGap,
                         notes.style.face,
                         {0, static_cast<std::uint16_t>(part.digits * kUnitsPerEm * 56 / 100)}});
                    gaps.push_back(&part);
                }
            }
            std::size_t gap = 0;
            for (const LineRange& line :
                 break_lines(glyphs, notes.box.width * points_per_mm / size)) {
                if (y + size / points_per_mm > notes.box.bottom() + 0.01) {
                    fault(element.pointer + "/box", "is too low for the notes; make it higher");
                    return;
                }
                double x = notes.box.x;
                Glyphs run;
                const auto flush = [&] {
                    if (!run.empty()) {
                        const double width = width_of(run) * size / points_per_mm;
                        place(run, {x, y, width + 0.1, step}, notes.style, element.pointer, to);
                        x += width;
                        run.clear();
                    }
                };
                for (std::size_t i = line.first; i < line.second; ++i) {
                    if (glyphs[i].character != kGap) {
                        run.push_back(glyphs[i]);
                        continue;
                    }
                    flush();
                    const double width = static_cast<double>(glyphs[i].glyph.advance) /
                                         kUnitsPerEm * size / points_per_mm;
                    FieldElement field;
                    field.text.parts.push_back(*gaps.at(gap++));
                    field.box = {x, y, width + 0.1, step};
                    field.style = notes.value_style;
                    field.style.align = Align::Center;
                    elements.push_back({element.pages, field, element.pointer});
                    x += width;
                }
                flush();
                y += step;
            }
        }
    }

    PreparedForm& out_;
    std::vector<FormFault>& faults_;
    const Json nothing_ = Json::object();
    Scope scope_;
    Typesetter typesetter_;
};

void table_frame(const TableElement& t, bool last, BlankPage& page) {
    const double fill = last ? t.fill_to_last : t.fill_to;
    const double head_end = t.y + t.head_height, bottom = fill > 0 ? fill : head_end;
    const auto line = [&](double x1, double y1, double x2, double y2, double width) {
        page.lines.push_back({x1, y1, x2, y2, width, t.line_color});
    };
    double x = t.x;
    for (std::size_t i = 0; i + 1 < t.columns.size(); ++i) {
        x += t.columns[i].width;
        line(x, t.y, x, bottom, t.line_width);
    }
    if (t.frame) {
        line(t.x, t.y, t.x + t.width, t.y, t.frame_width);
        line(t.x, t.y, t.x, bottom, t.frame_width);
        line(t.x + t.width, t.y, t.x + t.width, bottom, t.frame_width);
    }
    line(t.x, head_end, t.x + t.width, head_end, t.line_width);
}

/// What the rows of the form's example say: items, authorities, units. Most documents say the same,
/// and then need not bring these glyphs along. Who a document is about is in no row.
Glyphs glyphs_of_example(const std::shared_ptr<const PreparedForm>& prepared,
                         const IssuerNames& issuer,
                         const FaceSet& faces) {
    // Not before what the example is about, and the same whenever the form is prepared.
    constexpr std::chrono::sys_days kWhen(std::chrono::year(2099) / 12 / 31);
    Glyphs out;
    try {
        const Form& form = *prepared->form;
        const Values values = form.evaluate(form.example(), issuer, kWhen);
        const auto plan = make_plan(prepared, values, issuer, faces);
        for (const PlannedPage& sheet : plan->sheets) {
            for (const OrderedText& text : sheet.texts) {
                const Element& element = prepared->layout.elements.at(text.element);
                if (std::holds_alternative<TableElement>(element.kind)) {
                    out.insert(out.end(), text.text.glyphs.begin(), text.text.glyphs.end());
                }
            }
        }
    } catch (const std::exception&) {  // an example that cannot be issued is no reason not to issue
    }
    return out;
}

}  // namespace

BlankForm PreparedForm::blank(int kinds, bool specimen) const {
    BlankForm out{layout.width, layout.height, specimen, {}, stock};
    for (int kind = 0; kind < kinds; ++kind) {
        BlankPage page;
        for (std::size_t i = 0; i < layout.elements.size(); ++i) {
            const Element& e = layout.elements[i];
            if (!stands_on(e.pages, kind, kinds)) {
                continue;
            }
            if (const auto* line = std::get_if<LineElement>(&e.kind)) {
                page.lines.push_back(*line);
            } else if (const auto* rect = std::get_if<RectElement>(&e.kind)) {
                page.rects.push_back(*rect);
            } else if (const auto* table = std::get_if<TableElement>(&e.kind)) {
                table_frame(*table, kind == kinds - 1, page);
            }
            page.texts.insert(page.texts.end(), blank_texts[i].begin(), blank_texts[i].end());
        }
        out.pages.push_back(std::move(page));
    }
    return out;
}

std::shared_ptr<const PreparedForm> prepare(std::shared_ptr<const Form> form,
                                            const IssuerNames& issuer,
                                            const FaceSet& faces) {
    auto out = std::make_shared<PreparedForm>();
    std::vector<FormFault> faults;
    out->layout = read_layout(form->layout(), faults);
    throw_if_faulty(*form, faults);
    out->form = std::move(form);
    Preparer(*out, issuer, faces, faults).run();
    throw_if_faulty(*out->form, faults);
    std::string content = out->form->sha256_input();
    for (const std::string* part : {&issuer.organ,
                                    &issuer.organ_short,
                                    &issuer.organ_code,
                                    &issuer.province,
                                    &issuer.channel_digit,
                                    &issuer.verify_host}) {
        content += '\0' + *part;
    }
    content += std::string("\0", 1) + kProgramVersion + " " + kCompiledFormRevision +
               faces.identity() + out->form->layout().dump();
    out->cache_key = out->form->type() + "-" + out->form->version() + "-" +
                     to_hex(fingerprint(as_bytes(content)));
    const Glyphs example = glyphs_of_example(out, issuer, faces);
    out->stock.insert(out->stock.end(), example.begin(), example.end());
    return out;
}

}  // namespace yinxin::pdf
