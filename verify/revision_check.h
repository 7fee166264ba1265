// SPDX-License-Identifier: Apache-2.0
// What a later revision did to a signed document. Rejects by default: every object number a later
// cross-reference mentions must be explained by a rule. The rules are in verify/README.md.
#pragma once

#include <vector>

#include "pdf/reader.h"
#include "verify/report.h"
#include "verify/revision_rules.h"

namespace yinxin::verify {

/// Compares revision `later` (at least 1) with the one before it. Faults are changes that are not
/// allowed.
std::vector<Finding> check_revision(const pdf::reader::Document& document,
                                    std::size_t later,
                                    const RevisionRules& rules);

}  // namespace yinxin::verify
