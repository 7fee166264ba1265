// SPDX-License-Identifier: Apache-2.0
// Whether the values a layout names exist and can be printed. What else stands in a layout is
// layout_check.h's business.
#pragma once

#include "pdf/layout.h"
#include "pdf/rules/faults.h"
#include "pdf/rules/scope.h"

namespace yinxin::pdf::rules {

/// Looks at every path. Those of a table's columns start at a row, all others at the document.
void check_layout_paths(const Layout& layout, const Catalog& catalog, Faults& faults);

}  // namespace yinxin::pdf::rules
