// SPDX-License-Identifier: Apache-2.0
#include "pdf/form_folder.h"

#include <fstream>
#include <set>
#include <sstream>

#include "common/limits.h"

namespace yinxin::pdf::rules {
namespace {

/// What is wrong with a text that is JSON all the same.
struct BadShape {
    std::string detail;
};

/// nlohmann keeps the last of two members of one name; in a form that would silently drop half a
/// rule. And whoever walks through the values later does so by recursion.
Json parse_strictly(const std::string& text, std::string& twice) {
    std::vector<std::set<std::string>> names;
    const auto watch = [&](int depth, Json::parse_event_t event, Json& parsed) {
        if (depth > static_cast<int>(limits::json_depth_max)) {
            throw BadShape{"is nested deeper than " + std::to_string(limits::json_depth_max) +
                           " levels: make it flatter"};
        }
        if (event == Json::parse_event_t::object_start) {
            names.emplace_back();
        } else if (event == Json::parse_event_t::object_end) {
            names.pop_back();
        } else if (event == Json::parse_event_t::key &&
                   !names.back().insert(parsed.get<std::string>()).second) {
            twice = parsed.get<std::string>();
        }
        return true;
    };
    return Json::parse(text, watch);
}

/// "parse error at line 3, column 5: ..." without the library's own prefix.
std::string reason(const std::exception& error) {
    const std::string text = error.what();
    const std::size_t at = text.find("] ");
    return at == std::string::npos ? text : text.substr(at + 2);
}

}  // namespace

const std::vector<std::string>& FormFolder::names() {
    static const std::vector<std::string> names = {
        "disclosure.json", "example.json", "form.json", "input.schema.json", "layout.json"};
    return names;
}

FormFolder FormFolder::read(const std::filesystem::path& folder, std::vector<FormFault>& faults) {
    FormFolder result;
    for (const std::string& name : names()) {
        std::error_code fault;  // only a regular file has an end
        const bool regular = std::filesystem::is_regular_file(folder / name, fault);
        std::ifstream file;
        if (regular) {
            file.open(folder / name, std::ios::binary);
        }
        if (!regular || !file) {
            faults.push_back(
                {name,
                 "",
                 "the file is missing or cannot be read: every form has disclosure.json, "
                 "example.json, form.json, input.schema.json and layout.json"});
            continue;
        }
        if (std::filesystem::file_size(folder / name, fault) > limits::json_bytes_max) {
            faults.push_back({name, "", "the file is larger than 1 MiB: make it smaller"});
            continue;
        }
        std::ostringstream text;
        text << file.rdbuf();
        result.texts[name] = text.str();
        try {
            std::string twice;
            result.files[name] = parse_strictly(result.texts[name], twice);
            if (!twice.empty()) {
                faults.push_back(
                    {name,
                     "",
                     "the member \"" + twice + "\" stands twice in one object: remove one"});
            }
            if (!result.files[name].is_object()) {
                faults.push_back({name, "", "must hold one JSON object"});
                result.files.erase(name);
            }
        } catch (const BadShape& bad) {
            faults.push_back({name, "", bad.detail});
        } catch (const Json::exception& error) {
            faults.push_back({name, "", "is not JSON: " + reason(error)});
        }
    }
    return result;
}

}  // namespace yinxin::pdf::rules
