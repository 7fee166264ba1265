// SPDX-License-Identifier: Apache-2.0
// A clock that goes when it is told to.
#pragma once

#include "common/ports.h"
#include "common/time_text.h"

namespace yinxin::tests {

class SetClock : public Clock {
  public:
    Time now() const override { return now_; }
    std::chrono::milliseconds gone_by() const override { return gone_by_; }
    void forward(std::chrono::seconds span) {
        now_ += span;
        gone_by_ += span;
    }
    /// Somebody sets the clock.
    void step(std::chrono::seconds span) { now_ += span; }

  private:
    std::chrono::milliseconds gone_by_{0};
    Time now_ = *parse_rfc3339("2026-01-31T01:00:00Z");
};

}  // namespace yinxin::tests
