// SPDX-License-Identifier: Apache-2.0
// An answer that takes a while to find out, for many who ask: while one of them finds it out anew,
// the others get the last one and wait for nothing.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "common/ports.h"

namespace yinxin::server {

/// Any thread.
class KeptAnswer {
  public:
    struct Ages {
        std::chrono::milliseconds fresh;   ///< younger: nobody asks
        std::chrono::milliseconds usable;  ///< not older: given while somebody asks
    };

    /// `clock` outlives it.
    KeptAnswer(std::function<nlohmann::json()> ask, Ages ages, const Clock& clock)
        : ask_(std::move(ask)), ages_(ages), clock_(clock) {}

    /// Waits for an answer that is being found out when the last one is too old. nullopt: that
    /// takes longer than an answer stays usable. Throws what `ask` throws.
    std::optional<nlohmann::json> get();

  private:
    std::optional<nlohmann::json> ask_anew(std::unique_lock<std::mutex>& lock);

    const std::function<nlohmann::json()> ask_;
    const Ages ages_;
    const Clock& clock_;
    std::mutex mutex_;
    std::condition_variable answered_;
    bool asking_ = false;
    std::chrono::steady_clock::time_point asking_since_{};
    std::optional<nlohmann::json> last_;
    std::chrono::milliseconds last_at_{};  ///< as Clock::gone_by
};

}  // namespace yinxin::server
