// SPDX-License-Identifier: Apache-2.0
// A small HTTP listener for the demo PKI: loopback only, few threads, small bodies, a deadline over
// each request.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "common/bytes.h"

namespace yinxin::server {

struct SmallRequest {
    std::string method;
    std::string target;        ///< as sent, percent-encoded
    std::string content_type;  ///< without parameters, in lower case
    Bytes body;
};

struct SmallAnswer {
    int status = 200;
    std::string content_type = "text/plain";
    Bytes body;
    std::string allow{};                ///< of 405
    std::chrono::milliseconds delay{};  ///< before anything is sent
    bool hang_up = false;               ///< send nothing at all
};

/// Any thread; never throws.
using SmallHandler = std::function<SmallAnswer(const SmallRequest&)>;

class LoopbackListener {
  public:
    /// Serves `listen` (ADDRESS:PORT) until destroyed. Throws Error{Invalid} unless the address is
    /// of loopback, Error{Conflict} when the port is in use.
    LoopbackListener(const std::string& listen, SmallHandler handler);
    /// Cuts what is under way.
    ~LoopbackListener();

    std::uint16_t port() const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace yinxin::server
