// SPDX-License-Identifier: Apache-2.0
#include "pdf/schema.h"

#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "common/money.h"
#include "common/time_text.h"
#include "pdf/rules/months.h"
#include "pdf/rules/text.h"
#include "pdf/schema_pattern.h"

namespace yinxin::pdf::rules {

namespace {

constexpr int ref_depth_max = 16;
constexpr int nodes_max = 10'000;

struct Format {
    const char* name;
    Kind kind;
    bool (*holds)(const std::string&);
    const char* words;  ///< "... must be WORDS"
};

const std::array<Format, 7> formats = {{
    {"amount",
     Kind::Amount,
     [](const std::string& text) { return Money::parse(text).has_value(); },
     "an amount with exactly two decimals in quotes, such as \"1234.50\" or \"-5.00\", below "
     "10^16"},
    {"decimal",
     Kind::Decimal,
     [](const std::string& text) { return Decimal::parse(text).has_value(); },
     "a decimal in quotes, such as \"12\" or \"0.125\", with at most 16 digits before and 13 after "
     "the point"},
    {"date",
     Kind::Date,
     [](const std::string& text) { return parse_sane_day(text).has_value(); },
     "a day that exists, YYYY-MM-DD"},
    {"month",
     Kind::Month,
     [](const std::string& text) { return parse_month(text).has_value(); },
     "a month, YYYY-MM"},
    {"month-range",
     Kind::MonthRange,
     [](const std::string& text) { return parse_month_range(text).has_value(); },
     "a month, YYYY-MM, or a range in order, YYYY-MM 至 YYYY-MM"},
    {"date-time",
     Kind::DateTime,
     [](const std::string& text) {
         const auto time = parse_rfc3339(text);
         return time && *time >= Time{} && text.size() <= 40;
     },
     "a time with its offset, such as 2026-01-31T09:00:00+08:00"},
    {"identifier",
     Kind::Identifier,
     [](const std::string& text) {
         return std::all_of(text.begin(), text.end(), [](char c) {
             return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z');
         });
     },
     "digits and the letters A to Z only"},
}};

const Format* find_format(const std::string& name) {
    for (const Format& format : formats) {
        if (name == format.name) {
            return &format;
        }
    }
    return nullptr;
}

using Type = Json::value_t;
constexpr std::array<Type, 10> value_types = {Type::null,
                                              Type::object,
                                              Type::array,
                                              Type::string,
                                              Type::boolean,
                                              Type::number_integer,
                                              Type::number_unsigned,
                                              Type::number_float,
                                              Type::binary,
                                              Type::discarded};

/// As schemas call it.
const char* name_of(Type type) {
    switch (type) {
        case Type::object:
            return "object";
        case Type::array:
            return "array";
        case Type::string:
            return "string";
        case Type::boolean:
            return "boolean";
        case Type::number_integer:
        case Type::number_unsigned:
            return "integer";
        case Type::null:
            return "null";
        default:
            return "number";
    }
}

}  // namespace

struct Schema::Node {
    std::set<std::string> types;
    std::array<bool, value_types.size()> takes{};  ///< the same, by Json::value_t
    std::map<std::string, std::unique_ptr<const Node>> properties;
    std::vector<std::string> required;
    std::unique_ptr<const Node> items;
    std::vector<Json> allowed;  ///< enum, const
    std::optional<Pattern> pattern;
    std::string pattern_text;
    std::string description;
    std::string format;
    const Format* shape = nullptr;  ///< of that name
    std::size_t length_min = 0, length_max = std::numeric_limits<std::size_t>::max();
    std::size_t items_min = 0, items_max = 0;
    std::int64_t minimum = std::numeric_limits<std::int64_t>::min();
    std::int64_t maximum = std::numeric_limits<std::int64_t>::max();
};

namespace {

using Node = Schema::Node;

/// Reads a schema once, following $ref.
class Reader {
  public:
    Reader(const Json& root, Faults& faults) : root_(root), faults_(faults) {}

    std::unique_ptr<const Node> read(const Json& schema, const std::string& pointer, int depth) {
        auto node = std::make_unique<Node>();
        if (++nodes_ >= nodes_max) {
            if (nodes_ == nodes_max) {
                fault(pointer,
                      "one schema too many: with every $ref written out there are more than " +
                          std::to_string(nodes_max) + "; describe fewer fields");
            }
            return node;
        }
        if (!schema.is_object()) {
            fault(pointer,
                  "a schema is an object such as {\"type\": \"string\", \"maxLength\": 60}");
            return node;
        }
        if (schema.contains("$ref")) {
            return read_reference(schema, pointer, depth);
        }
        for (const auto& [keyword, value] : schema.items()) {
            read_keyword(*node, keyword, value, pointer + "/" + pointer_token(keyword), depth);
        }
        check_bounds(*node, schema, pointer);
        return node;
    }

  private:
    void fault(const std::string& pointer, const std::string& detail) {
        faults_.add(pointer, "form", detail);
    }

    std::unique_ptr<const Node> read_reference(const Json& schema,
                                               const std::string& pointer,
                                               int depth) {
        const std::string name =
            schema["$ref"].is_string() ? schema["$ref"].get<std::string>() : "";
        const std::string prefix = "#/$defs/";
        const auto found = root_.find("$defs");
        if (schema.size() > 1) {
            fault(pointer, "beside \"$ref\" nothing else may stand");
        } else if (!name.starts_with(prefix) || found == root_.end() ||
                   !found->contains(name.substr(prefix.size()))) {
            fault(pointer + "/$ref",
                  "must name a schema in this file's \"$defs\", as in \"#/$defs/party\"");
        } else if (depth > ref_depth_max) {
            fault(pointer + "/$ref", "refers to itself: schemas may not be recursive");
        } else {
            return read((*found)[name.substr(prefix.size())],
                        "/$defs/" + name.substr(prefix.size()),
                        depth + 1);
        }
        return std::make_unique<Node>();
    }

    void read_keyword(Node& node,
                      const std::string& keyword,
                      const Json& value,
                      const std::string& at,
                      int depth) {
        if (keyword == "type") {
            read_types(node, value, at);
        } else if (keyword == "properties") {
            read_properties(node, value, at, depth);
        } else if (keyword == "required") {
            read_required(node, value, at);
        } else if (keyword == "items") {
            node.items = read(value, at, depth + 1);
        } else if (keyword == "enum") {
            read_enum(node, value, at);
        } else if (keyword == "const") {
            node.allowed = {value};
        } else if (keyword == "pattern") {
            read_pattern(node, value, at);
        } else if (keyword == "format") {
            node.format = value.is_string() ? value.get<std::string>() : "";
            node.shape = find_format(node.format);
            if (node.shape == nullptr) {
                fault(at,
                      "is not one of amount, decimal, date, month, month-range, date-time, "
                      "identifier");
            }
        } else if (keyword == "description") {
            node.description = value.is_string() ? value.get<std::string>() : "";
        } else if (keyword == "additionalProperties") {
            if (value != false) {
                fault(at, "must be false: unknown fields are always refused");
            }
        } else if (keyword == "minLength") {
            node.length_min = size(value, at);
        } else if (keyword == "maxLength") {
            node.length_max = size(value, at);
        } else if (keyword == "minItems") {
            node.items_min = size(value, at);
        } else if (keyword == "maxItems") {
            node.items_max = size(value, at);
        } else if (keyword == "minimum") {
            node.minimum = integer(value, at);
        } else if (keyword == "maximum") {
            node.maximum = integer(value, at);
        } else if (keyword != "$schema" && keyword != "$id" && keyword != "$defs" &&
                   keyword != "$comment" && keyword != "title" && keyword != "examples") {
            fault(at,
                  "this keyword is not supported; supported are type, properties, required, "
                  "additionalProperties, items, minItems, maxItems, enum, const, pattern, "
                  "minLength, maxLength, "
                  "format, minimum, maximum, $ref, $defs, title, description, $comment, examples");
        }
    }

    void read_types(Node& node, const Json& value, const std::string& at) {
        static const std::set<std::string> known = {
            "object", "array", "string", "integer", "boolean", "null"};
        for (const Json& type : value.is_array() ? value : Json::array({value})) {
            const std::string name = type.is_string() ? type.get<std::string>() : "";
            if (!known.contains(name)) {
                fault(at,
                      name == "number"
                          ? "numbers with a fraction are sent as strings: use \"string\" with the "
                            "format amount or decimal"
                          : "must be object, array, string, integer, boolean or null, or an array "
                            "of these");
            }
            node.types.insert(name);
            for (const Json::value_t each : value_types) {
                node.takes.at(static_cast<std::size_t>(each)) |= name == name_of(each);
            }
        }
    }

    void read_properties(Node& node, const Json& value, const std::string& at, int depth) {
        if (!value.is_object()) {
            fault(at, "must be an object of schemas");
            return;
        }
        for (const auto& [name, schema] : value.items()) {
            const std::string place = at + "/" + pointer_token(name);
            if (!Path::parse(name) || name.find_first_of(".[") != std::string::npos) {
                fault(place, "a field's name has letters, digits, _ and - only");
            } else if (name == "derived" || name == "issuer" || name == "issuance" ||
                       name == "pages") {
                fault(place,
                      "\"derived\", \"issuer\", \"issuance\" and \"pages\" are names the program "
                      "uses: choose another");
            }
            node.properties[name] = read(schema, place, depth + 1);
        }
    }

    void read_required(Node& node, const Json& value, const std::string& at) {
        for (const Json& name : value.is_array() ? value : Json::array({value})) {
            if (!name.is_string()) {
                fault(at, "must be an array of field names");
                return;
            }
            node.required.push_back(name.get<std::string>());
        }
    }

    void read_enum(Node& node, const Json& value, const std::string& at) {
        if (!value.is_array() || value.empty()) {
            fault(at, "must be an array of values");
            return;
        }
        node.allowed.assign(value.begin(), value.end());
    }

    void read_pattern(Node& node, const Json& value, const std::string& at) {
        try {
            node.pattern_text = value.is_string() ? value.get<std::string>() : "";
            node.pattern.emplace(node.pattern_text);
        } catch (const Error& error) {
            fault(at, error.what());
        }
    }

    std::size_t size(const Json& value, const std::string& at) {
        return static_cast<std::size_t>(std::max<std::int64_t>(0, integer(value, at)));
    }

    std::int64_t integer(const Json& value, const std::string& at) {
        if (!value.is_number_integer()) {
            fault(at, "must be a whole number");
            return 0;
        }
        return value.get<std::int64_t>();
    }

    /// An issuing server takes nothing of unbounded size, and no field it does not know.
    void check_bounds(const Node& node, const Json& schema, const std::string& at) {
        if (node.types.empty() && node.allowed.empty()) {
            fault(at, "\"type\" is missing");
        }
        if (node.types.contains("object") &&
            schema.value("additionalProperties", Json()) != false) {
            fault(at,
                  "an object needs \"additionalProperties\": false, so that mistyped fields are "
                  "refused");
        }
        for (const std::string& name : node.required) {
            if (!node.properties.contains(name)) {
                fault(at + "/required",
                      "\"" + name + "\" is required but not among \"properties\"");
            }
        }
        const bool bounded = schema.contains("maxLength") || !node.allowed.empty() ||
                             (!node.format.empty() && node.format != "identifier");
        if (node.types.contains("string") && !bounded) {
            fault(at,
                  "a string needs \"maxLength\", \"enum\", \"const\" or a \"format\", so that its "
                  "size is bounded");
        }
        if (node.types.contains("array") && (!schema.contains("maxItems") || !node.items)) {
            fault(at, "an array needs \"items\" and \"maxItems\", so that its size is bounded");
        }
        if (node.pattern && !schema.contains("maxLength")) {
            fault(at, "beside \"pattern\" a \"maxLength\" is needed");
        }
    }

    const Json& root_;
    Faults& faults_;
    int nodes_ = 0;
};

template <class Names>
std::string list_of(const Names& names) {
    std::string list;
    for (const std::string& name : names) {
        list += (list.empty() ? "" : ", ") + name;
    }
    return list;
}

/// Where a value stands. Its JSON Pointer is written only for a fault.
struct Place {
    const Place* above = nullptr;
    const std::string* name = nullptr;  ///< of a member; of an entry:
    std::size_t index = 0;

    std::string pointer() const {
        if (above == nullptr) {
            return "";
        }
        return above->pointer() + "/" +
               (name != nullptr ? pointer_token(*name) : std::to_string(index));
    }
};

/// Checks one value and those inside it.
class Visitor {
  public:
    explicit Visitor(Faults& faults) : faults_(faults) {}

    void visit(const Node& node, Json& value, const Place& place) {
        if (faults_.full()) {
            return;
        }
        if (!has_type(node, value, place)) {
            return;
        }
        if (value.is_object()) {
            visit_object(node, value, place);
        } else if (value.is_array()) {
            visit_array(node, value, place);
        } else if (value.is_string()) {
            visit_string(node, value, place);
        } else if (value.is_number_integer()) {
            visit_integer(node, value, place);
        }
        const bool allowed =
            node.allowed.empty() || value.is_null() ||
            std::find(node.allowed.begin(), node.allowed.end(), value) != node.allowed.end();
        if (!allowed) {
            std::vector<std::string> names;
            for (const Json& entry : node.allowed) {
                names.push_back(entry.is_string() ? entry.get<std::string>() : entry.dump());
            }
            faults_.add(place.pointer(), "enum", "It must be one of: " + list_of(names) + ".");
        }
    }

  private:
    bool has_type(const Node& node, const Json& value, const Place& place) {
        if (node.types.empty() || node.takes[static_cast<std::size_t>(value.type())]) {
            return true;
        }
        const std::string type = name_of(value.type());
        const bool quotes =
            (type == "number" || type == "integer") && node.types.contains("string");
        faults_.add(place.pointer(),
                    "type",
                    "It must be of type " + list_of(node.types) + ", not " + type +
                        (quotes ? ". Put the number in quotes." : ". Correct it."));
        return false;
    }

    void visit_object(const Node& node, Json& value, const Place& place) {
        auto& members = value.get_ref<Json::object_t&>();
        for (const std::string& name : node.required) {
            if (!members.contains(name)) {
                faults_.add(
                    Place{&place, &name}.pointer(), "required", "This field is missing. Add it.");
            }
        }
        auto known = node.properties.begin();  // both are in the order of their names
        for (auto& [name, member] : members) {
            const Place inside{&place, &name};
            int order = 1;
            while (known != node.properties.end() && (order = known->first.compare(name)) < 0) {
                ++known;
            }
            if (known != node.properties.end() && order == 0) {
                visit(*known->second, member, inside);
                continue;
            }
            std::vector<std::string> names;
            for (const auto& [property, schema] : node.properties) {
                names.push_back(property);
            }
            faults_.add(inside.pointer(),
                        "unknown_field",
                        "There is no such field. Remove it; here stand: " + list_of(names) + ".");
        }
    }

    void visit_array(const Node& node, Json& value, const Place& place) {
        if (value.size() < node.items_min) {
            faults_.add(place.pointer(),
                        "min_items",
                        "It has " + std::to_string(value.size()) + " entries; at least " +
                            std::to_string(node.items_min) + " are needed. Add some.");
        }
        if (value.size() > node.items_max) {
            faults_.add(place.pointer(),
                        "max_items",
                        "It has " + std::to_string(value.size()) + " entries; at most " +
                            std::to_string(node.items_max) + " are allowed. Split the document.");
            return;
        }
        auto& entries = value.get_ref<Json::array_t&>();
        for (std::size_t i = 0; i < entries.size(); ++i) {
            visit(*node.items, entries[i], {&place, nullptr, i});
        }
    }

    void visit_string(const Node& node, Json& value, const Place& place) {
        std::string& text = value.get_ref<std::string&>();
        text = to_nfc(std::move(text));
        if (node.shape != nullptr && node.shape->kind == Kind::Identifier) {
            text = normalise_identifier(text);
        }
        if (const std::optional<std::string> fault = text_fault(text)) {
            faults_.add(place.pointer(), "text", *fault);
            return;
        }
        const std::size_t length = length_of(text);
        if (length < node.length_min) {
            faults_.add(place.pointer(),
                        "min_length",
                        length == 0
                            ? "It may not be empty. Fill it in."
                            : "It has " + std::to_string(length) + " characters; at least " +
                                  std::to_string(node.length_min) + " are needed.");
        }
        if (length > node.length_max) {
            faults_.add(place.pointer(),
                        "max_length",
                        "It has " + std::to_string(length) + " characters; at most " +
                            std::to_string(node.length_max) + " are allowed. Shorten it.");
            return;
        }
        if (node.shape != nullptr && !node.shape->holds(text)) {
            faults_.add(
                place.pointer(), "format", std::string("It must be ") + node.shape->words + ".");
        }
        if (node.pattern && !node.pattern->matches(text)) {
            faults_.add(place.pointer(),
                        "pattern",
                        "It must have the form " +
                            (node.description.empty() ? node.pattern_text : node.description) +
                            ".");
        }
    }

    void visit_integer(const Node& node, const Json& value, const Place& place) {
        const bool huge = value.is_number_unsigned() &&
                          value.get<std::uint64_t>() >
                              static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
        const std::int64_t number =
            huge ? std::numeric_limits<std::int64_t>::max() : value.get<std::int64_t>();
        if (number < node.minimum) {
            faults_.add(place.pointer(),
                        "minimum",
                        "It must be at least " + std::to_string(node.minimum) + ".");
        }
        if (huge || number > node.maximum) {
            faults_.add(place.pointer(),
                        "maximum",
                        "It must be at most " + std::to_string(node.maximum) + ".");
        }
    }

    Faults& faults_;
};

Kind kind_of(const Node& node) {
    if (node.types.contains("object")) {
        return Kind::Object;
    }
    if (node.types.contains("array")) {
        return Kind::Array;
    }
    if (node.types.contains("integer")) {
        return Kind::Integer;
    }
    if (node.types.contains("boolean")) {
        return Kind::Boolean;
    }
    return node.shape == nullptr ? Kind::Text : node.shape->kind;
}

void list_node(const Node& node, const std::string& path, Catalog& catalog) {
    if (!path.empty()) {
        catalog.add(path, kind_of(node));
    }
    for (const auto& [name, child] : node.properties) {
        list_node(*child, path.empty() ? name : path + "." + name, catalog);
    }
    if (node.items) {
        for (const auto& [name, child] : node.items->properties) {
            list_node(*child, path + "[]." + name, catalog);
        }
    }
}

}  // namespace

Schema::Schema(const Json& schema, Faults& faults)
    : root_(Reader(schema, faults).read(schema, "", 0)) {
    if (!root_->types.contains("object")) {
        faults.add("/type", "form", "must be \"object\": a request's data is an object");
    }
}

Schema::~Schema() = default;

void Schema::validate(Json& data, Faults& faults) const {
    Visitor(faults).visit(*root_, data, {});
}

void Schema::list_paths(Catalog& catalog) const {
    list_node(*root_, "", catalog);
}

}  // namespace yinxin::pdf::rules
