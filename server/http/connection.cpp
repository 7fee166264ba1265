// SPDX-License-Identifier: Apache-2.0
#include "server/http/connection.h"

#include <Poco/DateTimeFormat.h>
#include <Poco/DateTimeFormatter.h>
#include <Poco/Net/StreamSocketImpl.h>
#include <Poco/Timespan.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <ctime>
#include <utility>

#include "common/limits.h"

namespace yinxin::server {
namespace {

using namespace std::chrono_literals;
using SteadyClock = std::chrono::steady_clock;

constexpr int kRequestsPerConnectionMax = 1000;
constexpr std::chrono::seconds kIdleMax = 5s;
constexpr std::size_t kChunk = 64u << 10;
// All bodies in memory at once; beyond, 503. Small ones never wait behind uploads.
constexpr std::size_t kHeldBodyBytesMax = 96u << 20;
constexpr std::size_t kSmallBody = 64u << 10;
// After a refusal the rest of the request is read and dropped, so that the answer is not lost to a
// reset.
constexpr std::size_t kDroppedBytesMax = 16u << 20;
constexpr auto kDropMax = 3s;
constexpr auto kCloseMax = 500ms;

/// Written once a second.
const std::string& http_date() {
    thread_local std::time_t second = 0;
    thread_local std::string text;
    if (const std::time_t now = std::time(nullptr); now != second) {
        text = Poco::DateTimeFormatter::format(Poco::Timestamp::fromEpochTime(now),
                                               Poco::DateTimeFormat::HTTP_FORMAT);
        second = now;
    }
    return text;
}

}  // namespace

HttpConnection::HttpConnection(const Poco::Net::StreamSocket& socket, ConnectionHouse& house)
    : TCPServerConnection(socket), house_(house), fd_(socket.impl()->sockfd()) {}

void HttpConnection::run() {
    peer_ = socket().peerAddress().host();
    socket().setNoDelay(true);
    const bool counted = !house_.proxies.contains(peer_);
    Connections::Seat seat(house_.connections, fd_, caller_group(peer_), counted);
    if (!seat.admitted())
        return;
    for (int served = 0; served < kRequestsPerConnectionMax; ++served)
        if (!serve_one(seat, served == 0))
            return;
    linger(false);
}

// True: the connection stays open for another request.
bool HttpConnection::serve_one(Connections::Seat& seat, bool first) {
    Exchange exchange;
    std::size_t size = 0;
    const Read head_read = read_head(seat, first, size);
    seat.now(Connections::Seat::State::Busy);
    switch (head_read) {
        case Read::Done:
            break;
        case Read::Closed:
            return false;
        case Read::Late:
            exchange = house_.application.nameless(peer_);
            return refuse(exchange, "request-timeout", "The head did not arrive within its time.");
        case Read::Full:
            exchange = house_.application.nameless(peer_);
            return refuse(exchange, "header-too-large", "The head has more than 16384 bytes.");
    }
    auto parsed = parse_head(std::string_view(pending_).substr(0, size));
    pending_.erase(0, size);
    if (const auto* fault = std::get_if<HeadFault>(&parsed)) {
        exchange = house_.application.nameless(peer_);
        return refuse(exchange, fault->problem, fault->detail);
    }
    exchange = house_.application.admit(std::move(std::get<RequestHead>(parsed)), peer_);
    const auto length = exchange.request.head.content_length.value_or(0);
    if (exchange.refusal) {
        exchange.refusal->close = exchange.refusal->close || length > 0;
        Response refusal = std::move(*exchange.refusal);
        return answer(exchange, std::move(refusal));
    }
    if (exchange.request.head.expects_continue && length > pending_.size() &&
        !send("HTTP/1.1 100 Continue\r\n\r\n"))
        return false;
    BodyCharge charge(house_.body_bytes);
    switch (read_body(exchange.request.body, length, charge)) {
        case Read::Done:
            return answer(exchange, house_.application.answer(exchange));
        case Read::Late:
            return refuse(exchange, "request-timeout", "The body did not arrive within its time.");
        case Read::Full:
            return refuse(exchange, "unavailable", "Too many uploads are under way.");
        case Read::Closed:
            break;
    }
    return false;
}

HttpConnection::Read HttpConnection::read_head(Connections::Seat& seat,
                                               bool first,
                                               std::size_t& size) {
    const auto header_max = std::chrono::seconds(house_.limits.header_seconds);
    auto deadline = SteadyClock::now() + header_max;
    if (pending_.empty()) {
        if (first)
            house_.make_room();  // it is new since it has a seat
        else
            wait_as(seat, Connections::Seat::State::Idle);
        if (house_.connections.draining() ||
            receive_first(first ? header_max : std::min(kIdleMax, header_max)) != Read::Done)
            return Read::Closed;
        if (!first)
            deadline = SteadyClock::now() + header_max;
    }
    bool waited = false;
    std::size_t searched = 0;
    while (true) {
        // A blank line ends the head; one made of bare LF is found too, and refused by the parser.
        for (; (searched = pending_.find('\n', searched)) != std::string::npos; ++searched) {
            if (searched == 0)
                continue;
            const bool blank =
                searched >= 2 && pending_[searched - 1] == '\r' && pending_[searched - 2] == '\n';
            if (blank || pending_[searched - 1] == '\n' || searched == 1) {
                size = searched + 1;
                return size > limits::header_bytes_max ? Read::Full : Read::Done;
            }
        }
        searched = pending_.size();
        if (searched > limits::header_bytes_max)
            return Read::Full;
        if (!pending_.empty() && !std::exchange(waited, true))
            wait_as(seat, Connections::Seat::State::Head);
        const Read read = receive(pending_, limits::header_bytes_max + 1, deadline);
        if (read != Read::Done)
            return read == Read::Late && pending_.empty() ? Read::Closed : read;
    }
}

// Who only waits may be the one who has to go.
void HttpConnection::wait_as(Connections::Seat& seat, Connections::Seat::State state) {
    seat.now(state);
    house_.make_room();
}

HttpConnection::Read HttpConnection::read_body(std::string& body,
                                               std::size_t size,
                                               BodyCharge& charge) {
    const auto deadline = SteadyClock::now() + std::chrono::seconds(house_.limits.body_seconds);
    body = pending_.substr(0, size);
    pending_.erase(0, body.size());
    while (body.size() < size) {
        if (size > kSmallBody && !charge.cover(body.size() + kChunk, kHeldBodyBytesMax))
            return Read::Full;
        const Read read = receive(body, std::min(kChunk, size - body.size()), deadline);
        if (read != Read::Done)
            return read;
    }
    return Read::Done;
}

bool HttpConnection::answer(Exchange& exchange, Response response) {
    const auto& head = exchange.request.head;
    response.close =
        response.close || !head.keep_alive || house_.connections.draining() || house_.crowded();
    house_.application.finish(exchange, response);
    const bool sent = send(serialize(response, head.method == "HEAD", http_date()));
    if (sent && response.close)
        linger(exchange.request.body.size() < head.content_length.value_or(0) ||
               head.method.empty());
    return sent && !response.close;
}

bool HttpConnection::refuse(Exchange& exchange,
                            std::string_view problem,
                            const std::string& detail) {
    return answer(exchange, house_.application.refuse(exchange, problem, detail));
}

// Waits in recv itself: one call for each request, where poll and recv are two.
HttpConnection::Read HttpConnection::receive_first(std::chrono::seconds patience) {
    const auto deadline = SteadyClock::now() + patience;
    if (patience != std::exchange(patience_, patience))
        socket().setReceiveTimeout(Poco::Timespan(patience.count(), 0));
    const Read read = receive_once(pending_, limits::header_bytes_max + 1, 0);
    // A signal may have come instead.
    return read == Read::Late ? receive(pending_, limits::header_bytes_max + 1, deadline) : read;
}

HttpConnection::Read HttpConnection::receive_once(std::string& into,
                                                  std::size_t bytes_max,
                                                  int flags) {
    char buffer[kChunk];
    const auto got = ::recv(fd_, buffer, std::min(bytes_max, sizeof buffer), flags);
    if (got > 0) {
        into.append(buffer, static_cast<std::size_t>(got));
        return Read::Done;
    }
    const bool later = got < 0 && (errno == EINTR || errno == EAGAIN || errno == EWOULDBLOCK);
    return later ? Read::Late : Read::Closed;
}

bool HttpConnection::wait_readable(Deadline deadline) {
    while (true) {
        const auto left =
            std::chrono::ceil<std::chrono::milliseconds>(deadline - SteadyClock::now()).count();
        if (left <= 0)
            return false;
        pollfd poll{fd_, POLLIN, 0};
        const int ready = ::poll(&poll, 1, static_cast<int>(left));
        if (ready > 0)
            return true;
        if (ready < 0 && errno != EINTR)
            return false;
    }
}

HttpConnection::Read HttpConnection::receive(std::string& into,
                                             std::size_t bytes_max,
                                             Deadline deadline) {
    while (SteadyClock::now() < deadline) {
        const Read read = receive_once(into, bytes_max, MSG_DONTWAIT);
        if (read != Read::Late)
            return read;
        if (!wait_readable(deadline))
            break;
    }
    return Read::Late;
}

// A reader that is too slow is cut: the whole answer has as much time as a whole request.
bool HttpConnection::send(std::string_view bytes) {
    const auto deadline = SteadyClock::now() + std::chrono::seconds(house_.limits.body_seconds);
    while (!bytes.empty()) {
        const auto sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent >= 0) {
            bytes.remove_prefix(static_cast<std::size_t>(sent));
            continue;
        }
        if (errno == EINTR)
            continue;
        if (errno != EAGAIN && errno != EWOULDBLOCK)
            return false;
        const auto left =
            std::chrono::ceil<std::chrono::milliseconds>(deadline - SteadyClock::now()).count();
        pollfd poll{fd_, POLLOUT, 0};
        if (left <= 0 || ::poll(&poll, 1, static_cast<int>(left)) == 0)
            return false;
    }
    return true;
}

// Closing with unread bytes would reset the connection and could destroy the answer on its way.
// What arrives now is dropped, never read as a request.
void HttpConnection::linger(bool unread) {
    ::shutdown(fd_, SHUT_WR);
    const auto deadline = SteadyClock::now() + (unread ? SteadyClock::duration(kDropMax)
                                                       : SteadyClock::duration(kCloseMax));
    std::string dropped;
    for (std::size_t total = 0; total < kDroppedBytesMax; total += dropped.size()) {
        dropped.clear();
        if (receive(dropped, kChunk, deadline) != Read::Done)
            return;
    }
}

}  // namespace yinxin::server
