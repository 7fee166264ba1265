// SPDX-License-Identifier: Apache-2.0
#include "pdf/form_layout_paths.h"

#include <nlohmann/json.hpp>

namespace yinxin::pdf::rules {
namespace {

class LayoutWalk {
  public:
    LayoutWalk(const Catalog& catalog, Faults& faults) : catalog_(catalog), faults_(faults) {}

    void visit(const Json& value, const std::string& pointer, const std::string& rows) {
        if (value.is_string()) {
            visit_text(value.get<std::string>(), pointer, rows);
        } else if (value.is_array()) {
            for (std::size_t i = 0; i < value.size(); ++i) {
                visit(value[i], pointer + "/" + std::to_string(i), rows);
            }
        } else if (value.is_object()) {
            const auto array = value.find("rows");
            const std::string inner =
                array != value.end() && array->is_string() ? array->get<std::string>() : rows;
            for (const auto& [name, member] : value.items()) {
                visit(member, pointer + "/" + pointer_token(name), inner);
            }
        }
    }

  private:
    void visit_text(const std::string& text, const std::string& pointer, const std::string& rows) {
        for (std::size_t at = text.find('{'); at != std::string::npos;
             at = text.find('{', at + 1)) {
            const std::size_t end = text.find('}', at);
            if (end == std::string::npos) {
                return;  // the layout's own reader says so
            }
            std::string path = text.substr(at + 1, end - at - 1);
            path = path.substr(0, path.find(':'));  // {path:16}: room in digits
            if (path.starts_with("page.") || catalog_.kind(path) ||
                (!rows.empty() && catalog_.kind(rows + "[]." + path))) {
                continue;
            }
            faults_.add(pointer,
                        "form",
                        "there is no value \"" + path + "\"; " + catalog_.suggestion(path));
        }
    }

    const Catalog& catalog_;
    Faults& faults_;
};

}  // namespace

void check_layout_paths(const Json& layout, const Catalog& catalog, Faults& faults) {
    LayoutWalk(catalog, faults).visit(layout, "", "");
}

}  // namespace yinxin::pdf::rules
