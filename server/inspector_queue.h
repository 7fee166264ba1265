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
    explicit InspectorQueue(int places) : places_(places) {}

    /// A place, from the moment it is made until its end. The empty caller, which is the operator,
    /// may have several.
    class Turn {
      public:
        /// Waits. Throws Error{Unavailable} when there is none within `patience`.
        Turn(InspectorQueue& queue, const std::string& caller, std::chrono::milliseconds patience);
        ~Turn();
        Turn(const Turn&) = delete;
        Turn& operator=(const Turn&) = delete;

      private:
        InspectorQueue& queue_;
        const std::string caller_;
    };

  private:
    struct Waiting {
        const std::string& caller;
        std::condition_variable called{};
        bool has_place = false;
    };
    void call_next();

    std::mutex mutex_;
    int places_;
    std::set<std::string> served_;
    std::list<Waiting*> waiting_;
};

}  // namespace yinxin::server
