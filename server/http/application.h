// SPDX-License-Identifier: Apache-2.0
// From a request's head to its answer, without sockets: limits, API key, route, handler, problem,
// security fields, log.
#pragma once

#include <Poco/Net/IPAddress.h>

#include <atomic>
#include <memory>

#include "server/http/access_log.h"
#include "server/http/known_keys.h"
#include "server/http/limiter.h"
#include "server/http/router.h"
#include "server/http/server.h"

namespace yinxin::server {

/// A request under way.
struct Exchange {
    Request request;
    const Route* route = nullptr;
    std::string caller_group;
    std::chrono::steady_clock::time_point started;
    std::size_t body_bytes_max = 0;
    Role role = Role::Issuer;         ///< of request.caller
    std::optional<Response> refusal;  ///< set: answer with this, do not read the body
};

/// Any thread.
class Application {
  public:
    explicit Application(HttpParts parts);

    /// Everything that is decided before the body is read.
    Exchange admit(RequestHead head, const Poco::Net::IPAddress& peer);
    /// Runs the handler; never throws.
    Response answer(const Exchange& exchange);
    /// For a head that could not be read, a deadline, or a body that cannot be taken.
    Response refuse(const Exchange& exchange, std::string_view problem, const std::string& detail);
    /// A new exchange for a head that was no head.
    Exchange nameless(const Poco::Net::IPAddress& peer);
    /// Adds the fields every answer has and writes the log line.
    void finish(const Exchange& exchange, Response& response);

  private:
    Poco::Net::IPAddress client_address(const RequestHead& head,
                                        const Poco::Net::IPAddress& peer) const;
    void admit_route(Exchange& exchange);
    void admit_caller(Exchange& exchange);
    std::optional<Response> take(Limiter& limiter,
                                 const std::string& key,
                                 const Exchange& exchange);
    /// Whose key it is, or why not.
    void admit_key(Exchange& exchange, const std::string& key);
    void admit_role(Exchange& exchange);
    Response wait(const Exchange& exchange, int seconds);
    Response problem(const Exchange& exchange, const Error& error);
    Response problem(const Exchange& exchange,
                     const ProblemKind& kind,
                     const std::string& detail,
                     int retry_after = 0);
    std::string new_trace_id();

    const Config& config_;
    Authenticator authenticate_;
    AccessLog log_;
    RouteTable table_;
    Router router_;
    AddressList proxies_;
    Limiter callers_, failed_keys_, api_callers_;
    KnownKeys good_keys_;
    std::uint64_t trace_seed_;
    std::atomic<std::uint64_t> trace_count_ = 0;
};

}  // namespace yinxin::server
