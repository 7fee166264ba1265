// SPDX-License-Identifier: Apache-2.0
// The sealer as its parent sees it: keys that can be asked for signatures, and nothing else of
// them.
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "keys/private_key.h"
#include "server/children.h"

namespace yinxin::server {

/// Any thread; each call in flight has a connection of its own.
class SealerClient {
  public:
    /// Starts the sealer on the keys of `keys_dir`, but for those of the ids `closed`: they sign
    /// nothing more. Returns before the others are open.
    SealerClient(const std::filesystem::path& keys_dir,
                 const std::filesystem::path& passphrase_file,
                 const std::vector<std::string>& closed = {},
                 std::chrono::milliseconds deadline = std::chrono::seconds(5));

    /// Throws what kept the sealer from opening the keys.
    void wait_ready();
    /// It is still the user root, though without capabilities: a key is in a token, and there is no
    /// user yinxin-sealer. Throws as wait_ready.
    bool is_root();

    /// The key of this id; throws Error{NotFound} naming the ones there are, Error{Unavailable}
    /// saying why it cannot sign. The client outlives it.
    std::unique_ptr<keys::PrivateKey> key(const std::string& id);
    /// The same for a key whose chain is known already; asks nothing, so the sealer may be away.
    /// Throws Error{Malformed} when chain[0] is no certificate.
    std::unique_ptr<keys::PrivateKey> key(const std::string& id, std::vector<Bytes> chain);
    /// Of each key, what it has signed since the sealer started: {key: {purpose: n}}.
    nlohmann::json counts();
    /// Signatures per second of the bare key, measured in the sealer.
    double raw_signing_rate(const std::string& id, std::chrono::milliseconds span);

    /// One question, one answer. A sealer that does not answer in time is killed and replaced.
    /// Throws Error{Unavailable}, or what the sealer says.
    Message call(const Message& request) { return call(request, deadline_); }
    Message call(const Message& request, std::chrono::milliseconds deadline);

    pid_t pid() const { return keeper_.pid(); }

  private:
    Keeper::Connection borrow(std::chrono::milliseconds deadline);
    void give_back(Keeper::Connection connection);

    const std::chrono::milliseconds deadline_;
    std::mutex mutex_;
    std::vector<Keeper::Connection> idle_;
    Keeper keeper_;
};

}  // namespace yinxin::server
