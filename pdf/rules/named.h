// SPDX-License-Identifier: Apache-2.0
// A table of what a form may call by name: entries with a member `name`.
#pragma once

#include <string>

#include "pdf/rules/faults.h"

namespace yinxin::pdf::rules {

/// The entry of this name; nullptr when there is none, and the fault at `pointer` lists those there
/// are. `what` is the word for one of them.
template <class Entries>
const typename Entries::value_type* find_named(const Entries& entries,
                                               const std::string& name,
                                               const std::string& what,
                                               const std::string& pointer,
                                               Faults& faults) {
    std::string names;
    for (const auto& entry : entries) {
        if (name == entry.name) {
            return &entry;
        }
        names += (names.empty() ? "" : ", ") + std::string(entry.name);
    }
    faults.add(pointer, "form", "there is no " + what + " \"" + name + "\"; there are: " + names);
    return nullptr;
}

}  // namespace yinxin::pdf::rules
