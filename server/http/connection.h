// SPDX-License-Identifier: Apache-2.0
// One connection on its thread: reads heads and bodies within their deadlines and caps, writes
// answers, closes.
#pragma once

#include <Poco/Net/TCPServerConnection.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <string>

#include "server/http/application.h"
#include "server/http/connections.h"

namespace yinxin::server {

/// What all connections of a listener share.
struct ConnectionHouse {
    Application& application;
    Connections& connections;
    const AddressList& proxies;
    const LimitConfig& limits;
    std::function<bool()> crowded;    ///< no thread is free: do not keep the connection
    std::function<void()> make_room;  ///< ends connections that only wait, if others want a thread
    std::atomic<std::size_t> body_bytes = 0;  ///< held by all requests under way
};

/// What one request's body takes of the memory all bodies share.
class BodyCharge {
  public:
    explicit BodyCharge(std::atomic<std::size_t>& total) : total_(total) {}
    ~BodyCharge() { total_ -= mine_; }
    BodyCharge(const BodyCharge&) = delete;
    BodyCharge& operator=(const BodyCharge&) = delete;
    /// Charges up to `bytes`; false when all together then have more than `total_max`.
    bool cover(std::size_t bytes, std::size_t total_max) {
        const std::size_t more = bytes > mine_ ? bytes - mine_ : 0;
        mine_ += more;
        return (total_ += more) <= total_max;
    }

  private:
    std::atomic<std::size_t>& total_;
    std::size_t mine_ = 0;
};

class HttpConnection : public Poco::Net::TCPServerConnection {
  public:
    HttpConnection(const Poco::Net::StreamSocket& socket, ConnectionHouse& house);
    void run() override;

  private:
    using Deadline = std::chrono::steady_clock::time_point;
    enum class Read { Done, Closed, Late, Full };

    bool serve_one(Connections::Seat& seat, bool first);
    Read read_head(Connections::Seat& seat, bool first, std::size_t& size);
    void wait_as(Connections::Seat& seat, Connections::Seat::State state);
    Read read_body(std::string& body, std::size_t size, BodyCharge& charge);
    bool answer(Exchange& exchange, Response response);
    bool refuse(Exchange& exchange, std::string_view problem, const std::string& detail);

    Read receive_first(std::chrono::seconds patience);
    /// One recv; Late when nothing has come.
    Read receive_once(std::string& into, std::size_t bytes_max, int flags);
    bool wait_readable(Deadline deadline);
    Read receive(std::string& into, std::size_t bytes_max, Deadline deadline);
    bool send(std::string_view bytes);
    void linger(bool unread);

    ConnectionHouse& house_;
    int fd_;
    Poco::Net::IPAddress peer_;
    std::string pending_;               ///< received, not yet taken
    std::chrono::seconds patience_{0};  ///< of a recv that waits; 0: not set yet
};

}  // namespace yinxin::server
