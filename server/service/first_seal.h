// SPDX-License-Identifier: Apache-2.0
// The first of two seals on a document, by GB/T 38540: visible, and no certification, so that the
// seal in CMS may follow it.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "server/service/seal_path.h"
#include "server/service/service.h"
#include "signer/ses_signer.h"
#include "verify/document_verifier.h"

namespace yinxin::server {

/// Any thread.
class FirstSeal {
  public:
    /// `parts.ses` is there; all outlive this.
    FirstSeal(const ServiceParts& parts, const verify::TrustStore& trust);

    /// Whether the key's certificate may seal. Outlived by this.
    SealPath& path() { return path_; }
    /// Throws Error{Unavailable} saying what the seal of this record lacks, at this time and now.
    void check(const keys::SealRecord& record, Time at);
    /// Asks the key for a probe at the first time. Throws Error{Unavailable}; check() held before.
    void make_signer(const keys::SealRecord& record);

    /// Makes it durable that the key will be asked.
    using Recorder = std::function<void(const std::vector<KeyUse>&)>;
    /// `pdf` with the seal; check() held before. `done` is given the audit row of the use.
    Bytes seal(ByteView pdf,
               const keys::SealRecord& record,
               const signer::SealOrder& order,
               const Recorder& record_uses,
               std::vector<KeyUse>& done);

    /// The same with a signature that no key made.
    Bytes specimen(ByteView pdf,
                   const keys::SealRecord& record,
                   const signer::SealOrder& order,
                   ByteView signature);

  private:
    const signer::SesSigner& signer_of(const keys::SealRecord& record);

    std::optional<std::string> fault_of(const Bytes& ses_seal, Time at);

    /// What was found about a SESeal; its maker's certificate may end while this runs.
    struct Looked {
        Time at;
        std::optional<std::string> fault;
    };

    keys::PrivateKey& key_;
    const Clock& clock_;
    const verify::TrustStore& trust_;
    SealPath path_;
    std::mutex mutex_;
    std::map<Bytes, Looked> looked_;                               ///< by SHA-256 of the SESeal
    std::map<Bytes, std::unique_ptr<signer::SesSigner>> signers_;  ///< by SHA-256 of the SESeal
};

}  // namespace yinxin::server
