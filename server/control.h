// SPDX-License-Identifier: Apache-2.0
// The control socket: the command line asks a running server, so that there is one writer. Whoever
// may open the socket (0600, same user) is the local operator.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>

#include "server/api/use_cases.h"
#include "server/key_keeper.h"

namespace yinxin::server {

inline const Caller local_operator{.id = "admin", .admin = true};

class ControlServer {
  public:
    /// Listens until destroyed; calls under way are answered before it goes.
    ControlServer(const std::filesystem::path& socket,
                  UseCases use_cases,
                  KeyUseCases keys,
                  KeyUses signing_keys = {},
                  SealUseCases seals = {});
    ~ControlServer();

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

/// The use cases of the server that listens there; nullopt when none does. The caller given to them
/// is not sent: it is the local operator. Any thread.
std::optional<UseCases> remote_use_cases(const std::filesystem::path& socket);
std::optional<SealUseCases> remote_seal_use_cases(const std::filesystem::path& socket);
std::optional<KeyUseCases> remote_key_use_cases(const std::filesystem::path& socket);
std::optional<KeyUses> remote_key_uses(const std::filesystem::path& socket);

}  // namespace yinxin::server
