// SPDX-License-Identifier: Apache-2.0
#include "server/service/issue_workers.h"

#include <algorithm>
#include <thread>

#include "common/error.h"
#include "server/config/config.h"

namespace yinxin::server {
namespace {

int workers_of(const IssueWorkers::Bounds& bounds) {
    const int cpus = static_cast<int>(std::thread::hardware_concurrency());
    return bounds.workers > 0 ? bounds.workers : std::clamp(cpus + 1, 2, issue_workers_max);
}

[[noreturn]] void refuse() {
    throw Error(ErrorCode::Unavailable, "too many documents are being made; try again in a moment");
}

}  // namespace

IssueWorkers::IssueWorkers(const Bounds& bounds)
    : places_max_(3 * workers_of(bounds) + bounds.waiting_max),
      reports_max_(workers_of(bounds)),
      patience_(bounds.patience),
      free_(workers_of(bounds)) {}

IssueWorkers::Place::Place(IssueWorkers& workers, Kind kind) : workers_(workers), kind_(kind) {
    const std::lock_guard lock(workers_.mutex_);
    if (workers_.places_ >= workers_.places_max_ ||
        (kind_ == Kind::Report && workers_.reports_ >= workers_.reports_max_)) {
        refuse();
    }
    ++workers_.places_;
    workers_.reports_ += kind_ == Kind::Report ? 1 : 0;
}

IssueWorkers::Place::~Place() {
    const std::lock_guard lock(workers_.mutex_);
    --workers_.places_;
    workers_.reports_ -= kind_ == Kind::Report ? 1 : 0;
}

IssueWorkers::Worker IssueWorkers::for_new() {
    Waiter self(Stage::Check);
    std::unique_lock lock(mutex_);
    line_up(self);
    if (!self.called.wait_until(
            lock, std::chrono::steady_clock::now() + patience_, [&self] { return self.at_work; })) {
        std::erase(queue(self.stage), &self);
        refuse();
    }
    return {*this, self.stage, self.row};
}

IssueWorkers::Worker IssueWorkers::for_numbered() {
    Waiter self(Stage::Token);
    std::unique_lock lock(mutex_);
    line_up(self);
    self.called.wait(lock, [&self] { return self.at_work; });
    return {*this, self.stage, self.row};
}

void IssueWorkers::line_up(Waiter& waiter) {
    if (free_ > 0) {
        --free_;
        waiter.at_work = true;
    } else {
        queue(waiter.stage).push_back(&waiter);
    }
}

/// The same stage, then those behind it, then those before it, last the one without numbers.
IssueWorkers::Queue* IssueWorkers::next_after(Stage stage, int row) {
    if (row < in_a_row_max && !queue(stage).empty()) {
        return &queue(stage);
    }
    const auto here = static_cast<std::size_t>(stage);
    for (std::size_t step = 1; step <= stages; ++step) {
        Queue& queue = queues_[(here + step) % stages];
        if (&queue != &queues_.front() && !queue.empty()) {
            return &queue;
        }
    }
    return queues_.front().empty() ? nullptr : &queues_.front();
}

void IssueWorkers::pass_on(Stage stage, int row) {
    Queue* const queue = next_after(stage, row);
    if (queue == nullptr) {
        ++free_;
        return;
    }
    Waiter& next = *queue->front();
    queue->pop_front();
    next.row = next.stage == stage ? row + 1 : 1;
    next.at_work = true;
    next.called.notify_one();  // under the lock: it lives until it has the lock
}

void IssueWorkers::Turn::settled() noexcept {
    const std::lock_guard lock(worker_.workers_.mutex_);
    worker_.workers_.line_up(self_);
    if (self_.at_work) {
        self_.called.notify_one();  // under the lock: it lives until it has the lock
    }
}

void IssueWorkers::Turn::wait() {
    worker_.leave();
    std::unique_lock lock(worker_.workers_.mutex_);
    self_.called.wait(lock, [this] { return self_.at_work; });
    worker_.stage_ = self_.stage;
    worker_.row_ = self_.row;
    worker_.held_ = true;
}

IssueWorkers::Worker::~Worker() {
    leave();
}

void IssueWorkers::Worker::leave() {
    if (std::exchange(held_, false)) {
        const std::lock_guard lock(workers_.mutex_);
        workers_.pass_on(stage_, row_);
    }
}

void IssueWorkers::Worker::go_on(Stage next) {
    Waiter self(next);
    std::unique_lock lock(workers_.mutex_);
    workers_.queue(next).push_back(&self);
    workers_.pass_on(stage_, row_);
    self.called.wait(lock, [&self] { return self.at_work; });
    stage_ = next;
    row_ = self.row;
}

int IssueWorkers::waiting() const {
    const std::lock_guard lock(mutex_);
    std::size_t count = 0;
    for (const Queue& queue : queues_) {
        count += queue.size();
    }
    return static_cast<int>(count);
}

}  // namespace yinxin::server
