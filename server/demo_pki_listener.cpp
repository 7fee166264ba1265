// SPDX-License-Identifier: Apache-2.0
#include "server/demo_pki_listener.h"

#include <Poco/Exception.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/Net/NetException.h>
#include <Poco/Net/ServerSocket.h>
#include <Poco/Net/StreamSocketImpl.h>
#include <Poco/Net/TCPServer.h>
#include <Poco/ThreadPool.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <set>
#include <sstream>

#include "common/error.h"

namespace yinxin::server {
namespace {

using namespace std::chrono_literals;
using SteadyClock = std::chrono::steady_clock;
using Poco::Net::HTTPMessage;
using Poco::Net::HTTPRequest;
using Poco::Net::HTTPResponse;

constexpr int kThreadsMax = 16;
constexpr int kQueuedMax = 64;
constexpr int kRequestsPerConnectionMax = 100;
constexpr std::size_t kHeadBytesMax = 16u << 10;
constexpr std::size_t kBodyBytesMax = 64u << 10;
constexpr auto kRequestMax = 10s;
constexpr auto kIdleMax = 5s;

/// Connections under way, so that all of them can be cut.
class Open {
  public:
    void add(int fd) {
        const std::lock_guard lock(mutex_);
        fds_.insert(fd);
        if (stopping_) {
            ::shutdown(fd, SHUT_RDWR);
        }
    }
    void remove(int fd) {
        const std::lock_guard lock(mutex_);
        fds_.erase(fd);
    }
    void cut_all() {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
        changed_.notify_all();
        for (const int fd : fds_) {
            ::shutdown(fd, SHUT_RDWR);
        }
    }
    /// False when everything is being cut.
    bool wait(std::chrono::milliseconds span) {
        std::unique_lock lock(mutex_);
        return !changed_.wait_for(lock, span, [this] { return stopping_; });
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::set<int> fds_;
    bool stopping_ = false;
};

struct House {
    SmallHandler handler;
    Open open{};
    std::function<bool()> crowded{};  ///< others wait for a thread
};

std::string type_without_parameters(const std::string& field) {
    std::string type = field.substr(0, field.find_first_of("; \t"));
    std::transform(type.begin(), type.end(), type.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return type;
}

SmallAnswer refusal(int status, const std::string& why) {
    SmallAnswer answer;
    answer.status = status;
    answer.body = to_bytes(as_bytes(why + "\n"));
    return answer;
}

class Connection : public Poco::Net::TCPServerConnection {
  public:
    Connection(const Poco::Net::StreamSocket& socket, House& house)
        : TCPServerConnection(socket), house_(house), fd_(socket.impl()->sockfd()) {}

    void run() override {
        house_.open.add(fd_);
        try {
            socket().setSendTimeout(Poco::Timespan(5, 0));
            for (int served = 0; served < kRequestsPerConnectionMax && serve_one(); ++served) {
            }
        } catch (const std::exception&) {  // the other side is gone, or talks nonsense
        }
        house_.open.remove(fd_);
    }

  private:
    /// True: the connection stays open for another request.
    bool serve_one() {
        if (pending_.empty() && !wait_readable(SteadyClock::now() + kIdleMax)) {
            return false;
        }
        const auto deadline = SteadyClock::now() + kRequestMax;
        const auto size = read_head(deadline);
        if (!size) {
            return false;
        }
        HTTPRequest head;
        std::istringstream text(pending_.substr(0, *size));
        pending_.erase(0, *size);
        try {
            head.read(text);
        } catch (const Poco::Exception&) {
            return send(refusal(400, "This is no HTTP request."), false);
        }
        const bool post = head.getMethod() == HTTPRequest::HTTP_POST;
        if (head.getChunkedTransferEncoding() || (post && !head.hasContentLength())) {
            return send(refusal(411, "Send the body with Content-Length."), false);
        }
        const auto length = head.hasContentLength() ? head.getContentLength64() : 0;
        if (length < 0 || static_cast<std::uint64_t>(length) > kBodyBytesMax) {
            return send(refusal(413, "The body has more than 65536 bytes."), false);
        }
        if (length > 0 && head.getExpectContinue() && !write("HTTP/1.1 100 Continue\r\n\r\n")) {
            return false;
        }
        SmallRequest request{.method = head.getMethod(),
                             .target = head.getURI(),
                             .content_type = type_without_parameters(head.getContentType()),
                             .body = {}};
        if (!read_body(request.body, static_cast<std::size_t>(length), deadline)) {
            return false;
        }
        const bool stay =
            head.getKeepAlive() && head.getVersion() == HTTPMessage::HTTP_1_1 && !house_.crowded();
        SmallAnswer answer = house_.handler(request);
        if (request.method == HTTPRequest::HTTP_HEAD) {
            answer.body.clear();
        }
        return send(answer, stay);
    }

    bool wait_readable(SteadyClock::time_point deadline) const {
        for (;;) {
            const auto left =
                std::chrono::ceil<std::chrono::milliseconds>(deadline - SteadyClock::now());
            pollfd entry{.fd = fd_, .events = POLLIN, .revents = 0};
            const int ready =
                left.count() > 0 ? ::poll(&entry, 1, static_cast<int>(left.count())) : 0;
            if (ready >= 0 || errno != EINTR) {
                return ready > 0;
            }
        }
    }

    bool receive(SteadyClock::time_point deadline) {
        char part[4096];
        if (!wait_readable(deadline)) {
            return false;
        }
        const ssize_t got = ::recv(fd_, part, sizeof part, MSG_DONTWAIT);
        if (got > 0) {
            pending_.append(part, static_cast<std::size_t>(got));
        }
        return got > 0 || (got < 0 && (errno == EINTR || errno == EAGAIN));
    }

    std::optional<std::size_t> read_head(SteadyClock::time_point deadline) {
        for (;;) {
            if (const auto end = pending_.find("\r\n\r\n"); end != std::string::npos) {
                return end + 4;
            }
            if (pending_.size() > kHeadBytesMax || !receive(deadline)) {
                return std::nullopt;
            }
        }
    }

    bool read_body(Bytes& body, std::size_t size, SteadyClock::time_point deadline) {
        while (pending_.size() < size) {
            if (!receive(deadline)) {
                return false;
            }
        }
        body = to_bytes(as_bytes(std::string_view(pending_).substr(0, size)));
        pending_.erase(0, size);
        return true;
    }

    bool send(const SmallAnswer& answer, bool stay) {
        if (!house_.open.wait(answer.delay) || answer.hang_up) {
            return false;
        }
        HTTPResponse head(HTTPMessage::HTTP_1_1,
                          static_cast<HTTPResponse::HTTPStatus>(answer.status));
        head.setReason(HTTPResponse::getReasonForStatus(head.getStatus()));
        head.setDate(Poco::Timestamp());
        head.setContentType(answer.content_type);
        head.setContentLength64(static_cast<Poco::Int64>(answer.body.size()));
        head.setKeepAlive(stay);
        if (!answer.allow.empty()) {
            head.set("Allow", answer.allow);
        }
        std::ostringstream text;
        head.write(text);
        return write(text.str() + std::string(as_text(answer.body))) && stay;
    }

    bool write(std::string_view bytes) const {
        while (!bytes.empty()) {
            const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent <= 0) {
                return false;
            }
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        }
        return true;
    }

    House& house_;
    int fd_;
    std::string pending_;  ///< received, not yet taken
};

class Factory : public Poco::Net::TCPServerConnectionFactory {
  public:
    explicit Factory(House& house) : house_(house) {}
    // Poco takes ownership.
    Poco::Net::TCPServerConnection* createConnection(
        const Poco::Net::StreamSocket& socket) override {
        return std::make_unique<Connection>(socket, house_).release();
    }

  private:
    House& house_;
};

Poco::Net::ServerSocket bound(const std::string& listen) {
    try {
        const Poco::Net::SocketAddress address(listen);
        if (!address.host().isLoopback()) {
            throw Error(ErrorCode::Invalid,
                        listen + " is no loopback address: the demo PKI is for this machine only");
        }
        Poco::Net::ServerSocket socket;
        socket.bind(address, true, false);
        socket.listen(kQueuedMax);
        return socket;
    } catch (const Poco::Exception& error) {
        throw Error(ErrorCode::Conflict, listen + ": " + error.displayText());
    }
}

}  // namespace

struct LoopbackListener::Impl {
    House house;
    Poco::ThreadPool pool{2, kThreadsMax};
    Poco::Net::TCPServer server;
    std::uint16_t port;

    Impl(const std::string& listen, SmallHandler handler)
        : Impl(bound(listen), std::move(handler)) {}

    Impl(const Poco::Net::ServerSocket& socket, SmallHandler handler)
        : house{.handler = std::move(handler)},
          server(new Factory(house), pool, socket, parameters()),
          port(socket.address().port()) {
        house.crowded = [this] { return server.queuedConnections() > 0; };
    }

    static Poco::Net::TCPServerParams::Ptr parameters() {
        Poco::Net::TCPServerParams::Ptr made(new Poco::Net::TCPServerParams);
        made->setMaxThreads(kThreadsMax);
        made->setMaxQueued(kQueuedMax);
        return made;
    }
};

LoopbackListener::LoopbackListener(const std::string& listen, SmallHandler handler)
    : impl_(std::make_unique<Impl>(listen, std::move(handler))) {
    impl_->server.start();
}

LoopbackListener::~LoopbackListener() {
    impl_->server.stop();
    impl_->house.open.cut_all();
    impl_->pool.joinAll();
}

std::uint16_t LoopbackListener::port() const {
    return impl_->port;
}

}  // namespace yinxin::server
