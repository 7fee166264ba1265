// SPDX-License-Identifier: Apache-2.0
// Answers that must not tell by their time what was found: they come after whole steps.
#pragma once

#include <chrono>
#include <thread>

namespace yinxin::server {

/// The clock of the steps, and how to wait for it. Any thread.
class Pace {
  public:
    using Point = std::chrono::steady_clock::time_point;
    virtual ~Pace() = default;
    virtual Point now() { return std::chrono::steady_clock::now(); }
    virtual void wait_until(Point at) { std::this_thread::sleep_until(at); }
};

/// Ends a whole number of steps after it began, at least one: work of different length inside one
/// step takes the same time, on a busy machine, too.
class EvenTime {
  public:
    EvenTime(Pace& pace, Pace::Point::duration step)
        : pace_(pace), step_(step), begin_(pace.now()) {}
    ~EvenTime() {
        const auto steps = (pace_.now() - begin_) / step_ + 1;
        pace_.wait_until(begin_ + steps * step_);
    }
    EvenTime(const EvenTime&) = delete;
    EvenTime& operator=(const EvenTime&) = delete;

  private:
    Pace& pace_;
    const Pace::Point::duration step_;
    const Pace::Point begin_;
};

}  // namespace yinxin::server
