// SPDX-License-Identifier: Apache-2.0
// layout.json into elements: kinds and ranges of the single values, unknown members. What must hold
// between them is layout_check.h's.
#pragma once

#include <vector>

#include "pdf/layout.h"

namespace yinxin::pdf {

/// What cannot be read goes to `faults`; the element stays with the values that could be.
Layout read_layout_elements(const Json& layout, std::vector<FormFault>& faults);

}  // namespace yinxin::pdf
