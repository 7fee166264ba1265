// SPDX-License-Identifier: Apache-2.0
// Whose file is read next: so many at once, of each caller one, first come first served. One
// address that sends many files waits for itself, not the others for it.
#pragma once

#include <chrono>
#include <condition_variable>
#include <list>
#include <mutex>
#include <set>
#include <string>

namespace yinxin::server {

/// Any thread.
class InspectorQueue {
  public:
    static constexpr int waiting_of_caller_max = 4;

    /// So many at once; behind them `waiting_max` may wait.
    InspectorQueue(int places, std::size_t waiting_max)
        : places_(places), waiting_max_(waiting_max) {}

    /// A place, from the moment it is made until its end. The empty caller, which is the operator,
    /// may have several.
    class Turn {
      public:
        /// Waits. Throws Error{Unavailable} when there is none within `patience`, at once when too
        /// many wait, of this caller or of all.
        Turn(InspectorQueue& queue, const std::string& caller, std::chrono::milliseconds patience);
        ~Turn();
        Turn(const Turn&) = delete;
        Turn& operator=(const Turn&) = delete;

      private:
        InspectorQueue& queue_;
        const std::string caller_;
    };

    std::size_t waiting();

  private:
    struct Waiting {
        const std::string& caller;
        std::condition_variable called{};
        bool has_place = false;
    };
    void call_next();

    std::mutex mutex_;
    int places_;
    const std::size_t waiting_max_;
    std::set<std::string> served_;
    std::list<Waiting*> waiting_;
};

}  // namespace yinxin::server
