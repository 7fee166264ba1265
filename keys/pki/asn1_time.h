// SPDX-License-Identifier: Apache-2.0
// UTCTime and GeneralizedTime as points in time, and back. For the bodies of keys only.
#pragma once

#include <openssl/asn1.h>

#include "common/ports.h"

namespace yinxin::keys {

/// Throws Error{Malformed} when it is no time.
Time time_of(const ASN1_TIME* value);
/// In whole seconds, rounded down; UTCTime until 2049 (RFC 5280, 4.1.2.5). Throws Error{Internal}.
void set_time(ASN1_TIME* target, Time time);

}  // namespace yinxin::keys
