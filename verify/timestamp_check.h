// SPDX-License-Identifier: Apache-2.0
// Time-stamp tokens (RFC 3161): in a signature's unsigned attributes, or as the Contents of a
// DocTimeStamp.
#pragma once

#include <functional>
#include <optional>

#include "verify/algorithms.h"
#include "verify/assessment.h"
#include "verify/document_verifier.h"
#include "verify/tlv.h"

namespace yinxin::verify {

class RevocationCheck;

struct TimestampQuestion {
    std::function<Bytes(const DigestAlgorithm&)> imprint;  ///< of what the token must be about
    std::vector<ByteView> more_certificates;               ///< of the DSS
    Time now{};
    RevocationCheck* revocation = nullptr;  ///< of the TSA; null: not looked at
};

struct TimestampAnswer {
    std::optional<Time> stated;  ///< genTime
    std::optional<Time> proven;  ///< the same when token, certificate and trust all hold
    std::optional<Bytes> certificate;
    std::optional<Bytes> nonce;  ///< big-endian, as it stands
};

/// Verdicts of `assessment` are the token's own; the caller decides what they mean for what is
/// stamped.
TimestampAnswer check_timestamp(const Tlv& token,
                                const TimestampQuestion& question,
                                const TrustStore& trust,
                                Assessment& assessment);

}  // namespace yinxin::verify
