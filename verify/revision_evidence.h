// SPDX-License-Identifier: Apache-2.0
// Validation data that came after a signature.
#pragma once

#include "verify/revision_step.h"

namespace yinxin::verify {

/// /DSS (ETSI EN 319 142-1, 5.4.2): certificates and revocation data may come, nothing may go.
void check_evidence(RevisionStep& step,
                    const pdf::reader::Dict& old_catalog,
                    const pdf::reader::Dict& new_catalog);

}  // namespace yinxin::verify
