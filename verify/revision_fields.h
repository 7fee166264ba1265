// SPDX-License-Identifier: Apache-2.0
// The form and its fields after a signature: what was filled in, signed or added.
#pragma once

#include <cstdint>
#include <set>

#include "verify/revision_step.h"

namespace yinxin::verify {

/// The numbers of signature fields and widgets that were added or got their value in this step:
/// they may stand in the pages' /Annots.
std::set<std::uint32_t> check_fields(RevisionStep& step,
                                     const pdf::reader::Dict& old_catalog,
                                     const pdf::reader::Dict& new_catalog);

}  // namespace yinxin::verify
