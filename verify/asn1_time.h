// SPDX-License-Identifier: Apache-2.0
// UTCTime and GeneralizedTime as DER has them (ITU-T X.690, 11.7 and 11.8): UTC, with seconds.
#pragma once

#include <optional>

#include "common/ports.h"
#include "verify/tlv.h"

namespace yinxin::verify {

/// nullopt when it is not one. A fraction of a second may stand in a GeneralizedTime and is left
/// out.
std::optional<Time> asn1_time(const Tlv& value);

}  // namespace yinxin::verify
