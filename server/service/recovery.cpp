// SPDX-License-Identifier: Apache-2.0
#include "server/service/recovery.h"

#include <algorithm>
#include <exception>

namespace yinxin::server {

Recovery::Recovery(Attempt attempt, Pauses pauses)
    : attempt_(std::move(attempt)), pauses_(pauses), thread_([this] { run(); }) {}

Recovery::~Recovery() {
    {
        const std::lock_guard lock(mutex_);
        stop_.request_stop();
    }
    changed_.notify_all();
    thread_.join();
}

void Recovery::await_first(std::chrono::milliseconds patience) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, patience, [this] { return first_over_; });
}

void Recovery::run() {
    auto pause = pauses_.least;
    for (;;) {
        bool open = true;
        try {
            open = attempt_(stop_.get_token()) > 0;
        } catch (const std::exception&) {  // out of memory, say: as good as nothing settled
        }
        std::unique_lock lock(mutex_);
        first_over_ = true;
        changed_.notify_all();
        if (changed_.wait_for(lock, pause, [this] { return stop_.stop_requested(); })) {
            return;
        }
        pause = open ? std::min(pause * 2, pauses_.most) : pauses_.least;
    }
}

}  // namespace yinxin::server
