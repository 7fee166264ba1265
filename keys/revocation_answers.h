// SPDX-License-Identifier: Apache-2.0
// What a demo's authority says about the certificates it issued: revocation lists (RFC 5280, 5) and
// OCSP answers (RFC 6960).
#pragma once

#include <vector>

#include "common/ports.h"
#include "keys/pki/revocation_journal.h"
#include "keys/software_key.h"

namespace yinxin::keys {

/// How long an answer counts.
inline constexpr std::chrono::hours revocation_answer_life{24};

/// DER of a CRL of `issuer` (its chain()[0] is the authority) with those of `all` that it issued;
/// numbered by the time, so that a later one has the higher number.
Bytes write_revocation_list(const SoftwareKey& issuer,
                            const std::vector<Revocation>& all,
                            Time now);

/// How an answer is spoilt, for tests of those who read it.
enum class OcspFault {
    None,
    Stale,    ///< its time was over a week ago
    Revoked,  ///< every certificate is
    Unknown,  ///< no certificate is known
    Foreign,  ///< signed by a responder that the authority never certified
};

/// Answers for one authority. `issuer` is the authority's certificate (DER); the responder's
/// chain()[0] is certified by it. Any thread; the key outlives it.
class OcspResponder {
  public:
    OcspResponder(Bytes issuer, const SoftwareKey& responder);

    /// DER OCSPResponse to a DER OCSPRequest. Certificates of another issuer are unknown, others
    /// good unless `all` has them. A nonce is given back; a request that is none is answered
    /// malformedRequest.
    Bytes answer(ByteView request,
                 const std::vector<Revocation>& all,
                 Time now,
                 OcspFault fault = OcspFault::None) const;

  private:
    Bytes issuer_;
    const SoftwareKey& responder_;
};

}  // namespace yinxin::keys
