// SPDX-License-Identifier: Apache-2.0
// The pages after a signature: the same ones, with the same content.
#pragma once

#include <cstdint>
#include <set>

#include "verify/revision_step.h"

namespace yinxin::verify {

/// `seal_fields` are the annotations that may be added, from check_fields().
void check_pages(RevisionStep& step, const std::set<std::uint32_t>& seal_fields);

}  // namespace yinxin::verify
