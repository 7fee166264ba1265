// SPDX-License-Identifier: Apache-2.0
// The one thread that writes. It takes all that wait, runs each in a savepoint of its own, commits
// once, then tells everybody; between commits it moves the log into the file (checkpoint).
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "server/storage/sqlite.h"
#include "server/storage/store.h"

namespace yinxin::server {

class Writer {
  public:
    using OnFatal = std::function<void(const std::string& what)>;

    /// `connection` is migrated and writes nowhere else.
    Writer(std::unique_ptr<Connection> connection, OnFatal on_fatal);
    /// Finishes what waits.
    ~Writer();
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;

    /// Runs `unit(Connection&)` in the writer's thread and returns its result once that is durable
    /// and `waiter`, if there is one, has waited. What it throws undoes its changes and no others.
    template <typename Unit>
    auto run(Unit&& unit, CommitWaiter* waiter = nullptr) {
        using Result = decltype(unit(std::declval<Connection&>()));
        if constexpr (std::is_void_v<Result>) {
            submit([&](Connection& connection) { unit(connection); }, waiter);
        } else {
            std::optional<Result> result;
            submit([&](Connection& connection) { result.emplace(unit(connection)); }, waiter);
            return std::move(*result);
        }
    }

    std::uint64_t units() const { return units_; }
    std::uint64_t commits() const { return commits_; }
    std::uint64_t checkpoints() const { return checkpoints_; }

  private:
    struct Unit {
        std::function<void(Connection&)> work;
        CommitWaiter* waiter = nullptr;
        std::promise<void> done{};
        std::exception_ptr error{};

        /// The caller, who is gone right behind. Once: std::future_error for the second time.
        void tell();
    };

    void submit(std::function<void(Connection&)> work, CommitWaiter* waiter);
    void loop();
    void commit_together(std::deque<Unit>& batch);
    void run_in_savepoint(Unit& unit);
    /// Nothing of the batch happened. All are told the same: what refused one may be a change of
    /// another that is gone again.
    void give_up(std::deque<Unit>& batch, const std::exception_ptr& error);
    void checkpoint();
    void die(const std::string& what);

    std::unique_ptr<Connection> connection_;
    OnFatal on_fatal_;
    int log_pages_ = 0;
    std::atomic<std::uint64_t> units_{0}, commits_{0}, checkpoints_{0};

    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<Unit> waiting_;
    bool stopping_ = false;
    bool dead_ = false;
    std::thread thread_;  ///< last: starts when all else is there
};

}  // namespace yinxin::server
