// SPDX-License-Identifier: Apache-2.0
// Checks a signature with a seal of GM/T 0031 or GB/T 38540 over given content: every step has a
// finding of its own. The order and what each means: verify/README.md.
#pragma once

#include <optional>
#include <vector>

#include "verify/assessment.h"
#include "verify/path_check.h"
#include "verify/tlv.h"

namespace yinxin::verify {

struct SesQuestion {
    Bytes data_hash;                          ///< SM3 of what is sealed
    std::vector<ByteView> more_certificates;  ///< of the DSS: possible issuers
    Time now{};
    RevocationCheck* revocation = nullptr;  ///< of maker and TSA; null: not looked at
};

struct SesAnswer {
    std::optional<Bytes> certificate;  ///< DER of the signer's, when it can be read
    std::optional<Time> claimed;       ///< timeInfo
    std::optional<Time> proven;        ///< of a time stamp over the signature
    /// Whether the seal may be believed: its maker, and its validity at the time of signing. The
    /// signer's own path is for the caller to look at.
    PathAnswer seal;
};

/// Whether what is sealed with this seal (DER of the SESeal) at `when` could be believed for what
/// the seal is: its maker's signature and path, its validity. Faults, and why it is not trusted, go
/// to `assessment`.
PathAnswer check_ses_seal(ByteView seal,
                          Time when,
                          const TrustStore& trust,
                          Assessment& assessment);

SesAnswer check_ses(const Tlv& value,
                    const SesQuestion& question,
                    const TrustStore& trust,
                    Assessment& assessment);

}  // namespace yinxin::verify
