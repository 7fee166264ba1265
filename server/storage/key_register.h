// SPDX-License-Identifier: Apache-2.0
// What the register knows of private keys: which may sign, what each has signed, and since when its
// operations are counted. The keys themselves are the sealer's.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/bytes.h"
#include "common/ports.h"
#include "server/domain/key_state.h"

namespace yinxin::server {

struct KeyChange {
    std::string key_id;
    KeyState state = KeyState::Active;
    Time at{};
    std::string successor{};  ///< the key that signs in its place; "" while none does
    std::string reason{};
    std::vector<Bytes> certificates{};  ///< SHA-256 of those the key has now; of a compromised key
                                        ///< they are marked, with every earlier one
};

/// Something signed that was kept.
struct SignedThing {
    std::string purpose;  ///< "document", "token", "external_seal" ...
    std::string subject;  ///< id
    Time at{};
    std::string number, type, state;  ///< of a document
    Bytes sha256{};                   ///< of a file that was made elsewhere and sealed
};

/// Rows of the audit table of one key and purpose.
struct AuditedUses {
    std::uint64_t begun = 0;  ///< the key was asked
    std::uint64_t ended = 0;  ///< it answered: kept, or discarded
};

class KeyRegister {
  public:
    virtual ~KeyRegister() = default;

    /// The last change of each key that has one. A key without is as good as active.
    virtual std::vector<KeyChange> key_changes() = 0;
    /// From the moment it returns no use of a retired or compromised key begins, and nothing that a
    /// compromised one has signed is issued any more. Throws Error{Conflict} when the state does
    /// not follow the one before.
    virtual void change_key(const KeyChange& change) = 0;
    /// Documents and what else was signed with this key and kept, oldest first.
    virtual std::vector<SignedThing> signed_with(const std::string& key_id) = 0;
    /// SHA-256 (hexadecimal) of each certificate of a compromised key, and since when that is
    /// known.
    virtual std::map<std::string, Time> compromised_certificates() = 0;

    /// The sealer counts with this counter (keys/operation_counter.h). One that was never seen
    /// stands at zero: rows before now are not compared with it.
    virtual void count_from_now(const std::string& counter_id, Time at) = 0;
};

/// The key that signs where this one is named: itself, or who has come in its place.
std::string successor_of(const std::vector<KeyChange>& changes, const std::string& key_id);
/// Active when there is no change of it.
KeyState state_of(const std::vector<KeyChange>& changes, const std::string& key_id);

}  // namespace yinxin::server
