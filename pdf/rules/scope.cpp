// SPDX-License-Identifier: Apache-2.0
#include "pdf/rules/scope.h"

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "pdf/schema_pattern.h"

namespace yinxin::pdf::rules {
namespace {

bool is_name(std::string_view name) {
    return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_' || c == '-';
    });
}

const Json* member(const Json* object, const std::string& name) {
    const auto* members = object == nullptr ? nullptr : object->get_ptr<const Json::object_t*>();
    if (members == nullptr) {
        return nullptr;
    }
    const auto found = members->find(name);
    return found == members->end() || found->second.is_null() ? nullptr : &found->second;
}

bool is_present(const Json* value) {
    return value != nullptr &&
           !(value->is_string() && value->get_ref<const std::string&>().empty()) &&
           !(value->is_array() && value->empty());
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) {
        row[j] = j;
    }
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t above = row[j];
            row[j] =
                std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
            diagonal = above;
        }
    }
    return row.back();
}

std::string list_of(const std::vector<std::string>& words) {
    std::string list;
    for (const std::string& word : words) {
        list += (list.empty() ? "" : ", ") + word;
    }
    return list;
}

}  // namespace

std::optional<Path> Path::parse(std::string_view text) {
    Path path;
    path.text_ = text;
    std::string_view rest = text;
    for (bool last = false; !last;) {
        const std::size_t dot = rest.find('.');
        std::string_view name = rest.substr(0, dot);
        last = dot == std::string_view::npos;
        rest = last ? std::string_view{} : rest.substr(dot + 1);
        const bool each = name.ends_with("[]");
        if (each) {
            name.remove_suffix(2);
        }
        if (!is_name(name) || (each && (path.in_rows_ || last))) {
            return std::nullopt;
        }
        (path.in_rows_ ? path.tail_ : path.head_).emplace_back(name);
        if (each) {
            path.in_rows_ = true;
            path.rows_ = text.substr(0, text.find("[]"));
            path.through_ = Rows(path.rows_);
        }
    }
    return path;
}

const Json* Path::find(const Scope& scope) const {
    const Json* value = in_rows_ ? scope.row : &scope.root;
    for (const std::string& name : in_rows_ ? tail_ : head_) {
        value = member(value, name);
    }
    return value;
}

const std::string* Path::find_text(const Scope& scope) const {
    const Json* value = find(scope);
    return value == nullptr ? nullptr : value->get_ptr<const std::string*>();
}

std::optional<std::string> Path::string(const Scope& scope) const {
    const std::string* text = find_text(scope);
    return text == nullptr ? std::nullopt : std::optional(*text);
}

bool Path::is_derived() const {
    const std::vector<std::string>& names = in_rows_ ? tail_ : head_;
    return !names.empty() && names.front() == "derived";
}

std::string Path::pointer(const Scope& scope) const {
    std::string pointer = in_rows_ ? scope.row_pointer() : "";
    if (is_derived()) {
        return pointer;
    }
    for (const std::string& name : in_rows_ ? tail_ : head_) {
        pointer += "/" + name;
    }
    return pointer;
}

void Path::set(Json& start, Json value) const {
    Json* place = &start;
    for (const std::string& name : in_rows_ ? tail_ : head_) {
        place = &(*place)[name];
    }
    *place = std::move(value);
}

std::string Scope::row_pointer() const {
    return row == nullptr ? "" : *rows_pointer + "/" + std::to_string(index);
}

Rows::Rows(std::string_view array) {
    while (!array.empty()) {
        const std::size_t dot = std::min(array.find('.'), array.size());
        names_.emplace_back(array.substr(0, dot));
        pointer_ += "/" + names_.back();
        array.remove_prefix(std::min(dot + 1, array.size()));
    }
}

const Json* Rows::find(const Json& root) const {
    const Json* value = &root;
    for (const std::string& name : names_) {
        value = member(value, name);
    }
    return value;
}

void Rows::for_each(const Json& root, const std::function<void(const Scope&)>& visit) const {
    if (names_.empty()) {
        visit({root});
        return;
    }
    const Json* array = find(root);
    for (std::size_t i = 0; array != nullptr && array->is_array() && i < array->size(); ++i) {
        visit({root, &(*array)[i], &pointer_, i});
    }
}

const char* kind_name(Kind kind) {
    switch (kind) {
        case Kind::Text:
            return "text";
        case Kind::Amount:
            return "amount";
        case Kind::Decimal:
            return "decimal";
        case Kind::Date:
            return "date";
        case Kind::Month:
            return "month";
        case Kind::MonthRange:
            return "month-range";
        case Kind::DateTime:
            return "date-time";
        case Kind::Identifier:
            return "identifier";
        case Kind::Integer:
            return "integer";
        case Kind::Boolean:
            return "boolean";
        case Kind::Object:
            return "object";
        case Kind::Array:
            return "array";
    }
    return "";
}

std::optional<Kind> Catalog::kind(const std::string& path) const {
    const auto found = kinds_.find(path);
    return found == kinds_.end() ? std::nullopt : std::optional(found->second);
}

std::string Catalog::suggestion(const std::string& path) const {
    std::string best;
    std::size_t distance = path.size() / 2 + 1;
    std::string known;
    for (const auto& [name, kind] : kinds_) {
        const std::size_t here = edit_distance(path, name);
        if (here < distance) {
            distance = here;
            best = name;
        }
        if (kind != Kind::Object && kind != Kind::Array && !name.starts_with("issue")) {
            known += (known.empty() ? "" : ", ") + name;
        }
    }
    return best.empty() ? "known values: " + known : "did you mean \"" + best + "\"?";
}

std::string ValueText::fill(const Scope& scope) const {
    std::string text = texts_.front();
    for (std::size_t i = 0; i < paths_.size(); ++i) {
        const Json* value = paths_[i].find(scope);
        if (value != nullptr) {
            text += value->is_string() ? value->get_ref<const std::string&>() : value->dump();
        }
        text += texts_[i + 1];
    }
    return text;
}

std::string pointer_token(std::string_view name) {
    if (name.find_first_of("~/") == std::string_view::npos) {
        return std::string(name);
    }
    std::string token;
    for (const char c : name) {
        token += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
    }
    return token;
}

Arguments::Arguments(const Json& object,
                     std::string pointer,
                     const Catalog& catalog,
                     const Json& tables,
                     Faults& faults)
    : object_(object),
      pointer_(std::move(pointer)),
      catalog_(catalog),
      tables_(tables),
      faults_(faults) {}

const Json* Arguments::take(const std::string& name) {
    taken_.push_back(name);
    const auto found = object_.find(name);
    return found == object_.end() ? nullptr : &*found;
}

bool Arguments::has(const std::string& name) const {
    return object_.contains(name);
}

void Arguments::fault(const std::string& name, const std::string& detail) {
    faults_.add(name.empty() ? pointer_ : pointer_ + "/" + name, "form", detail);
}

void Arguments::note_rows(const Path& path, const std::string& place) {
    if (!path.in_rows()) {
        return;
    }
    if (!rows_allowed_) {
        fault(place,
              "this looks at the whole document, so \"" + path.text() +
                  "\" (a value of one row) cannot decide about it; \"where\" chooses rows");
    }
    if (!rows_.empty() && rows_ != path.rows()) {
        fault(place,
              "\"" + path.text() + "\" goes through " + path.rows() +
                  "[], but another path here goes through " + rows_ +
                  "[]: one rule works on the rows of one array");
    }
    rows_ = path.rows();
}

Path Arguments::known_path(const std::string& text,
                           const std::string& place,
                           const std::vector<Kind>& kinds) {
    const std::optional<Path> path = Path::parse(text);
    if (!path) {
        fault(place,
              "\"" + text + "\" is not a path: write member names joined by dots, and [] " +
                  "after an array, as in rows[].amount");
        return {};
    }
    const std::optional<Kind> kind = catalog_.kind(text);
    if (!kind) {
        fault(place, "there is no value \"" + text + "\"; " + catalog_.suggestion(text));
        return {};
    }
    if (!kinds.empty() && std::find(kinds.begin(), kinds.end(), *kind) == kinds.end()) {
        std::vector<std::string> names;
        for (const Kind wanted : kinds) {
            names.emplace_back(kind_name(wanted));
        }
        fault(place,
              "\"" + text + "\" is of kind " + kind_name(*kind) +
                  "; needed here: " + list_of(names) + " (the \"format\" in input.schema.json)");
    }
    note_rows(*path, place);
    uses_derived_ = uses_derived_ || path->is_derived();
    return *path;
}

Path Arguments::path(const std::string& name, const std::vector<Kind>& kinds) {
    const std::optional<Path> found = optional_path(name, kinds);
    if (!found && !has(name)) {
        fault("", "\"" + name + "\" is missing: it names the value, as in \"rows[].amount\"");
    }
    return found.value_or(Path{});
}

std::optional<Path> Arguments::optional_path(const std::string& name,
                                             const std::vector<Kind>& kinds) {
    const Json* value = take(name);
    if (value == nullptr) {
        return std::nullopt;
    }
    if (!value->is_string()) {
        fault(name, "must be a path, as in \"rows[].amount\"");
        return std::nullopt;
    }
    return known_path(value->get<std::string>(), name, kinds);
}

std::vector<Path> Arguments::paths(const std::string& name, const std::vector<Kind>& kinds) {
    const Json* value = take(name);
    if (value == nullptr) {
        fault("", "\"" + name + "\" is missing: one path or an array of paths");
        return {};
    }
    const Json list = value->is_array() ? *value : Json::array({*value});
    std::vector<Path> result;
    for (const Json& entry : list) {
        if (!entry.is_string()) {
            fault(name, "must be a path or an array of paths");
            return {};
        }
        result.push_back(known_path(entry.get<std::string>(), name, kinds));
    }
    if (result.empty()) {
        fault(name, "names no value");
    }
    return result;
}

std::string Arguments::text(const std::string& name) {
    const Json* value = take(name);
    if (value == nullptr) {
        fault("", "\"" + name + "\" is missing");
        return {};
    }
    if (!value->is_string()) {
        fault(name, "must be a text");
        return {};
    }
    return value->get<std::string>();
}

std::string Arguments::text(const std::string& name, const std::string& otherwise) {
    if (!has(name)) {
        take(name);
        return otherwise;
    }
    return text(name);
}

std::string Arguments::word(const std::string& name,
                            const std::vector<std::string>& words,
                            const std::string& otherwise) {
    const std::string word = otherwise.empty() ? text(name) : text(name, otherwise);
    if (has(name) && std::find(words.begin(), words.end(), word) == words.end()) {
        fault(name, "\"" + word + "\" is not one of " + list_of(words));
    }
    return word;
}

int Arguments::integer(const std::string& name, int otherwise) {
    const Json* value = take(name);
    if (value == nullptr) {
        return otherwise;
    }
    if (!value->is_number_integer() || *value < 0 || *value > 1'000'000) {
        fault(name, "must be a whole number from 0 to 1000000");
        return otherwise;
    }
    return value->get<int>();
}

std::map<std::string, std::string> Arguments::texts(const std::string& name) {
    const Json* value = take(name);
    std::map<std::string, std::string> result;
    if (value == nullptr || !value->is_object() || value->empty()) {
        fault(value == nullptr ? "" : name,
              "\"" + name + "\" must be an object of texts, as in {\"special\": \"专用\"}");
        return result;
    }
    for (const auto& [key, entry] : value->items()) {
        if (!entry.is_string()) {
            fault(name + "/" + pointer_token(key), "must be a text");
            continue;
        }
        result[key] = entry.get<std::string>();
    }
    return result;
}

ValueText Arguments::text_template(const std::string& name) {
    const std::string text = this->text(name);
    ValueText result;
    result.texts_.emplace_back();
    for (std::size_t at = 0; at < text.size();) {
        if (text[at] == '}') {
            fault(name, "a } without its {");
            break;
        }
        if (text[at] != '{') {
            result.texts_.back() += text[at++];
            continue;
        }
        const std::size_t end = text.find('}', at);
        if (end == std::string::npos) {
            fault(name, "a { without its }");
            break;
        }
        result.paths_.push_back(known_path(text.substr(at + 1, end - at - 1), name, {}));
        result.texts_.emplace_back();
        at = end + 1;
    }
    return result;
}

Json Arguments::table(const std::string& name) {
    const std::string table = text(name);
    const auto found = tables_.find(table);
    if (!table.empty() && found == tables_.end()) {
        fault(name, "form.json has no table \"" + table + "\" in \"tables\"");
    }
    return found == tables_.end() ? Json::array() : *found;
}

Condition Arguments::condition(const std::string& name, bool rows_allowed) {
    const Json* value = take(name);
    if (value == nullptr) {
        return [](const Scope&) { return true; };
    }
    rows_allowed_ = rows_allowed;
    Condition condition = read_condition(*value, name);
    rows_allowed_ = true;
    return condition;
}

Condition Arguments::read_condition(const Json& value, const std::string& place) {
    static const char* const shape =
        "a condition is {\"path\": p} with one of \"equals\", \"in\", \"is\" (present or absent), "
        "\"matches\"; or {\"not\": c}, {\"all\": [c, ...]}, {\"any\": [c, ...]}";
    const Condition never = [](const Scope&) { return false; };
    if (!value.is_object()) {
        fault(place, shape);
        return never;
    }
    if (value.size() == 1 && value.contains("not")) {
        return [inner = read_condition(value["not"], place + "/not")](const Scope& scope) {
            return !inner(scope);
        };
    }
    for (const char* name : {"all", "any"}) {
        if (value.size() != 1 || !value.contains(name) || !value[name].is_array()) {
            continue;
        }
        std::vector<Condition> parts;
        for (const Json& part : value[name]) {
            parts.push_back(read_condition(part, place + "/" + name));
        }
        const bool all = std::string_view(name) == "all";
        return [parts, all](const Scope& scope) {
            const auto holds = [&scope](const Condition& part) { return part(scope); };
            return all ? std::all_of(parts.begin(), parts.end(), holds)
                       : std::any_of(parts.begin(), parts.end(), holds);
        };
    }
    if (value.size() != 2 || !value.contains("path") || !value["path"].is_string()) {
        fault(place, shape);
        return never;
    }
    const Path path = known_path(value["path"].get<std::string>(), place + "/path", {});
    if (value.contains("equals")) {
        return [path, wanted = value["equals"]](const Scope& scope) {
            const Json* found = path.find(scope);
            return found != nullptr && *found == wanted;
        };
    }
    if (value.contains("in") && value["in"].is_array()) {
        return [path, wanted = value["in"]](const Scope& scope) {
            const Json* found = path.find(scope);
            return found != nullptr &&
                   std::find(wanted.begin(), wanted.end(), *found) != wanted.end();
        };
    }
    if (value.contains("is") && (value["is"] == "present" || value["is"] == "absent")) {
        return [path, wanted = value["is"] == "present"](const Scope& scope) {
            return is_present(path.find(scope)) == wanted;
        };
    }
    if (value.contains("matches") && value["matches"].is_string()) {
        try {
            const auto pattern =
                std::make_shared<const Pattern>(value["matches"].get<std::string>());
            return [path, pattern](const Scope& scope) {
                const std::string* text = path.find_text(scope);
                return text != nullptr && pattern->matches(*text);
            };
        } catch (const Error& error) {
            fault(place + "/matches", error.what());
            return never;
        }
    }
    fault(place, shape);
    return never;
}

void Arguments::finish(const std::vector<std::string>& read_elsewhere) {
    taken_.insert(taken_.end(), read_elsewhere.begin(), read_elsewhere.end());
    for (const auto& [name, value] : object_.items()) {
        if (std::find(taken_.begin(), taken_.end(), name) == taken_.end()) {
            std::vector<std::string> known = taken_;
            std::sort(known.begin(), known.end());
            known.erase(std::unique(known.begin(), known.end()), known.end());
            fault(pointer_token(name), "unknown member; known here: " + list_of(known));
        }
    }
}

}  // namespace yinxin::pdf::rules
