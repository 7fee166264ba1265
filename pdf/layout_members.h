// SPDX-License-Identifier: Apache-2.0
// One JSON object of a layout.json: its members by name and kind. What is not as it should be is
// added to the faults, and a value that can be gone on with is returned.
#pragma once

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "pdf/layout.h"

namespace yinxin::pdf {

/// "taxpayer.name" -> {"taxpayer", "name"}
std::vector<std::string> split_path(std::string_view text);

class Members {
  public:
    /// References outlive it.
    Members(const Json& json, std::string pointer, std::vector<FormFault>& faults);

    /// "" is the object itself.
    void fault(const std::string& member, const std::string& detail);
    const std::string& pointer() const { return pointer_; }
    std::vector<FormFault>& faults() { return faults_; }

    /// nullptr when it is absent or null.
    const Json* find(const std::string& member);
    bool has(const std::string& member) { return find(member) != nullptr; }

    double number(const std::string& member, double fallback, double least, double most);
    bool boolean(const std::string& member, bool fallback);
    std::string text(const std::string& member, const std::string& fallback = "");
    template <typename T>
    T word(const std::string& member,
           T fallback,
           const std::vector<std::pair<std::string, T>>& words) {
        if (!has(member)) {
            return fallback;
        }
        const std::string given = text(member);
        std::string all;
        for (const auto& [name, value] : words) {
            if (name == given) {
                return value;
            }
            all += (all.empty() ? "" : ", ") + name;
        }
        fault(member, "is \"" + given + "\"; write one of: " + all);
        return fallback;
    }
    std::vector<double> numbers(const std::string& member, std::size_t count);
    Color color(const std::string& member, Color fallback);
    Box box(const std::string& member);
    Template words(const std::string& member) { return parse_template(member, text(member)); }
    Template parse_template(const std::string& member, const std::string& source);

    /// Members that were not asked for are faults.
    void finish();

  private:
    const Json& json_;
    std::string pointer_;
    std::vector<FormFault>& faults_;
    std::set<std::string> known_;
};

}  // namespace yinxin::pdf
