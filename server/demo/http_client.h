// SPDX-License-Identifier: Apache-2.0
// How a demo asks its own authorities: they are started when the first question comes, unless they
// answer already. A command that needs none of them starts nothing.
#pragma once

#include <memory>
#include <mutex>

#include "common/ports.h"
#include "server/config/config.h"
#include "server/demo/process.h"

namespace yinxin::server {

/// Any thread. What is given outlives it.
class DemoHttpClient : public HttpClient {
  public:
    DemoHttpClient(const Config& config, HttpClient& client) : config_(config), client_(client) {}
    HttpAnswer send(const HttpRequest& request) override;

  private:
    const Config& config_;
    HttpClient& client_;
    std::mutex mutex_;
    std::unique_ptr<DemoPkiProcess> process_;
};

}  // namespace yinxin::server
