// SPDX-License-Identifier: Apache-2.0
// The revocation data a seal needs to be believed later: for every certificate of a path an OCSP
// answer, or else a CRL. Kept while it is fresh, so that many documents share one question.
#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "common/bytes.h"
#include "common/ports.h"
#include "keys/pki/revocation.h"
#include "pdf/evidence_update.h"

namespace yinxin::server {

/// Any thread.
class Revocations {
  public:
    /// An answer may be this much older than the moment it is wanted for.
    static constexpr std::chrono::minutes age_max{5};

    Revocations(HttpClient& http, const Clock& clock, std::chrono::milliseconds deadline)
        : http_(http), clock_(clock), deadline_(deadline) {}

    /// Adds certificates and answers of `path` (DER, the signer's first, the anchor last) to
    /// `evidence`. `at`: what the answers must speak about, a seal's time or a time stamp's. Throws
    /// Error{Unavailable} when an answer cannot be had, Error{Refused} when a certificate of the
    /// path is revoked.
    void collect(const std::vector<Bytes>& path, Time at, pdf::Evidence& evidence);

  private:
    struct Answer {
        bool ocsp = true;
        Bytes der;
        keys::RevocationStatus status;
    };
    Answer answer_for(const Bytes& certificate, const Bytes& issuer, Time at);
    Answer ask(const Bytes& certificate, const Bytes& issuer, Time now);
    Bytes fetch(HttpRequest request, const char* type);

    HttpClient& http_;
    const Clock& clock_;
    const std::chrono::milliseconds deadline_;
    std::mutex mutex_;
    std::map<Bytes, Answer> kept_;  ///< by SHA-256 of the certificate
};

}  // namespace yinxin::server
