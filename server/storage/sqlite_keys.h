// SPDX-License-Identifier: Apache-2.0
// KeyRegister on SQLite, and what the transactions of documents ask of it.
#pragma once

#include <functional>

#include "server/storage/key_register.h"
#include "server/storage/readers.h"
#include "server/storage/store.h"
#include "server/storage/writer.h"

namespace yinxin::server {

/// In a transaction that records this use. Throws Error{Unavailable} when the key may not be asked,
/// Error{Conflict} when what it has signed may not be kept.
void in_check_key(Connection& db, const KeyUse& use);
/// Throws Error{Unavailable} unless the key is active; "" always is.
void in_check_active(Connection& db, const std::string& key_id);

class SqliteKeys : public KeyRegister {
  public:
    /// `writer` throws when the register is read-only.
    SqliteKeys(std::function<Writer&()> writer, Readers& readers)
        : writer_(std::move(writer)), readers_(readers) {}

    std::vector<KeyChange> key_changes() override;
    void change_key(const KeyChange& change) override;
    std::vector<SignedThing> signed_with(const std::string& key_id) override;
    std::map<std::string, Time> compromised_certificates() override;
    void count_from_now(const std::string& counter_id, Time at) override;

  private:
    std::vector<Bytes> sealing_certificates(const std::string& key_id);

    const std::function<Writer&()> writer_;
    Readers& readers_;
};

}  // namespace yinxin::server
