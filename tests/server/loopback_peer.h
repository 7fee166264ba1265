// SPDX-License-Identifier: Apache-2.0
// A server on loopback that does with each connection what a test says.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace yinxin::tests {

/// One end of a connection; closed by LoopbackPeer.
class PeerConnection {
  public:
    PeerConnection(int fd, const std::atomic<bool>& stopping) : fd_(fd), stopping_(stopping) {}

    /// False when the other side is gone.
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
    /// A request with its body; "" when the other side is gone.
    std::string read_request() const {
        std::string text;
        while (!whole(text)) {
            char part[4096];
            const ssize_t got = ::recv(fd_, part, sizeof part, 0);
            if (got <= 0) {
                return {};
            }
            text.append(part, static_cast<std::size_t>(got));
        }
        return text;
    }
    /// Until the other side goes, or the test ends.
    void wait_for_end() const {
        char ignored[256];
        while (!stopping_ && ::recv(fd_, ignored, sizeof ignored, 0) > 0) {
        }
    }

  private:
    static bool whole(const std::string& text) {
        const auto head = text.find("\r\n\r\n");
        if (head == std::string::npos) {
            return false;
        }
        const auto length = text.find("Content-Length: ");
        const std::size_t body =
            length == std::string::npos || length > head ? 0 : std::stoul(text.substr(length + 16));
        return text.size() >= head + 4 + body;
    }
    int fd_;
    const std::atomic<bool>& stopping_;
};

class LoopbackPeer {
  public:
    using Behaviour = std::function<void(const PeerConnection&)>;

    explicit LoopbackPeer(Behaviour behaviour) : behaviour_(std::move(behaviour)) {
        listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        auto* const plain = reinterpret_cast<sockaddr*>(&address);
        if (::bind(listener_, plain, size) != 0 || ::listen(listener_, 64) != 0 ||
            ::getsockname(listener_, plain, &size) != 0) {
            throw std::runtime_error("no listener on loopback");
        }
        port_ = ntohs(address.sin_port);
        thread_ = std::thread([this] { accept_all(); });
    }
    ~LoopbackPeer() {
        stopping_ = true;
        ::shutdown(listener_, SHUT_RDWR);
        thread_.join();
        {
            const std::lock_guard lock(mutex_);
            for (const int fd : open_) {
                ::shutdown(fd, SHUT_RDWR);
            }
        }
        for (std::thread& worker : workers_) {
            worker.join();
        }
        for (const int fd : open_) {
            ::close(fd);
        }
        ::close(listener_);
    }
    LoopbackPeer(const LoopbackPeer&) = delete;
    LoopbackPeer& operator=(const LoopbackPeer&) = delete;

    int port() const { return port_; }
    std::string entry(const std::string& host = "127.0.0.1") const {
        return host + ":" + std::to_string(port_);
    }
    std::string url(const std::string& host = "127.0.0.1") const {
        return "http://" + entry(host) + "/";
    }
    int connections() const { return connections_; }

  private:
    void accept_all() {
        for (;;) {
            const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
            if (fd < 0) {
                return;
            }
            ++connections_;
            const std::lock_guard lock(mutex_);
            open_.push_back(fd);
            workers_.emplace_back([this, fd] {
                behaviour_(PeerConnection(fd, stopping_));
                ::shutdown(fd, SHUT_RDWR);
            });
        }
    }

    Behaviour behaviour_;
    int listener_ = -1, port_ = 0;
    std::atomic<bool> stopping_{false};
    std::atomic<int> connections_{0};
    std::mutex mutex_;
    std::vector<int> open_;
    std::vector<std::thread> workers_;
    std::thread thread_;
};

}  // namespace yinxin::tests
