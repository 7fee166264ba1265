// SPDX-License-Identifier: Apache-2.0
// How many documents are made at once, and which goes on next. What costs CPU (layout, rendering,
// sealing, checking) takes one of few workers; what waits for the register takes none, so that
// requests go on sharing commits. A worker takes one document after the other through the same
// stage, for a stage whose code and tables are in the CPU's caches takes a fifth less time.
// Verification takes no worker and never waits here; a report on one is a document, but whoever
// verifies may not keep the issuers waiting: reports have few of the places.
#pragma once

#include <array>
#include <chrono>
#include <condition_variable>
#include <cstddef>
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

    /// In the order in which a document goes through them; only in the first it has no number.
    enum class Stage { Check, Token, Print, Look, Sign, Verify, Pack, Answer };
    static constexpr std::size_t stages = static_cast<std::size_t>(Stage::Answer) + 1;
    /// Documents that one worker takes through a stage in a row while others wait elsewhere.
    static constexpr int in_a_row_max = 16;

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

    /// A worker at work on one document.
    class Worker {
      public:
        Worker(Worker&& other) noexcept
            : workers_(other.workers_),
              stage_(other.stage_),
              row_(other.row_),
              held_(std::exchange(other.held_, false)) {}
        ~Worker();
        Worker& operator=(Worker&&) = delete;

        /// From one stage to another: after those who wait at the stage that is done.
        void go_on(Stage next);
        /// Lets others work during `call`, then takes a turn again.
        template <typename Call>
        void outside(const Call& call) {
            Turn turn(*this, stage_);
            leave();
            call();
            turn.settled();
            turn.wait();
        }
        /// For a `call` that writes into the register, which is given a CommitWaiter to wait with:
        /// once, or not at all when it throws. Others work while it waits; `next` comes then.
        template <typename Call>
        void until_durable(Stage next, const Call& call) {
            Turn turn(*this, next);
            call(&turn);
            YINXIN_ASSERT(held_ && stage_ == next);
        }
        /// Lets others work; for who does no more.
        void leave();

      private:
        friend class IssueWorkers;
        Worker(IssueWorkers& workers, Stage stage, int row)
            : workers_(workers), stage_(stage), row_(row) {}

        IssueWorkers& workers_;
        Stage stage_;
        int row_;  ///< which one it is of those that the worker took through the stage in a row
        bool held_ = true;
    };
    /// For a request without a number: in its turn. Throws Error{Unavailable} after the patience.
    Worker for_new();
    /// For one that has a number: for as long as it takes; those that have none go first only as
    /// the rest of a row.
    Worker for_numbered();

    int waiting() const;

  private:
    struct Waiter {
        explicit Waiter(Stage at) : stage(at) {}

        const Stage stage;
        std::condition_variable called;
        int row = 1;
        bool at_work = false;
    };
    using Queue = std::deque<Waiter*>;
    using Instant = std::chrono::steady_clock::time_point;

    /// Of one with a number, from the commit he waits for.
    class Turn : public CommitWaiter {
      public:
        Turn(Worker& worker, Stage next) : worker_(worker), self_(next) {}
        void settled() noexcept override;
        void wait() override;

      private:
        Worker& worker_;
        Waiter self_;
    };

    // Under the lock:
    Queue& queue(Stage stage) { return queues_[static_cast<std::size_t>(stage)]; }
    /// At work at once, or when he is called.
    void line_up(Waiter& waiter);
    /// A worker who was the `row`th in a row at this stage goes on with somebody else.
    void pass_on(Stage stage, int row);
    Queue* next_after(Stage stage, int row);

    const int places_max_, reports_max_;
    const std::chrono::milliseconds patience_;
    mutable std::mutex mutex_;
    int free_;                      ///< more than 0 only while nobody waits
    int places_ = 0, reports_ = 0;  ///< reports have places too
    std::array<Queue, stages> queues_;
};

}  // namespace yinxin::server
