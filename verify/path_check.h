// SPDX-License-Identifier: Apache-2.0
// Whether a certificate leads to a trust anchor (RFC 5280, 6) and may seal; and whether the
// certificates that came along are undamaged.
#pragma once

#include <optional>
#include <vector>

#include "verify/assessment.h"
#include "verify/document_verifier.h"

namespace yinxin::verify {

class RevocationCheck;

struct PathQuestion {
    ByteView certificate;          ///< DER
    std::vector<ByteView> others;  ///< DER of possible issuers
    Time at{};                     ///< proven time, else now
    bool proven = false;
    bool time_stamping = false;  ///< a TSA's certificate; else a sealer's
    RevocationCheck* revocation = nullptr;
    bool own = false;  ///< this instance knows by itself whether its certificate was revoked
};

struct PathAnswer {
    Trust trust = Trust::Unknown;
    std::string reason;  ///< ETSI sub-indication where trust is not Yes
};

/// The one that trusts less; of equals the first.
PathAnswer worse_of(const PathAnswer& a, const PathAnswer& b);

PathAnswer check_path(const PathQuestion& question,
                      const TrustStore& trust,
                      Assessment& assessment);

/// Key usage and EKU of a sealer's certificate; "" when they fit.
std::string usage_fault(ByteView certificate);
/// id-kp-timeStamping, critical and alone (RFC 3161, 2.3).
bool is_time_stamping_certificate(ByteView certificate);

/// Each certificate must be signed by an issuer at hand when one is named by it (name or key
/// identifier), else it was damaged on the way: malformed.
void check_embedded_certificates(const std::vector<ByteView>& certificates,
                                 const TrustStore& trust,
                                 Assessment& assessment);

/// Proves the paths of a sealer (DER, his own certificate first) that documents at B-B ask for, so
/// that they need not be proven for the first one. What is wrong with them is not said here.
void get_to_know(const std::vector<Bytes>& chain, const TrustStore& trust, Time now);

}  // namespace yinxin::verify
