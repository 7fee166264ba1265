// SPDX-License-Identifier: Apache-2.0
// The open connections: how many an address has, which are idle (and may be closed when others
// wait), which must end at stop.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <unordered_map>
#include <unordered_set>

namespace yinxin::server {

/// Any thread.
class Connections {
  public:
    explicit Connections(int per_address_max) : per_address_max_(per_address_max) {}

    /// One open connection; leaves the books when destroyed, before its socket is closed.
    class Seat {
      public:
        Seat(Connections& owner, int fd, std::string group, bool counted);
        ~Seat();
        Seat(const Seat&) = delete;
        Seat& operator=(const Seat&) = delete;

        /// False: the address has too many, close at once.
        bool admitted() const { return admitted_; }
        void idle(bool is_idle);

      private:
        friend class Connections;
        Connections& owner_;
        int fd_;
        std::string group_;
        bool counted_, admitted_;
        std::atomic<std::chrono::steady_clock::rep> idle_since_ = 0;  ///< 0: busy
    };

    bool full(const std::string& group) const;
    /// Ends the connection that is idle for longest, if there is one.
    void shed_idle();

    /// From now on idle connections end and none stays open after its answer.
    void drain();
    bool draining() const { return draining_; }
    /// True when none is left after `grace`; else the rest is cut and false returned.
    bool wait_empty(std::chrono::milliseconds grace);

  private:
    const int per_address_max_;
    std::atomic<bool> draining_ = false;
    mutable std::mutex mutex_;
    std::condition_variable empty_;
    std::unordered_set<Seat*> seats_;
    std::unordered_map<std::string, int> by_group_;
};

}  // namespace yinxin::server
