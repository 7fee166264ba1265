// SPDX-License-Identifier: Apache-2.0
// How many documents are made at once. What costs CPU (layout, rendering, sealing, checking) takes
// one of few workers; what waits for the register takes none, so that requests go on sharing
// commits. Verification takes no worker and never waits here; a report on one is a document, but
// whoever verifies may not keep the issuers waiting: reports have few of the places.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>

#include "common/error.h"
#include "server/storage/store.h"

namespace yinxin::server {

/// Any thread.
class IssueWorkers {
  public:
    struct Bounds {
        int workers = 0;  ///< 0: one more than CPUs, for who waits for the sealer keeps his worker
        int waiting_max = 0;  ///< requests that may wait, beside two for each worker
        std::chrono::milliseconds patience{};
    };
    explicit IssueWorkers(const Bounds& bounds);

    enum class Kind { Document, Report };
    /// One request's place until it is answered. Throws Error{Unavailable} when all are taken, for
    /// a report when there are as many reports as workers.
    class Place {
      public:
        Place(IssueWorkers& workers, Kind kind);
        ~Place();
        Place(const Place&) = delete;
        Place& operator=(const Place&) = delete;

      private:
        IssueWorkers& workers_;
        const Kind kind_;
    };

    /// A worker at work.
    class Worker {
      public:
        Worker(Worker&& other) noexcept
            : workers_(other.workers_), held_(std::exchange(other.held_, false)) {}
        ~Worker();
        Worker& operator=(Worker&&) = delete;

        /// Lets others work during `call`, then takes a turn again.
        template <typename Call>
        void outside(const Call& call) {
            until_durable([&call](CommitWaiter* waiter) {
                call();
                waiter->settled();
                waiter->wait();
            });
        }
        /// The same for a `call` that writes into the register, which is given a CommitWaiter to
        /// wait with: once, or not at all when it throws.
        template <typename Call>
        void until_durable(const Call& call) {
            Turn turn(*this);
            give_back();
            call(&turn);
            YINXIN_ASSERT(held_);
        }

      private:
        friend class IssueWorkers;
        explicit Worker(IssueWorkers& workers) : workers_(workers) {}
        void give_back();

        IssueWorkers& workers_;
        bool held_ = true;
    };
    /// For a request without a number: in its turn. Throws Error{Unavailable} after the patience.
    Worker for_new();
    /// For one that has a number: before all that have none, and for as long as it takes.
    Worker for_numbered();

    int waiting() const;

  private:
    struct Waiter {
        std::condition_variable called;
        bool at_work = false;
    };
    using Queue = std::deque<Waiter*>;
    using Instant = std::chrono::steady_clock::time_point;

    /// Of one with a number, from the commit he waits for.
    class Turn : public CommitWaiter {
      public:
        explicit Turn(Worker& worker) : worker_(worker) {}
        void settled() noexcept override;
        void wait() override;

      private:
        Worker& worker_;
        Waiter self_;
    };

    /// At work at once, or when he is called. Under the lock.
    void line_up(Queue& queue, Waiter& waiter);
    void take(Queue& queue, std::optional<Instant> until);

    const int places_max_, reports_max_;
    const std::chrono::milliseconds patience_;
    mutable std::mutex mutex_;
    int free_;                      ///< more than 0 only while nobody waits
    int places_ = 0, reports_ = 0;  ///< reports have places too
    Queue numbered_, new_;
};

}  // namespace yinxin::server
