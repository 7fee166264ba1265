// SPDX-License-Identifier: Apache-2.0
#include "server/http/server.h"

#include <Poco/Exception.h>
#include <Poco/Net/ServerSocket.h>
#include <Poco/Net/TCPServer.h>
#include <Poco/ThreadPool.h>
#include <Poco/Timespan.h>

#include <algorithm>

#include "server/http/connection.h"

namespace yinxin::server {
namespace {

constexpr int kThreadsMin = 16;
constexpr int kQueuedMax = 1024;
constexpr int kThreadIdleSeconds = 60;

class Factory : public Poco::Net::TCPServerConnectionFactory {
  public:
    explicit Factory(ConnectionHouse& house) : house_(house) {}
    // Poco takes ownership.
    Poco::Net::TCPServerConnection* createConnection(
        const Poco::Net::StreamSocket& socket) override {
        return std::make_unique<HttpConnection>(socket, house_).release();
    }

  private:
    ConnectionHouse& house_;
};

// Runs on the accepting thread, before a connection costs a thread.
class Door : public Poco::Net::TCPServerConnectionFilter {
  public:
    explicit Door(ConnectionHouse& house) : house_(house) {}
    bool accept(const Poco::Net::StreamSocket& socket) override {
        try {
            const auto peer = socket.peerAddress().host();
            if (!house_.proxies.contains(peer) && house_.connections.full(caller_group(peer)))
                return false;
        } catch (const Poco::Exception&) {
            return false;  // it left again already
        }
        house_.make_room();
        return true;
    }

  private:
    ConnectionHouse& house_;
};

}  // namespace

struct HttpServer::Impl {
    explicit Impl(HttpParts parts)
        : config(parts.config),
          proxies(config.trusted_proxies),
          threads_max(parts.threads_max),
          connections(config.limits.connections_per_address),
          application(std::move(parts)),
          pool("http", std::min(kThreadsMin, threads_max), 2 * threads_max, kThreadIdleSeconds) {}

    /// How many connections may be open, if another one comes, for those that wait to have threads,
    /// too. Those that are ending do not count: a thread that has yet to let go of its connection
    /// would else cost another one its place.
    int open_max() const { return threads_max - 1 - (server ? server->queuedConnections() : 0); }

    const Config& config;
    AddressList proxies;
    const int threads_max;
    Connections connections;
    Application application;
    ConnectionHouse house{application,
                          connections,
                          proxies,
                          config.limits,
                          [this] { return connections.open() > open_max(); },
                          [this] { connections.shed_to(open_max()); }};
    /// Twice as many as the server lets run: one that has just ended still counts for the pool, and
    /// Poco drops a connection for which there is none.
    Poco::ThreadPool pool;
    std::unique_ptr<Poco::Net::TCPServer> server;
    std::uint16_t port = 0;
};

HttpServer::HttpServer(HttpParts parts) : impl_(std::make_unique<Impl>(std::move(parts))) {}

HttpServer::~HttpServer() {
    try {
        drain_and_stop(std::chrono::milliseconds(0));
    } catch (const Poco::Exception&) {
        // Nothing is left to answer to.
    }
}

void HttpServer::start() {
    try {
        Poco::Net::ServerSocket socket;
        // Never SO_REUSEPORT: two servers would share one address unnoticed.
        socket.bind(Poco::Net::SocketAddress(impl_->config.listen), true, false);
        socket.listen(kQueuedMax);
        impl_->port = socket.address().port();
        Poco::Net::TCPServerParams::Ptr params(new Poco::Net::TCPServerParams);
        params->setMaxThreads(impl_->threads_max);
        params->setMaxQueued(kQueuedMax);
        // A thread that begins to wait while the server stops is not woken.
        params->setThreadIdleTime(Poco::Timespan(0, 250'000));
        Poco::Net::TCPServerConnectionFactory::Ptr factory(new Factory(impl_->house));
        impl_->server =
            std::make_unique<Poco::Net::TCPServer>(factory, impl_->pool, socket, params);
        impl_->server->setConnectionFilter(new Door(impl_->house));
        impl_->server->start();
    } catch (const Poco::Exception& error) {
        throw Error(ErrorCode::Unavailable,
                    "Cannot listen on " + impl_->config.listen + ": " + error.displayText() +
                        ". Choose another address with --listen ADDR:PORT.");
    }
}

std::uint16_t HttpServer::port() const {
    return impl_->port;
}

void HttpServer::drain_and_stop(std::chrono::milliseconds grace) {
    if (!impl_->server)
        return;
    impl_->connections.drain();
    impl_->server->stop();
    impl_->connections.drain();  // those that became idle meanwhile
    impl_->connections.wait_empty(grace);
    impl_->pool.joinAll();
    impl_->server.reset();
}

}  // namespace yinxin::server
