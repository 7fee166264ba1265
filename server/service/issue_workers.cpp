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
    take(new_, std::chrono::steady_clock::now() + patience_);
    return Worker(*this);
}

IssueWorkers::Worker IssueWorkers::for_numbered() {
    take(numbered_, std::nullopt);
    return Worker(*this);
}

void IssueWorkers::line_up(Queue& queue, Waiter& waiter) {
    if (free_ > 0) {
        --free_;
        waiter.at_work = true;
    } else {
        queue.push_back(&waiter);
    }
}

void IssueWorkers::take(Queue& queue, std::optional<Instant> until) {
    std::unique_lock lock(mutex_);
    Waiter self;
    line_up(queue, self);
    const auto called = [&self] { return self.at_work; };
    if (!until) {
        self.called.wait(lock, called);
    } else if (!self.called.wait_until(lock, *until, called)) {
        std::erase(queue, &self);
        refuse();
    }
}

void IssueWorkers::Turn::settled() noexcept {
    const std::lock_guard lock(worker_.workers_.mutex_);
    worker_.workers_.line_up(worker_.workers_.numbered_, self_);
    if (self_.at_work) {
        self_.called.notify_one();  // under the lock: it lives until it has the lock
    }
}

void IssueWorkers::Turn::wait() {
    std::unique_lock lock(worker_.workers_.mutex_);
    self_.called.wait(lock, [this] { return self_.at_work; });
    worker_.held_ = true;
}

IssueWorkers::Worker::~Worker() {
    give_back();
}

void IssueWorkers::Worker::give_back() {
    if (!std::exchange(held_, false)) {
        return;
    }
    const std::lock_guard lock(workers_.mutex_);
    for (Queue* queue : {&workers_.numbered_, &workers_.new_}) {
        if (!queue->empty()) {
            Waiter& next = *queue->front();
            queue->pop_front();
            next.at_work = true;
            next.called.notify_one();  // under the lock: it lives until it has the lock
            return;
        }
    }
    ++workers_.free_;
}

int IssueWorkers::waiting() const {
    const std::lock_guard lock(mutex_);
    return static_cast<int>(numbered_.size() + new_.size());
}

}  // namespace yinxin::server
