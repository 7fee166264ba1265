// SPDX-License-Identifier: Apache-2.0
// A real HttpServer on an ephemeral port with a made-up service behind it, and a client that sends
// raw bytes.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "common/error.h"
#include "server/http/server.h"

namespace yinxin::server::test {

// Two well-formed codes: one the service knows, one it does not.
inline const std::string known_code = "7K3M9Q2T5W8X4Y6Y";
inline const std::string unknown_code = "ABCDEFGHJKLMNPQ5";
inline const std::string api_key = "test-key-of-a-caller";

struct FixedClock : Clock {
    Time at{std::chrono::sys_days{std::chrono::year{2026} / 1 / 31}};
    Time now() const override { return at; }
};
struct CountingRandom : Random {
    Bytes bytes(std::size_t count) override;
    std::uint8_t next = 1;
};

/// Reads one answer apart.
struct Answer {
    int status = 0;                             ///< 0: the server said nothing
    std::map<std::string, std::string> fields;  ///< names in lower case
    std::string body;
    std::string raw;

    std::string field(const std::string& name) const;
    Json json() const { return Json::parse(body); }
};

/// One connection.
class Client {
  public:
    /// From another loopback address where one is given.
    explicit Client(std::uint16_t port, const std::string& from = "127.0.0.1");
    ~Client();
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    /// False when the server has closed.
    bool send(const std::string& bytes);
    /// One answer by its Content-Length; `head` for answers to HEAD.
    Answer read_answer(bool head = false);
    /// Everything until the server closes, or what came within `patience`.
    std::string read_to_end(std::chrono::milliseconds patience = std::chrono::seconds(5));
    /// True when the server closes within `patience` without saying anything more.
    bool closed_by_server(std::chrono::milliseconds patience = std::chrono::seconds(5));

  private:
    bool fill(std::chrono::steady_clock::time_point until);
    int fd_;
    std::string received_;
    bool ended_ = false;
};

/// Starts at once. Change `config` and `use` before calling start().
class TestServer {
  public:
    TestServer();
    void start();
    std::uint16_t port() const { return server_->port(); }
    HttpServer& server() { return *server_; }

    /// One request on a connection of its own.
    Answer get(const std::string& target, const std::string& extra_fields = "");
    Answer post(const std::string& target,
                const std::string& body,
                const std::string& extra_fields = "");
    Answer send(const std::string& raw, bool head = false);

    std::vector<std::string> log() const;
    std::string log_text() const;

    Config config;
    UseCases use;
    std::function<void()> authenticated = [] {};  ///< called when a key is looked up
    int threads_max = http_threads_max;
    Role role = Role::Issuer;  ///< of the one known key
    FixedClock clock;
    CountingRandom random;

  private:
    mutable std::mutex mutex_;
    std::vector<std::string> log_;
    std::unique_ptr<HttpServer> server_;
};

/// Authorization of the one known key.
inline std::string with_key() {
    return "Authorization: Bearer " + api_key + "\r\n";
}
inline std::string with_idempotency(const std::string& key = "k-1") {
    return with_key() + "Idempotency-Key: " + key + "\r\n";
}

/// What the service answers at tier 0 and 1 for the known code.
Json tier0();
Json tier1();
Json not_verified_answer();

}  // namespace yinxin::server::test
