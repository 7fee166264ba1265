// SPDX-License-Identifier: Apache-2.0
// Shipped forms and sample data for the tests of forms.
#pragma once

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "common/error.h"
#include "common/time_text.h"
#include "pdf/form.h"
#include "tests/support/data.h"
#include "tests/support/temporary_folder.h"

namespace yinxin::pdf {

using tests::json_file;
using tests::TemporaryFolder;
using tests::write_text;

inline Json sample(const std::string& name) {
    return tests::sample(name + ".json");
}

inline std::shared_ptr<const Form> shipped(const std::string& type) {
    return Form::load(std::filesystem::path(YINXIN_FORMS) / type / "1");
}

inline const IssuerNames issuer = {"示例市税务局", "示", "990001", "99", "9", "v.example.cn"};
inline const Time now = *parse_rfc3339("2026-02-10T04:00:00Z");

/// "pointer rule" of every fault; empty when the data is accepted.
inline std::vector<std::string> refusals(const Form& form, const Json& data) {
    std::vector<std::string> result;
    try {
        form.evaluate(data, issuer, now);
    } catch (const Error& error) {
        for (const FieldError& field : error.fields()) {
            result.push_back(field.pointer + " " + field.rule);
        }
    }
    return result;
}

/// The files of the worked example: each is a fenced block under a line with its name in
/// backquotes.
inline std::map<std::string, std::string> files_in_readme() {
    std::istringstream readme(tests::read_text(std::string(YINXIN_FORMS) + "/README.md"));
    std::map<std::string, std::string> files;
    std::string name, previous;
    bool inside = false, wanted = false;
    for (std::string line; std::getline(readme, line); previous = line) {
        if (line.starts_with("## ")) {
            wanted = line == "## A whole type";
        }
        if (line.starts_with("```")) {
            inside = wanted && !inside && previous.size() > 2 && previous.front() == '`' &&
                     previous.back() == '`';
            name = inside ? previous.substr(1, previous.size() - 2) : "";
        } else if (inside) {
            files[name] += line + "\n";
        }
    }
    return files;
}

/// Writes the example with some files replaced and answers its folder.
inline std::filesystem::path write_example(const TemporaryFolder& root,
                                           const std::map<std::string, std::string>& other = {}) {
    const std::filesystem::path folder = root.path() / "property-tax-receipt" / "1";
    for (const auto& [name, text] : files_in_readme()) {
        write_text(folder / name, other.contains(name) ? other.at(name) : text);
    }
    return folder;
}

}  // namespace yinxin::pdf
