// SPDX-License-Identifier: Apache-2.0
// How often each key has signed, by purpose, in a file: DIR/keys/operations. The sealer counts into
// mapped memory, so that its death loses nothing; whoever compares reads the file. keys/README.md
// has the format.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "keys/private_key.h"

namespace yinxin::keys {

/// {key: {purpose: operations}}; purposes never used are left out.
using OperationCounts = std::map<std::string, std::map<KeyPurpose, std::uint64_t>>;

/// Any thread; several processes may count into one file. Counting takes no system call.
class OperationCounter {
  public:
    /// Opens or makes the file (0600). A new counter, with a new id and all at zero, is begun where
    /// there was none, where the file is damaged, and after a power failure, which may have taken
    /// the last counts.
    explicit OperationCounter(const std::filesystem::path& file);
    /// For the holder of the instance's lock, before anybody counts: the same, closed again;
    /// answers its id.
    static std::string prepare(const std::filesystem::path& file);
    ~OperationCounter();
    OperationCounter(const OperationCounter&) = delete;
    OperationCounter& operator=(const OperationCounter&) = delete;

    const std::string& id() const;
    /// Before its first operation. Throws Error{TooLarge} when there is no room for one more key.
    void add_key(const std::string& key_id);
    /// Writes the counts to the disk and is not at work any more; counting may still go on.
    void close() noexcept;
    void count(const std::string& key_id, KeyPurpose purpose) noexcept;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

struct StoredOperations {
    std::string counter_id;
    OperationCounts counts;
};
/// What the file says now. Throws Error{NotFound}, Error{Malformed}.
StoredOperations read_operations(const std::filesystem::path& file);

}  // namespace yinxin::keys
