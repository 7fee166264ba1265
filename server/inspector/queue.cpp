// SPDX-License-Identifier: Apache-2.0
#include "server/inspector/queue.h"

#include <algorithm>

#include "common/error.h"

namespace yinxin::server {

InspectorQueue::Turn::Turn(InspectorQueue& queue,
                           const std::string& caller,
                           std::chrono::milliseconds patience)
    : queue_(queue), caller_(caller) {
    Waiting self{.caller = caller_};
    std::unique_lock lock(queue_.mutex_);
    const auto of_caller =
        std::count_if(queue_.waiting_.begin(), queue_.waiting_.end(), [this](const Waiting* each) {
            return each->caller == caller_;
        });
    if (queue_.waiting_.size() >= queue_.waiting_max_ ||
        (!caller_.empty() && of_caller >= waiting_of_caller_max)) {
        throw Error(ErrorCode::Unavailable,
                    "too many files wait to be read; try again in a moment");
    }
    queue_.waiting_.push_back(&self);
    queue_.call_next();
    if (!self.called.wait_for(lock, patience, [&self] { return self.has_place; })) {
        queue_.waiting_.remove(&self);
        throw Error(ErrorCode::Unavailable,
                    "no inspector was free in time for another file of this caller");
    }
}

InspectorQueue::Turn::~Turn() {
    const std::lock_guard lock(queue_.mutex_);
    ++queue_.places_;
    queue_.served_.erase(caller_);
    queue_.call_next();
}

std::size_t InspectorQueue::waiting() {
    const std::lock_guard lock(mutex_);
    return waiting_.size();
}

void InspectorQueue::call_next() {
    while (places_ > 0) {
        const auto next =
            std::find_if(waiting_.begin(), waiting_.end(), [this](const Waiting* each) {
                return !served_.contains(each->caller);
            });
        if (next == waiting_.end()) {
            return;
        }
        --places_;
        if (!(*next)->caller.empty()) {
            served_.insert((*next)->caller);
        }
        (*next)->has_place = true;
        (*next)->called.notify_one();
        waiting_.erase(next);
    }
}

}  // namespace yinxin::server
