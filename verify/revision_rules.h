// SPDX-License-Identifier: Apache-2.0
// What may follow a signature, in a few switches. The rules themselves are in verify/README.md.
#pragma once

#include <compare>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace yinxin::verify {

/// Fields whose values stay as they are: a FieldMDP transform (ISO 32000-1, 12.8.2.4) or the /Lock
/// of a signed field (table 233).
struct FieldLock {
    /// Of all fields but those named; else of those named.
    bool all_but = true;
    std::set<std::string> names;

    bool holds(const std::string& field) const;
    auto operator<=>(const FieldLock&) const = default;
};

struct RevisionRules {
    /// Sealed by this instance: only DSS and DocTimeStamp with an invisible field.
    bool own = false;
    /// Own documents: the signature dictionary of this instance's second seal, whose invisible
    /// field may be added; 0: none may.
    std::uint32_t second_seal = 0;
    /// Level of the certification in force; 0: none.
    int doc_mdp = 0;
    std::vector<FieldLock> locks;

    bool only_evidence() const { return own || doc_mdp == 1; }
    bool locked(const std::string& field) const;
    auto operator<=>(const RevisionRules&) const = default;
};

}  // namespace yinxin::verify
