// SPDX-License-Identifier: Apache-2.0
// Settles in the background what an earlier run or a failure left open, again and again until it is
// done: serving does not wait for a sealer or a disk that may be away for long.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>

namespace yinxin::server {

class Recovery {
  public:
    struct Pauses {
        std::chrono::milliseconds least = std::chrono::seconds(1);
        std::chrono::milliseconds most = std::chrono::seconds(30);
    };

    /// Settles what it can, until it is asked to stop, and answers how much is still open.
    using Attempt = std::function<std::size_t(const std::stop_token& stop)>;

    /// `attempt` is called at once, then after pauses that grow while something stays open.
    Recovery(Attempt attempt, Pauses pauses);
    /// Asks an attempt under way to stop and waits for it.
    ~Recovery();
    Recovery(const Recovery&) = delete;
    Recovery& operator=(const Recovery&) = delete;

    /// Until the first attempt is over, or for as long as this.
    void await_first(std::chrono::milliseconds patience);

  private:
    void run();

    const Attempt attempt_;
    const Pauses pauses_;
    std::mutex mutex_;
    std::condition_variable changed_;
    bool first_over_ = false;
    std::stop_source stop_;
    std::thread thread_;  ///< last: starts when all else is there
};

}  // namespace yinxin::server
