// SPDX-License-Identifier: Apache-2.0
// What a later revision did to a signed document. Rejects by default: every object number a later
// cross-reference mentions must be explained by a rule. The rules are in verify/README.md.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "pdf/reader.h"
#include "verify/report.h"

namespace yinxin::verify {

struct RevisionRules {
    /// Sealed by this instance: only DSS and DocTimeStamp with an invisible field.
    bool own = false;
    /// Own documents: the signature dictionary of this instance's second seal, whose invisible
    /// field may be added; 0: none may.
    std::uint32_t second_seal = 0;
    /// Level of the certification in force; 0: none.
    int doc_mdp = 0;
    /// A FieldMDP transform or a field's /Lock is in the file: values of other fields then stay as
    /// they are.
    bool locked = false;

    bool only_evidence() const { return own || doc_mdp == 1; }
    auto operator<=>(const RevisionRules&) const = default;
};

/// Compares revision `later` (at least 1) with the one before it. Faults are changes that are not
/// allowed.
std::vector<Finding> check_revision(const pdf::reader::Document& document,
                                    std::size_t later,
                                    const RevisionRules& rules);

}  // namespace yinxin::verify
