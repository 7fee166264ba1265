// SPDX-License-Identifier: Apache-2.0
// UTCTime and GeneralizedTime as points in time. For keys/pki's own bodies.
#pragma once

#include <openssl/asn1.h>

#include "common/ports.h"

namespace yinxin::keys {

/// Throws Error{Malformed} when it is no time.
Time time_of(const ASN1_TIME* value);

}  // namespace yinxin::keys
