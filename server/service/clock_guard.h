// SPDX-License-Identifier: Apache-2.0
// Whether the wall clock can be believed. Documents bear its time, and the register keeps the
// latest one: a clock that was wrong for a moment would leave its mark on all that follow.
#pragma once

#include <chrono>

#include "common/ports.h"

namespace yinxin::server {

/// Any thread.
class ClockGuard {
  public:
    /// Believes the clock as it stands now. `clock` outlives the guard.
    ClockGuard(const Clock& clock, std::chrono::milliseconds tolerance);

    /// Throws Error{Unavailable} with the rule "clock" while the wall clock and the time gone by
    /// since the beginning differ by more than the tolerance: somebody has set the clock.
    void check() const;

    std::chrono::milliseconds tolerance() const { return tolerance_; }

  private:
    const Clock& clock_;
    const std::chrono::milliseconds tolerance_;
    const Time start_;
    const std::chrono::milliseconds gone_by_at_start_;
};

}  // namespace yinxin::server
