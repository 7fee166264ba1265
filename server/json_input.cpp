// SPDX-License-Identifier: Apache-2.0
#include "server/json_input.h"

#include <algorithm>
#include <set>

#include "common/limits.h"

namespace yinxin::server {
namespace {

std::string place(std::string_view text, std::size_t offset) {
    const auto before = text.substr(0, std::min(offset, text.size()));
    const auto line = 1 + std::count(before.begin(), before.end(), '\n');
    const auto newline = before.rfind('\n');
    const auto column =
        newline == std::string_view::npos ? before.size() : before.size() - newline - 1;
    return "line " + std::to_string(line) + ", column " +
           std::to_string(std::max<std::size_t>(1, column));
}

// Walks the text once without building anything.
class Walk : public nlohmann::json_sax<nlohmann::json> {
  public:
    std::string fault;         ///< empty: nothing wrong
    std::size_t fault_at = 0;  ///< byte offset when the parser knows it

    bool null() override { return true; }
    bool boolean(bool) override { return true; }
    bool number_integer(number_integer_t) override { return true; }
    bool number_unsigned(number_unsigned_t) override { return true; }
    bool number_float(number_float_t, const string_t&) override { return true; }
    bool string(string_t&) override { return true; }
    bool binary(binary_t&) override { return true; }
    bool start_object(std::size_t) override { return open(); }
    bool start_array(std::size_t) override { return open(); }
    bool end_object() override { return close(); }
    bool end_array() override { return close(); }
    bool key(string_t& name) override {
        if (names_.back().insert(name).second)
            return true;
        fault = "The member \"" + name.substr(0, 64) + "\" appears twice in one object.";
        return false;
    }
    bool parse_error(std::size_t position,
                     const std::string&,
                     const nlohmann::detail::exception&) override {
        fault = "This is not JSON";
        fault_at = position;
        return false;
    }

  private:
    bool open() {
        names_.emplace_back();
        if (names_.size() <= limits::json_depth_max)
            return true;
        fault = "The JSON is nested more than 32 deep.";
        return false;
    }
    bool close() {
        names_.pop_back();
        return true;
    }
    std::vector<std::set<std::string>> names_;
};

bool is_kind(const nlohmann::json& value, Member::Kind kind) {
    return kind == Member::Kind::Text ? value.is_string() : value.is_object();
}

}  // namespace

nlohmann::json parse_json(std::string_view text) {
    Walk walk;
    if (!nlohmann::json::sax_parse(text.begin(), text.end(), &walk))
        throw Error(ErrorCode::Malformed,
                    walk.fault_at == 0 ? walk.fault
                                       : walk.fault + " (" + place(text, walk.fault_at) + ").");
    return nlohmann::json::parse(text.begin(), text.end());
}

std::string pointer_segment(const std::string& name) {
    std::string result;
    for (const char c : name) result += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
    return result;
}

void check_members(const nlohmann::json& json,
                   const std::vector<Member>& members,
                   const std::string& at) {
    if (!json.is_object())
        throw Error(ErrorCode::Invalid,
                    "The request breaks a rule.",
                    {{at, "type", "This must be a JSON object."}});
    std::vector<FieldError> faults;
    for (const auto& [name, value] : json.items())
        if (std::none_of(members.begin(), members.end(), [&name = name](const Member& member) {
                return member.name == name;
            }))
            faults.push_back({at + "/" + pointer_segment(name),
                              "unknown_field",
                              "This field is not known here; leave it out."});
    for (const auto& member : members) {
        const std::string pointer = at + "/" + pointer_segment(member.name);
        if (!json.contains(member.name)) {
            if (member.required)
                faults.push_back({pointer, "required", "This field is required."});
        } else if (!is_kind(json.at(member.name), member.kind)) {
            faults.push_back({pointer,
                              "type",
                              member.kind == Member::Kind::Text ? "This must be a string."
                                                                : "This must be an object."});
        }
    }
    if (!faults.empty())
        throw Error(ErrorCode::Invalid, "The request breaks a rule.", faults);
}

}  // namespace yinxin::server
