// SPDX-License-Identifier: Apache-2.0
// A PKI in memory: root, intermediate, and keys certified below it. Link yinxin_keys.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "keys/certificate_writer.h"
#include "keys/crypto/random.h"
#include "keys/software_key.h"

namespace yinxin::tests {

class TestPki {
  public:
    explicit TestPki(Time now, keys::KeyAlgorithm authorities = keys::KeyAlgorithm::EcdsaP256)
        : now_(now),
          root_(keys::SoftwareKey::generate("Root", authorities)),
          intermediate_(keys::SoftwareKey::generate("Intermediate", authorities)) {
        root_->set_chain({certify(keys::CertificateUse::Root, *root_, *root_)});
        intermediate_->set_chain(
            {certify(keys::CertificateUse::Intermediate, *intermediate_, *root_)});
    }
    const Bytes& root() const { return root_->chain().front(); }
    /// The intermediate, which certifies the keys.
    const keys::SoftwareKey& issuer() const { return *intermediate_; }
    std::unique_ptr<keys::SoftwareKey> key(keys::CertificateUse use, keys::KeyAlgorithm algorithm) {
        auto key = keys::SoftwareKey::generate("示例市税务局", algorithm);
        key->set_chain({certify(use, *key, *intermediate_), intermediate_->chain().front()});
        return key;
    }

  private:
    Bytes certify(keys::CertificateUse use,
                  const keys::SoftwareKey& key,
                  const keys::SoftwareKey& issuer) {
        keys::CertificateOrder order;
        order.use = use;
        order.subject.organization = "Test";
        order.subject.common_name = key.id();
        order.spki = key.spki();
        order.not_before = now_ - std::chrono::hours(1);
        order.not_after = now_ + std::chrono::hours(24 * 365);
        return write_certificate(order, issuer, random_);
    }

    Time now_;
    keys::OpenSslRandom random_;
    std::unique_ptr<keys::SoftwareKey> root_, intermediate_;
};

}  // namespace yinxin::tests
