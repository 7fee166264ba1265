// SPDX-License-Identifier: Apache-2.0
// Full validation of a PDF by its signatures alone. Links no private-key code, opens no file and no
// socket.
#pragma once

#include <memory>
#include <vector>

#include "common/bytes.h"
#include "common/ports.h"
#include "verify/report.h"

namespace yinxin::verify {

/// Trust anchors, an immutable snapshot; parsing is done once. Any thread.
class TrustStore {
  public:
    /// `intermediates_der`: trusted by nobody, but known where a file carries no chain, as
    /// signatures with seals of GB/T 38540 never do.
    explicit TrustStore(const std::vector<Bytes>& anchors_der,
                        const std::vector<Bytes>& intermediates_der = {});
    ~TrustStore();
    TrustStore(const TrustStore&) = delete;
    TrustStore& operator=(const TrustStore&) = delete;
    struct Impl;
    const Impl& impl() const { return *impl_; }

  private:
    std::unique_ptr<Impl> impl_;
};

struct RevocationPolicy {
    enum class Asking {
        Never,  ///< by what is in the file; where that says nothing a note does
        List,   ///< the same, and the report lists what should be asked
        Asked   ///< it was: who is not answered for is not trusted for now (TRY_LATER)
    } asking = Asking::Never;
    std::vector<Bytes> ocsp_responses{}, crls{};  ///< DER, besides those in the file
};

struct Policy {
    /// SHA-256 of certificates that seal for this instance: for their signatures only DSS and
    /// DocTimeStamp may follow.
    std::vector<Bytes> own_certificate_sha256;
    RevocationPolicy revocation{};
};

/// Never throws for anything in `pdf`; throws Error{Internal} only when it could not look.
DocumentReport verify_document(ByteView pdf,
                               const TrustStore& trust,
                               const Policy& policy,
                               Time now);

}  // namespace yinxin::verify
