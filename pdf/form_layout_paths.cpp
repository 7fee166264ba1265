// SPDX-License-Identifier: Apache-2.0
#include "pdf/form_layout_paths.h"

namespace yinxin::pdf::rules {
namespace {

using Names = std::vector<std::string>;

std::string dotted(const Names& names) {
    std::string text;
    for (const std::string& name : names) {
        text += (text.empty() ? "" : ".") + name;
    }
    return text;
}

class LayoutPaths {
  public:
    LayoutPaths(const Layout& layout, const Catalog& catalog, Faults& faults)
        : layout_(layout), catalog_(catalog), faults_(faults) {}

    void check() {
        for (const Element& e : layout_.elements) {
            if (const auto* table = std::get_if<TableElement>(&e.kind)) {
                rows_ = dotted(table->rows);
            }
        }
        for (const Element& e : layout_.elements) {
            std::visit([&](const auto& kind) { look(kind, e.pointer); }, e.kind);
        }
    }

  private:
    static void look(const LineElement&, const std::string&) {}
    static void look(const RectElement&, const std::string&) {}
    static void look(const SealElement&, const std::string&) {}
    void look(const TextElement& text, const std::string& at) { words(text.text, at + "/text"); }
    void look(const FieldElement& field, const std::string& at) {
        words(field.text, at + "/field");
        if (!field.when.empty()) {
            known(dotted(field.when), "", at + "/when");
        }
    }
    void look(const NotesElement& notes, const std::string& at) {
        for (std::size_t i = 0; i < notes.paragraphs.size(); ++i) {
            words(notes.paragraphs[i], at + "/notes/" + std::to_string(i));
        }
    }
    void look(const QrElement& qr, const std::string& at) { printable(qr.path, "", at + "/qr"); }
    void look(const TableElement& t, const std::string& at) {
        const std::string table = at + "/table";
        const auto kind = known(rows_, "", table + "/rows");
        if (kind && *kind != Kind::Array) {
            fault(table + "/rows", "\"" + rows_ + "\" is no array of rows; name one");
        }
        for (std::size_t i = 0; i < t.columns.size(); ++i) {
            const std::string column = table + "/columns/" + std::to_string(i) + "/value";
            for (const Template::Part& part : t.columns[i].value.parts) {
                if (!part.path.empty()) {
                    printable(part.path, rows_ + "[].", column);
                }
            }
        }
        for (std::size_t i = 0; i < t.total.size(); ++i) {
            words(t.total[i].value, table + "/total/" + std::to_string(i) + "/value");
        }
        words(t.none.value_or(Template{}), table + "/none");
        words(t.end.value_or(Template{}), table + "/end");
    }

    void words(const Template& text, const std::string& at) {
        for (const Template::Part& part : text.parts) {
            if (part.path.empty()) {
                continue;
            }
            if (part.path.front() == "page") {
                page_value(part.path, at);
            } else {
                printable(part.path, "", at);
            }
        }
    }

    void page_value(const Names& path, const std::string& at) {
        const bool counted = path.size() == 2 && (path[1] == "number" || path[1] == "count");
        if (counted) {
            return;
        }
        if (path.size() < 3 || path[1] != "sum") {
            fault(at,
                  "there is no value \"" + dotted(path) +
                      "\"; of a page there are page.number, page.count and page.sum.MEMBER");
            return;
        }
        const std::string member = rows_ + "[]." + dotted({path.begin() + 2, path.end()});
        const auto kind = known(member, "", at);
        if (kind && *kind != Kind::Amount) {
            fault(at, "\"" + member + "\" is no amount, so a page has no sum of it");
        }
    }

    void printable(const Names& path, const std::string& start, const std::string& at) {
        const auto kind = known(dotted(path), start, at);
        if (kind == Kind::Object || kind == Kind::Array || kind == Kind::Boolean) {
            fault(at,
                  "\"" + dotted(path) + "\" is of kind " + kind_name(*kind) +
                      ", which is no text: name a value with one");
        }
    }

    std::optional<Kind> known(const std::string& path,
                              const std::string& start,
                              const std::string& at) {
        const auto kind = catalog_.kind(start + path);
        if (!kind) {
            fault(at, "there is no value \"" + path + "\"; " + catalog_.suggestion(start + path));
        }
        return kind;
    }

    void fault(const std::string& at, const std::string& detail) {
        faults_.add(at, "form", detail);
    }

    const Layout& layout_;
    const Catalog& catalog_;
    Faults& faults_;
    std::string rows_;  ///< of the table
};

}  // namespace

void check_layout_paths(const Layout& layout, const Catalog& catalog, Faults& faults) {
    LayoutPaths(layout, catalog, faults).check();
}

}  // namespace yinxin::pdf::rules
