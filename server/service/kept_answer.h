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

namespace yinxin::server {

/// Any thread.
class KeptAnswer {
  public:
    struct Ages {
        std::chrono::steady_clock::duration fresh;   ///< younger: nobody asks
        std::chrono::steady_clock::duration usable;  ///< not older: given while somebody asks
    };

    KeptAnswer(std::function<nlohmann::json()> ask, Ages ages)
        : ask_(std::move(ask)), ages_(ages) {}

    /// nullopt: it is being found out for so long that the last answer is too old. Only the very
    /// first answer is waited for. Throws what `ask` throws.
    std::optional<nlohmann::json> get();

  private:
    using Instant = std::chrono::steady_clock::time_point;
    std::optional<nlohmann::json> ask_anew(std::unique_lock<std::mutex>& lock);

    const std::function<nlohmann::json()> ask_;
    const Ages ages_;
    std::mutex mutex_;
    std::condition_variable answered_;
    bool asking_ = false;
    std::optional<nlohmann::json> last_;
    Instant last_at_{};
};

}  // namespace yinxin::server
