// SPDX-License-Identifier: Apache-2.0
// The open connections: how many an address has, which only wait for their client (and may be
// closed when others need their place), which must end at stop.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <initializer_list>
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
        /// New: of its first request nothing is here; Idle: between requests; Head: first bytes are
        /// here, the rest of the head is not.
        enum class State { Busy, New, Idle, Head };
        void now(State state);

      private:
        friend class Connections;
        Connections& owner_;
        int fd_;
        std::string group_;
        bool counted_, admitted_;
        bool given_up_ = false;
        // Said with every request, by its own thread alone; others look under the lock.
        std::atomic<State> state_ = State::New;
        std::atomic<std::chrono::steady_clock::time_point> since_ =
            std::chrono::steady_clock::now();
    };

    /// Whether the address has too many, none of them idle or new.
    bool full(const std::string& group) const;
    /// Without those that were told to end.
    int open() const { return open_; }
    /// Ends connections until so many are open: those that are idle for longest, then those that
    /// wait longest for a first request or the rest of a head.
    void shed_to(int count);

    /// From now on idle connections end and none stays open after its answer.
    void drain();
    bool draining() const { return draining_; }
    /// True when none is left after `grace`; else the rest is cut and false returned.
    bool wait_empty(std::chrono::milliseconds grace);

  private:
    /// Longest in one of these states, of this address or of any; nullptr when there is none.
    Seat* oldest(std::initializer_list<Seat::State> states, const std::string* group) const;
    /// The one of this address that is missed least.
    Seat* idle_of(const std::string& group) const;
    /// Its thread sees the end of the stream and leaves; its place is free from now on.
    void give_up(Seat& seat);
    void leave_group(Seat& seat);

    const int per_address_max_;
    std::atomic<bool> draining_ = false;
    mutable std::mutex mutex_;
    std::condition_variable empty_;
    std::unordered_set<Seat*> seats_;
    std::atomic<int> open_ = 0;  ///< seats not told to end; changed under the lock
    std::unordered_map<std::string, int> by_group_;
};

}  // namespace yinxin::server
