// SPDX-License-Identifier: Apache-2.0
// Seals PDFs that somebody else has made. The file is read in the inspector only; here it is bytes,
// to which a tail is put. The register keeps that it was sealed, and never the bytes.
#pragma once

#include "server/service/issuer.h"

namespace yinxin::server {

/// Any thread. `issuer` outlives it.
class ExternalSealer {
  public:
    ExternalSealer(const ServiceParts& parts, Issuer& issuer) : parts_(parts), issuer_(issuer) {}

    Service::Sealed seal(const Caller& caller, ByteView file, const Json& options);

  private:
    Bytes signed_revision(ByteView file,
                          const SealDraft& draft,
                          const signer::PadesSigner& signer,
                          ExternalSeal& act);
    void check(ByteView sealed, const SealDraft& draft, ExternalSeal& act);

    const ServiceParts& parts_;
    Issuer& issuer_;
};

}  // namespace yinxin::server
