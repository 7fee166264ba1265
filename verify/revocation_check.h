// SPDX-License-Identifier: Apache-2.0
// Whether the certificates of a path were revoked when they counted (RFC 5280, 6.3; ETSI EN 319
// 102-1, 5.2.6), by answers that the file brings or that are handed in. Asks nobody; says what is
// to be asked.
#pragma once

#include <map>
#include <utility>
#include <vector>

#include "keys/pki/revocation.h"
#include "verify/assessment.h"
#include "verify/document_verifier.h"
#include "verify/path_check.h"
#include "verify/signed_data.h"

namespace yinxin::verify {

/// One for a file. One thread.
class RevocationCheck {
  public:
    RevocationCheck(const RevocationPolicy& policy, Time now);

    // Answers (DER). What proves nothing about a certificate in question counts for nothing.
    void add_ocsp(Bytes response);
    void add_crl(Bytes list);
    /// What stands inside a signature: SignedData.crls (RFC 5652, 10.2.1) and the signed attribute
    /// adbe-revocationInfoArchival (ISO 32000-2, 12.8.3.3.2). Damaged data is left out.
    void add_from(const SignedData& data);

    /// `path`: DER, the signer's first, the anchor last; `question` says for when. Yes where
    /// nothing speaks against it.
    PathAnswer judge(const std::vector<Bytes>& path,
                     const PathQuestion& question,
                     Assessment& assessment);

    /// By RevocationPolicy::List: what no answer was found for.
    const std::vector<RevocationWanted>& wanted() const { return wanted_; }

  private:
    struct Found {
        const keys::RevocationStatus* revoked = nullptr;  ///< the newest, where that says so
        bool good = false, older = false;                 ///< older than the time in question
    };
    const std::vector<keys::RevocationStatus>& about(const Bytes& certificate, const Bytes& issuer);
    Found look(const std::vector<keys::RevocationStatus>& answers,
               const PathQuestion& question) const;
    PathAnswer unknown(const Bytes& certificate, const Bytes& issuer, Assessment& assessment);

    const RevocationPolicy& policy_;
    const Time now_;
    std::vector<Bytes> ocsp_, crls_;
    std::vector<RevocationWanted> wanted_;
    /// What all of them say: the same certificates stand in the paths of all signatures.
    std::map<std::pair<Bytes, Bytes>, std::vector<keys::RevocationStatus>> known_;
};

}  // namespace yinxin::verify
