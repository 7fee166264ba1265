// SPDX-License-Identifier: Apache-2.0
#include "pdf/layout_reader.h"

#include "pdf/layout_members.h"
#include "pdf/layout_styles.h"

namespace yinxin::pdf {
namespace {

class LayoutReader {
  public:
    explicit LayoutReader(std::vector<FormFault>& faults) : faults_(faults) {}

    Layout read(const Json& json) {
        Layout out;
        Members r(json, "", faults_);
        if (r.has("page")) {
            const auto size = r.numbers("page", 2);
            out.width = size[0], out.height = size[1];
            if (out.width < 50 || out.width > 1000 || out.height < 50 || out.height > 1000) {
                r.fault("page", "must be [width, height] in millimetres, 50 to 1000");
                out.width = 210, out.height = 297;
            }
        }
        height_ = out.height;
        ink_ = r.color("ink", {0, 0, 0});
        const StyleBook styles(r, ink_);
        styles_ = &styles;
        const Json* elements = r.find("elements");
        if (elements == nullptr || !elements->is_array()) {
            r.fault("elements", "must be an array of elements");
        } else {
            for (std::size_t i = 0; i < elements->size(); ++i) {
                element(out, (*elements)[i], "/elements/" + std::to_string(i));
            }
        }
        r.finish();
        return out;
    }

  private:
    void element(Layout& out, const Json& json, const std::string& pointer) {
        Members r(json, pointer, faults_);
        Element e;
        e.pointer = pointer;
        e.pages = r.word<Pages>("on",
                                default_pages(r),
                                {{"all", Pages::All},
                                 {"first", Pages::First},
                                 {"last", Pages::Last},
                                 {"not_first", Pages::NotFirst},
                                 {"not_last", Pages::NotLast},
                                 {"several", Pages::Several},
                                 {"last_of_several", Pages::LastOfSeveral}});
        if (r.has("line")) {
            e.kind = line(r);
        } else if (r.has("rect")) {
            e.kind = rect(r);
        } else if (r.has("text")) {
            e.kind = text(r);
        } else if (r.has("field")) {
            e.kind = field(r);
        } else if (r.has("notes")) {
            e.kind = notes(r);
        } else if (r.has("qr")) {
            e.kind = qr(r);
        } else if (r.has("seal")) {
            e.kind = SealElement{r.box("seal")};
        } else if (const Json* table_json = r.find("table")) {
            Members t(*table_json, pointer + "/table", faults_);
            e.kind = table(t);
            t.finish();
        } else {
            r.fault("",
                    "is no element; it must have one of: line, rect, text, field, notes, table, "
                    "qr, seal");
            return;
        }
        r.finish();
        out.elements.push_back(std::move(e));
    }

    static Pages default_pages(Members& r) {
        return r.has("seal") || r.has("notes") ? Pages::Last : Pages::All;
    }

    LineElement line(Members& r) {
        const auto n = r.numbers("line", 4);
        return {n[0], n[1], n[2], n[3], r.number("width", 0.2, 0.05, 5), r.color("color", ink_)};
    }

    RectElement rect(Members& r) {
        RectElement out{r.box("rect"), r.number("width", 0.2, 0, 5), {}, {}};
        if (r.has("fill")) {
            out.fill = r.color("fill", ink_);
        }
        if (out.width > 0) {
            out.stroke = r.color("color", ink_);
        }
        return out;
    }

    static void issuer_only(Members& r, const std::string& member, const Template& t) {
        for (const auto& part : t.parts) {
            if (!part.path.empty() && part.path[0] != "issuer") {
                r.fault(member,
                        "prints a value; a text belongs to the blank form and may name issuer.* "
                        "only: use a field");
            }
        }
    }

    TextElement text(Members& r) {
        TextElement out{
            r.words("text"), r.box("box"), styles_->read(r, "label"), r.boolean("vertical", false)};
        issuer_only(r, "text", out.text);
        return out;
    }

    FieldElement field(Members& r) {
        FieldElement out{r.words("field"), r.box("box"), styles_->read(r, "value"), {}};
        if (r.has("when")) {
            out.when = split_path(r.text("when"));
        }
        return out;
    }

    NotesElement notes(Members& r) {
        NotesElement out;
        const Json* list = r.find("notes");
        if (!list->is_array() || list->empty() ||
            !std::all_of(list->begin(), list->end(), [](const Json& v) { return v.is_string(); })) {
            r.fault("notes", "must be an array of texts");
        } else {
            for (const Json& paragraph : *list) {
                Template t = r.parse_template("notes", paragraph.get<std::string>());
                for (const auto& part : t.parts) {
                    if (!part.path.empty() && part.path[0] != "issuer" && part.digits == 0) {
                        r.fault("notes",
                                "leaves no room for a value; write {path:N} with N the digits it "
                                "may be wide");
                    }
                }
                out.paragraphs.push_back(std::move(t));
            }
        }
        out.box = r.box("box");
        out.style = styles_->read(r, "note");
        out.value_style = styles_->named(r, "value_style", "value");
        out.value_style.sizes = out.style.sizes;
        return out;
    }

    QrElement qr(Members& r) {
        QrElement out;
        const std::string what = r.text("qr");
        out.verification = what == "verification";
        out.path =
            out.verification ? std::vector<std::string>{"issuance", "qr_text"} : split_path(what);
        out.box = r.box("box");
        out.color = r.color("color", {0, 0, 0});
        return out;
    }

    std::vector<TableCell> cells(Members& t, const std::string& member) {
        std::vector<TableCell> out;
        const Json* list = t.find(member);
        if (list == nullptr) {
            return out;
        }
        if (!list->is_array()) {
            t.fault(member, "must be an array of cells");
            return out;
        }
        for (std::size_t i = 0; i < list->size(); ++i) {
            Members r((*list)[i], t.pointer() + "/" + member + "/" + std::to_string(i), faults_);
            TableCell c;
            c.width = r.number("width", 10, 1, 1000);
            c.value = r.words("value");
            c.style = styles_->read(r, "cell");
            r.finish();
            out.push_back(std::move(c));
        }
        return out;
    }

    TableElement table(Members& r) {
        TableElement t;
        t.rows = split_path(r.text("rows"));
        const auto at = r.numbers("at", 2);
        t.x = at[0], t.y = at[1];
        t.head_height = r.number("head_height", 8, 0, 100);
        t.row_height = r.number("row_height", 8, 2, 100);
        t.line_height = r.number("line_height", 4, 1, 50);
        t.padding = r.number("padding", 0.8, 0, 10);
        t.until = r.number("until", height_ - 16, t.y, height_);
        t.until_last = r.number("until_last", t.until, t.y, height_);
        t.fill_to = r.number("fill_to", 0, 0, height_);
        t.fill_to_last = r.number("fill_to_last", t.fill_to, 0, height_);
        t.row_lines = r.boolean("row_lines", true);
        t.frame = r.boolean("frame", true);
        t.line_width = r.number("line_width", 0.15, 0.05, 5);
        t.frame_width = r.number("frame_width", 0.3, 0.05, 5);
        t.line_color = r.color("color", ink_);
        t.head_style = styles_->named(r, "head_style", "head");
        t.note_style = styles_->named(r, "note_style", "cell");
        t.note_style.align = Align::Center;
        columns(r, t);
        t.total = cells(r, "total");
        t.total_height = r.number("total_height", 10, 2, 100);
        if (r.has("none")) {
            t.none = r.words("none");
        }
        if (r.has("end")) {
            t.end = r.words("end");
        }
        return t;
    }

    void columns(Members& r, TableElement& t) {
        const Json* list = r.find("columns");
        if (list == nullptr || !list->is_array() || list->empty()) {
            r.fault("columns", "must be an array of columns");
            return;
        }
        for (std::size_t i = 0; i < list->size(); ++i) {
            Members c((*list)[i], r.pointer() + "/columns/" + std::to_string(i), faults_);
            TableColumn column;
            column.width = c.number("width", 20, 2, 1000);
            column.title = c.text("title");
            column.value = c.words("value");
            column.style = styles_->read(c, "cell");
            for (const auto& part : column.value.parts) {
                if (!part.path.empty() && (part.path[0] == "issuance" || part.path[0] == "page")) {
                    c.fault("value",
                            "uses a value known only after the rows are set; use a field outside "
                            "the table");
                }
            }
            c.finish();
            t.width += column.width;
            t.columns.push_back(std::move(column));
        }
    }

    std::vector<FormFault>& faults_;
    const StyleBook* styles_ = nullptr;
    double height_ = 297;
    Color ink_{};
};

}  // namespace

Layout read_layout_elements(const Json& layout, std::vector<FormFault>& faults) {
    return LayoutReader(faults).read(layout);
}

}  // namespace yinxin::pdf
