// SPDX-License-Identifier: Apache-2.0
// Whether the values a layout names exist. What else stands in a layout is layout.h's business.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "pdf/rules/faults.h"
#include "pdf/rules/scope.h"

namespace yinxin::pdf::rules {

/// Looks at every "{path}" in the layout's texts; inside an object with "rows": ARRAY a path may be
/// that of a row's member.
void check_layout_paths(const Json& layout, const Catalog& catalog, Faults& faults);

}  // namespace yinxin::pdf::rules
