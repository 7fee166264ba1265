// SPDX-License-Identifier: Apache-2.0
// The child processes: started, watched, and replaced when they leave, die or hang. A child
// inherits nothing but its door (descriptor 3, see Channel::pass) and standard error: no listener,
// no database, no environment.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "server/ipc/channel.h"

namespace yinxin::server {

/// yinxin-sealer, yinxin-inspector, yinxin-painter, yinxin-demo-pki: beside this program or in
/// ../libexec/yinxin. Throws Error{Unavailable} naming both places.
std::filesystem::path find_program(const std::string& name);

struct ChildOptions {
    std::filesystem::path program;
    std::vector<std::string> arguments;  ///< never a secret: everybody can read them
    nlohmann::json order =
        nullptr;  ///< a Keeper's: sent through the door before the hello; null: none
    std::chrono::milliseconds start_deadline = std::chrono::seconds(20);
    std::chrono::milliseconds backoff_min = std::chrono::milliseconds(50);
    std::chrono::milliseconds backoff_max = std::chrono::seconds(5);
};

/// Starts a child for one order given at its door, returns its answer and awaits its end. Throws
/// what the child says, or Error{Unavailable}.
nlohmann::json ask_once(const ChildOptions& options, const nlohmann::json& order);

/// Keeps one child running. Any thread may call; a thread of its own starts and awaits the child,
/// because a child dies with the thread that started it (PR_SET_PDEATHSIG).
class Keeper {
  public:
    /// Returns at once; wait_ready() says whether it started.
    explicit Keeper(ChildOptions options);
    /// Closes the door; a child that does not leave within two seconds is killed.
    ~Keeper();
    Keeper(const Keeper&) = delete;
    Keeper& operator=(const Keeper&) = delete;

    /// What the child said when it was ready. Throws the child's own error, or Error{Unavailable}.
    nlohmann::json wait_ready();

    struct Connection {
        Channel channel;
        std::uint64_t generation = 0;  ///< which child it leads to
    };
    /// A new connection to the child; waits for one that is just being replaced. Throws
    /// Error{Unavailable} with what the child said that did not start.
    Connection connect(std::chrono::milliseconds deadline);
    /// Kills the child of this generation if it is still the one running; another takes its place.
    void replace(std::uint64_t generation);

    /// Of the child that is ready; 0 while none is.
    std::uint64_t generation() const;
    /// -1 while none is running.
    pid_t pid() const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace yinxin::server
