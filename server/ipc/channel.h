// SPDX-License-Identifier: Apache-2.0
// Messages between yinxin's processes over a Unix stream socket: to the sealer, to the inspector,
// and to a running server from the command line. A frame is two little-endian u32 lengths, then a
// JSON object, then bytes.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>

#include "common/bytes.h"

namespace yinxin::server {

struct Message {
    nlohmann::json head;
    Bytes body;
};

inline constexpr std::size_t ipc_head_bytes_max = 4u << 20;
inline constexpr std::size_t ipc_body_bytes_max = 64u << 20;

/// Owns one connected socket. One thread at a time.
class Channel {
  public:
    explicit Channel(int fd) : fd_(fd) {}
    ~Channel();
    Channel(Channel&& other) noexcept;
    Channel& operator=(Channel&& other) noexcept;

    /// Throws Error{Unavailable} when the other side is gone or `deadline` passes (zero: wait for
    /// ever).
    void send(const Message& message, std::chrono::milliseconds deadline = {}) {
        send(message.head, message.body, deadline);
    }
    void send(const nlohmann::json& head, ByteView body, std::chrono::milliseconds deadline);
    /// nullopt: the other side closed between frames. Throws Error{Malformed} on a frame over the
    /// caps.
    std::optional<Message> receive(std::chrono::milliseconds deadline = {},
                                   std::size_t body_bytes_max = ipc_body_bytes_max);

    int fd() const { return fd_; }
    static Channel connect(const std::filesystem::path& socket);
    /// Both ends of a new connection.
    static std::pair<Channel, Channel> pair();
    /// A listening descriptor (mode 0600) that replaces a stale socket file; the caller owns it.
    static int listen(const std::filesystem::path& socket);
    /// The other side runs under our user id (SO_PEERCRED).
    bool peer_is_same_user() const;

    /// Hands a descriptor over (SCM_RIGHTS). A child's door, its descriptor 3, is such a channel:
    /// it says one hello as a message, then takes a new connection with each pass().
    void pass(int fd);
    /// The next connection; nullopt when the other side closed.
    std::optional<Channel> take();

  private:
    int fd_ = -1;
};

/// An Error across a channel: {"error": {"code", "detail", "fields"}}; rethrow_if_error throws it
/// again.
nlohmann::json error_to_json(const std::exception& error);
void rethrow_if_error(const nlohmann::json& head);

}  // namespace yinxin::server
