// SPDX-License-Identifier: Apache-2.0
// The demo's PKI as its parent sees it: a child process that answers on loopback.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "common/bytes.h"
#include "common/ports.h"
#include "server/children.h"
#include "server/config/config.h"

namespace yinxin::server {

/// Any thread. Where several processes of an instance have one, one of them answers and another
/// takes over when it goes.
class DemoPkiProcess {
  public:
    enum class Beside {
        StandBy,  ///< start one in any case: for as long as a server lives
        Use,      ///< start none while the instance's PKI answers: for one command
    };

    /// Returns before it answers. Throws Error{Forbidden} unless the instance is a demo.
    DemoPkiProcess(const Config& config, Beside beside);
    ~DemoPkiProcess();

    /// Throws Error{Unavailable} saying why it does not answer: what the process said, or that
    /// something else has the port.
    void wait_ready(std::chrono::milliseconds deadline = std::chrono::seconds(5));
    /// -1 when none was started, or it is not running.
    pid_t pid() const;

  private:
    bool answers();

    const std::string url_;
    Bytes root_;  ///< by which its answer is told from another's
    std::unique_ptr<HttpClient> client_;
    std::unique_ptr<Keeper> keeper_;
};

}  // namespace yinxin::server
