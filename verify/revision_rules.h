// SPDX-License-Identifier: Apache-2.0
// What may follow a signature, in a few switches. The rules themselves are in verify/README.md.
#pragma once

#include <compare>
#include <cstdint>

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

}  // namespace yinxin::verify
