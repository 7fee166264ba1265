// SPDX-License-Identifier: Apache-2.0
// A key whose probes are recorded in the audit table before and after, whoever makes them. All else
// it signs is recorded by who asks, in the transactions of what it is for.
#pragma once

#include "common/ports.h"
#include "keys/private_key.h"
#include "server/storage/store.h"

namespace yinxin::server {

/// Any thread. What is given outlives it.
class AuditedKey : public keys::PrivateKey {
  public:
    AuditedKey(keys::PrivateKey& key, Store& store, const Clock& clock)
        : key_(key), store_(store), clock_(clock) {}

    const std::string& id() const override { return key_.id(); }
    keys::KeyAlgorithm algorithm() const override { return key_.algorithm(); }
    const std::vector<Bytes>& chain() const override { return key_.chain(); }
    void check_alive() override { key_.check_alive(); }
    Bytes sign(const keys::SignOrder& order) override;

  private:
    keys::PrivateKey& key_;
    Store& store_;
    const Clock& clock_;
};

}  // namespace yinxin::server
