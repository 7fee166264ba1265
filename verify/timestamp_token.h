// SPDX-License-Identifier: Apache-2.0
// A time-stamp token by itself (RFC 3161): is it about these bytes, from an authority that may say
// so? For whoever has just asked a TSA.
#pragma once

#include <string>
#include <vector>

#include "common/bytes.h"
#include "common/ports.h"
#include "verify/document_verifier.h"

namespace yinxin::verify {

struct TokenAnswer {
    bool good = false;
    std::string why;                  ///< what is wrong with it; "" when good
    Time at{};                        ///< genTime
    std::vector<Bytes> certificates;  ///< inside the token, the TSA's first
};

/// `imprint`: SHA-256 of what was stamped; `nonce`: of the request, big-endian. Good: the imprint
/// and the nonce are these, the signature holds, the TSA's certificate has the right key usage, is
/// in the token, leads to an anchor and is valid at genTime, and genTime is not after `now`.
TokenAnswer check_token_alone(
    ByteView token, ByteView imprint, ByteView nonce, const TrustStore& trust, Time now);

}  // namespace yinxin::verify
