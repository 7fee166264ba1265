// SPDX-License-Identifier: Apache-2.0
// A TSA with a PKI of its own, in memory, and a clock that stands where it is set.
#pragma once

#include <memory>

#include "keys/timestamp_authority.h"
#include "tests/keys/test_pki.h"

namespace yinxin::tests {

class TestTsa {
  public:
    explicit TestTsa(Time now) : now_(now), pki_(now) {}

    void set_time(Time now) { now_ = now; }
    const Bytes& root() const { return pki_.root(); }
    const keys::SoftwareKey& issuer() const { return pki_.issuer(); }
    const Bytes& certificate() const { return key_->chain().front(); }
    /// A TimeStampResp.
    Bytes answer(ByteView request) const { return authority_.answer(request, now_); }

  private:
    Time now_;
    TestPki pki_;
    keys::OpenSslRandom random_;
    std::unique_ptr<keys::SoftwareKey> key_ =
        pki_.key(keys::CertificateUse::TimeStamping, keys::KeyAlgorithm::EcdsaP256);
    keys::TimestampAuthority authority_{*key_, pki_.issuer(), random_};
};

}  // namespace yinxin::tests
