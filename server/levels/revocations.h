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
#include "verify/document_verifier.h"

namespace yinxin::server {

/// Any thread.
class Revocations {
  public:
    /// For so long an answer is given again. Counted from the question: a responder may give out
    /// what it signed hours ago.
    static constexpr std::chrono::minutes age_max{5};

    Revocations(HttpClient& http, const Clock& clock, std::chrono::milliseconds deadline)
        : http_(http), clock_(clock), deadline_(deadline) {}

    /// Adds certificates and answers of `path` (DER, the signer's first, the anchor last) to
    /// `evidence`. Throws Error{Unavailable} when an answer about now cannot be had, Error{Refused}
    /// when a certificate of the path is revoked.
    void collect(const std::vector<Bytes>& path, pdf::Evidence& evidence);

    /// The same question for a file that somebody wants checked: answers of all kinds. Asked where
    /// at least one may be asked (HttpClient), else Never; who does not answer is left out, and is
    /// not asked again for half a minute.
    verify::RevocationPolicy ask_about(const std::vector<verify::RevocationWanted>& wanted);

  private:
    struct Answer {
        bool ocsp = true;
        Bytes der;
        keys::RevocationStatus status;
        std::chrono::milliseconds asked{};  ///< by Clock::gone_by()
    };
    /// Error{Forbidden} where nobody may be asked.
    Answer answer_for(const Bytes& certificate, const Bytes& issuer);
    Answer ask(const Bytes& certificate, const Bytes& issuer);
    Bytes fetch(HttpRequest request, const char* type);
    bool was_silent(const Bytes& key);

    HttpClient& http_;
    const Clock& clock_;
    const std::chrono::milliseconds deadline_;
    std::mutex mutex_;
    std::map<Bytes, Answer> kept_;                       ///< by SHA-256 of the certificate
    std::map<Bytes, std::chrono::milliseconds> silent_;  ///< whom nobody answered for, and when
};

}  // namespace yinxin::server
