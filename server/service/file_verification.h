// SPDX-License-Identifier: Apache-2.0
// What a stranger is told about a file: which document of the register it is, was made of, or
// whose seal it carries.
#pragma once

#include <optional>

#include "server/service/service.h"

namespace yinxin::server {

/// Any thread.
class FileVerification {
  public:
    explicit FileVerification(const ServiceParts& parts);

    /// Byte match with the register first. Else the inspector reads the file, and its document is
    /// looked for by what the file begins with and by what its seals were made over.
    /// `caller`: see Inspector.
    Json answer(ByteView file, const std::string& caller);

  private:
    verify::DocumentReport inspect(ByteView file, bool elsewhere, const std::string& caller);
    Json registered(const RevisionInfo& revision);
    std::string outcome(ByteView file,
                        const verify::DocumentReport& report,
                        const std::optional<RevisionInfo>& known,
                        const std::optional<RevisionInfo>& sealed,
                        const std::optional<Document>& document);
    std::optional<RevisionInfo> registered_prefix(ByteView file,
                                                  const verify::DocumentReport& report);
    std::optional<RevisionInfo> registered_seal(ByteView file,
                                                const verify::DocumentReport& report);
    /// Where the newest seal ends that counts and after which something was changed; 0: none.
    std::size_t sealed_before_a_change(const verify::DocumentReport& report,
                                       const std::optional<RevisionInfo>& prefix);
    bool is_ours(const verify::SignatureReport& seal);
    bool sealed_by_us(const verify::DocumentReport& report);
    bool made_for_others(ByteView file, const verify::SignatureReport& seal);
    /// A seal of this instance's key that neither a document nor an act of sealing accounts for.
    bool unknown_seal_of_ours(ByteView file, const verify::DocumentReport& report);
    bool own_seal_may_hold(const verify::DocumentReport& report);

    const ServiceParts parts_;
    const std::vector<Bytes> own_certificate_sha256_;
    const bool sealed_with_sm2_;
};

}  // namespace yinxin::server
