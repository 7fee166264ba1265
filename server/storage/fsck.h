// SPDX-License-Identifier: Apache-2.0
// Reads the whole register through a read-only connection and says what does not hold. Works beside
// a running server.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "server/storage/store.h"

namespace yinxin::server {

struct FsckFault {
    std::string kind;    ///< stable short name: gap, duplicate_code, bytes, leaf, audit_chain ...
    std::string detail;  ///< which row; never personal data
};

struct FsckReport {
    std::uint64_t numbers = 0;  ///< taken
    std::uint64_t issued = 0;   ///< ISSUED or later
    std::uint64_t voided = 0;
    std::uint64_t unsettled = 0;     ///< RESERVED
    std::uint64_t orphan_bytes = 0;  ///< stored bytes no issued document owns
    std::uint64_t operations = 0;    ///< of private keys, as the sealer counts them
    std::uint64_t unanswered = 0;    ///< uses of a key that began and have no end
    std::vector<FsckFault> faults;
};

struct FsckOptions {
    /// A RESERVED row older than this is a fault; younger ones are only counted, a server may be at
    /// work on them.
    std::chrono::seconds grace{600};
    bool integrity_check = true;  ///< SQLite's own, slow on large files
    /// DIR/keys/operations: what the sealer counted is compared with the audit table, key by key
    /// and purpose by purpose. Empty: it is not.
    std::filesystem::path operations{};
};

/// Throws only when the database cannot be opened at all.
FsckReport fsck(const StoreOptions& options, const FsckOptions& fsck_options, Time now);

}  // namespace yinxin::server
