// SPDX-License-Identifier: Apache-2.0
// A clock that stands still until it is told otherwise. Any thread.
#pragma once

#include <atomic>
#include <chrono>

#include "common/ports.h"
#include "common/time_text.h"

namespace yinxin::tests {

class TestClock : public Clock {
  public:
    Time now() const override { return now_.load(); }
    std::chrono::milliseconds gone_by() const override { return gone_by_.load(); }
    /// Time goes by until then.
    void set(Time now) {
        gone_by_ = gone_by_.load() + (now - now_.load());
        now_ = now;
    }
    void forward(std::chrono::milliseconds span) { set(now() + span); }
    /// Somebody sets the clock.
    void step(std::chrono::milliseconds by) { now_ = now_.load() + by; }

  private:
    std::atomic<Time> now_{*parse_rfc3339("2026-01-31T01:00:00Z")};
    std::atomic<std::chrono::milliseconds> gone_by_{std::chrono::hours(5)};
};

}  // namespace yinxin::tests
