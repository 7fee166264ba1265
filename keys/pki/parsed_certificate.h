// SPDX-License-Identifier: Apache-2.0
// X.509 certificates parsed once: OpenSSL takes as long to read the key in one as to verify a
// signature, and the same few stand in every document.
#pragma once

#include <string_view>

#include "common/bytes.h"
#include "keys/crypto/openssl.h"

namespace yinxin::keys {

/// The certificate that `der` is, all of it, with the identifier of SM2 (set_sm2_id); null when it
/// is none. Shared with whoever asks again in this thread, which keeps the last ones: change a
/// copy.
X509Ptr parsed_certificate(ByteView der);
/// The same; throws Error{Malformed} naming `what` instead.
X509Ptr required_certificate(ByteView der, std::string_view what = "certificate");

}  // namespace yinxin::keys
