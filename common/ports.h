// SPDX-License-Identifier: Apache-2.0
// How time, chance and other servers enter: interfaces, so that everything below server is tested
// without a clock, dice or a network.
#pragma once

#include <chrono>
#include <string>

#include "common/bytes.h"

namespace yinxin {

using Time = std::chrono::sys_time<std::chrono::milliseconds>;

/// Any thread.
class Clock {
  public:
    virtual ~Clock() = default;
    virtual Time now() const = 0;
    /// Time that has gone by since some moment; nobody can set it. Of a clock that says nothing
    /// else it is that of now(): one that is never set.
    virtual std::chrono::milliseconds gone_by() const { return now().time_since_epoch(); }
};

/// Cryptographically strong bytes; any thread. The only real one is keys/crypto's, on OpenSSL.
class Random {
  public:
    virtual ~Random() = default;
    virtual Bytes bytes(std::size_t count) = 0;
};

/// One request to a server that configuration names; never to an address out of a file.
struct HttpRequest {
    std::string url;
    std::string content_type;  ///< with a body: POST; empty: GET
    Bytes body;
    std::chrono::milliseconds deadline{3000};  ///< for all of it: resolving, connecting, answer
    std::size_t answer_bytes_max = 1u << 20;
};

struct HttpAnswer {
    int status = 0;
    std::string content_type;
    Bytes body;
};

/// Any thread.
class HttpClient {
  public:
    virtual ~HttpClient() = default;
    /// Throws Error{Unavailable} when there is no whole answer in time (the detail names the host
    /// and what failed), Error{Forbidden} when the address may not be asked. No redirects.
    virtual HttpAnswer send(const HttpRequest& request) = 0;
};

class SystemClock : public Clock {
  public:
    Time now() const override;
    /// Goes on while the machine sleeps.
    std::chrono::milliseconds gone_by() const override;
};

}  // namespace yinxin
