// SPDX-License-Identifier: Apache-2.0
// The listener: connections with deadlines and caps, the strict reading of requests, limits per
// caller, and the routes of server/api behind them. Handlers never see Poco.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "common/ports.h"
#include "server/api/use_cases.h"
#include "server/config/config.h"
#include "server/domain/role.h"

namespace yinxin::server {

/// Who owns an API key.
struct KeyOwner {
    std::string name;
    Role role = Role::Issuer;
};
/// nullopt for an unknown key. Any thread.
using Authenticator = std::function<std::optional<KeyOwner>(const std::string& key)>;
/// Takes one finished JSON line without its newline. Any thread.
using LogSink = std::function<void(std::string_view line)>;

/// Writes lines to standard error, from a thread of its own (line_writer.h).
LogSink stderr_log();

inline constexpr int http_threads_max = 512;

/// Everything the listener needs from above. References outlive it.
struct HttpParts {
    const Config& config;
    UseCases use_cases;
    Authenticator authenticate;
    const Clock& clock;
    Random& random;
    int threads_max = http_threads_max;  ///< connections served at once; more wait
    LogSink log = stderr_log();
};

class HttpServer {
  public:
    explicit HttpServer(HttpParts parts);
    /// Stops at once when still running.
    ~HttpServer();

    /// Binds config.listen and serves. Throws Error{Unavailable} naming the address when it cannot
    /// be bound.
    void start();
    /// The bound port (config.listen may say port 0). Valid after start().
    std::uint16_t port() const;
    /// No new connections; idle ones are closed, requests under way are answered for at most
    /// `grace`.
    void drain_and_stop(std::chrono::milliseconds grace = std::chrono::seconds(10));

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace yinxin::server
