// SPDX-License-Identifier: Apache-2.0
// Asking other servers (TSA, OCSP, CRL) over HTTP: only those that configuration names, and within
// the caller's deadline and cap.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/ports.h"
#include "server/config/config.h"

namespace yinxin::server {

/// On libcurl. Any thread; connections are kept and used again. Asks http and https, follows no
/// redirect (the answer is the redirect itself), uses no proxy of the environment. An error never
/// carries what the other side sent.
class CurlHttpClient : public HttpClient {
  public:
    /// Each of `allowed` is "HOST" (the port of the scheme) or "HOST:PORT", IPv6 in brackets. A
    /// loopback, private, link-local or otherwise special address is reached only through an entry
    /// with its port: a name that resolves to one is refused otherwise, whoever answers for it.
    /// Throws Error{Invalid} on an entry that is neither.
    explicit CurlHttpClient(std::vector<std::string> allowed);
    ~CurlHttpClient() override;

    HttpAnswer send(const HttpRequest& request) override;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

/// Whether a numeric IPv4 or IPv6 address is one of the public internet (RFC 6890), which a name
/// may lead to by itself.
bool is_public_address(const std::string& address);

/// "HOST:PORT" of an address, as an entry for the client. Throws Error{Invalid} unless it is http
/// or https without a user's name.
std::string host_and_port(const std::string& url);

/// What this instance may ask: [outbound] allow, its TSAs and, in a demo, its own PKI.
std::vector<std::string> outbound_hosts(const Config& config);

}  // namespace yinxin::server
