// SPDX-License-Identifier: Apache-2.0
// The bytes of a later revision: its objects, its cross-reference, and nothing between them that a
// reader which repairs files could take for an object.
#pragma once

#include "verify/revision_step.h"

namespace yinxin::verify {

void check_bytes(RevisionStep& step);

}  // namespace yinxin::verify
