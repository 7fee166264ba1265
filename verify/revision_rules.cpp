// SPDX-License-Identifier: Apache-2.0
#include "verify/revision_rules.h"

#include <algorithm>

namespace yinxin::verify {

/// A name stands for the field and for all below it.
bool FieldLock::holds(const std::string& field) const {
    const bool named = std::any_of(names.begin(), names.end(), [&](const std::string& name) {
        return field == name || field.starts_with(name + ".");
    });
    return named != all_but;
}

bool RevisionRules::locked(const std::string& field) const {
    return std::any_of(
        locks.begin(), locks.end(), [&](const FieldLock& lock) { return lock.holds(field); });
}

}  // namespace yinxin::verify
