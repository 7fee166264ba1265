// SPDX-License-Identifier: Apache-2.0
// A private key in a PKCS#11 token: it signs there and never leaves it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "keys/pkcs11_module.h"
#include "keys/private_key.h"

namespace yinxin::keys {

/// Any thread.
class Pkcs11Key : public PrivateKey {
  public:
    /// Logs in by this PIN and finds the key. `chain` may be empty.
    /// Throws what Pkcs11Module::spki throws, Error{Invalid} for a key that is none of p256,
    /// rsa2048, rsa3072 or when chain[0] is of another key.
    Pkcs11Key(std::string id, const Pkcs11Uri& uri, std::vector<Bytes> chain, const Secret& pin);

    const std::string& id() const override { return id_; }
    KeyAlgorithm algorithm() const override { return algorithm_; }
    const std::vector<Bytes>& chain() const override { return chain_; }
    /// Refuses what order_check.h refuses.
    Bytes sign(const SignOrder& order) override;
    void check_alive() override { module_->check(uri_); }

    const Bytes& spki() const { return spki_; }
    /// Without a look at what it is: for certificate requests.
    Bytes sign_plainly(ByteView message);

  private:
    const std::string id_;
    const Pkcs11Uri uri_;
    const std::shared_ptr<Pkcs11Module> module_;
    const Bytes spki_;
    const KeyAlgorithm algorithm_;
    const std::vector<Bytes> chain_;
};

}  // namespace yinxin::keys
