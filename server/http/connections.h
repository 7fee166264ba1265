// SPDX-License-Identifier: Apache-2.0
// The open connections: how many an address has, which only wait for their client (and may be
// closed when others need their place), which must end at stop.
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
        /// Idle: between requests; Head: its first bytes are here, the rest of the head is not.
        enum class State { Busy, Idle, Head };
        void now(State state);

      private:
        friend class Connections;
        Connections& owner_;
        int fd_;
        std::string group_;
        bool counted_, admitted_;
        bool given_up_ = false;
        State state_ = State::Busy;
        std::chrono::steady_clock::time_point since_{};
    };

    /// Whether the address has too many, none of them idle.
    bool full(const std::string& group) const;
    /// Without those that were told to end.
    int open() const;
    /// Ends connections until so many are open: those that are idle for longest, then those whose
    /// heads take longest.
    void shed_to(int count);

    /// From now on idle connections end and none stays open after its answer.
    void drain();
    bool draining() const { return draining_; }
    /// True when none is left after `grace`; else the rest is cut and false returned.
    bool wait_empty(std::chrono::milliseconds grace);

  private:
    /// Longest in that state, of this address or of any; nullptr when there is none.
    Seat* oldest(Seat::State state, const std::string* group) const;
    /// Its thread sees the end of the stream and leaves; its place is free from now on.
    void give_up(Seat& seat);
    void leave_group(Seat& seat);
    int open_locked() const { return static_cast<int>(seats_.size()) - given_up_; }

    const int per_address_max_;
    std::atomic<bool> draining_ = false;
    mutable std::mutex mutex_;
    std::condition_variable empty_;
    std::unordered_set<Seat*> seats_;
    int given_up_ = 0;  ///< of them
    std::unordered_map<std::string, int> by_group_;
};

}  // namespace yinxin::server
