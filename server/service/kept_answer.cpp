// SPDX-License-Identifier: Apache-2.0
#include "server/service/kept_answer.h"

#include <exception>
#include <utility>

namespace yinxin::server {

using SteadyClock = std::chrono::steady_clock;

std::optional<nlohmann::json> KeptAnswer::get() {
    std::unique_lock lock(mutex_);
    for (;;) {
        const auto age = clock_.gone_by() - last_at_;
        if (last_ && age < ages_.fresh) {
            return last_;
        }
        if (!asking_) {
            return ask_anew(lock);
        }
        if (last_ && age <= ages_.usable) {
            return last_;
        }
        const auto asked = asking_since_;
        const bool over = answered_.wait_until(lock, asked + ages_.usable, [this, asked] {
            return !asking_ || asking_since_ != asked;
        });
        if (!over) {
            return std::nullopt;
        }
    }
}

std::optional<nlohmann::json> KeptAnswer::ask_anew(std::unique_lock<std::mutex>& lock) {
    asking_ = true;
    asking_since_ = SteadyClock::now();
    lock.unlock();
    std::optional<nlohmann::json> answer;
    std::exception_ptr failure;
    try {
        answer = ask_();
    } catch (...) {
        failure = std::current_exception();
    }
    lock.lock();
    asking_ = false;
    answered_.notify_all();
    if (failure) {
        std::rethrow_exception(failure);
    }
    last_ = std::move(answer);
    last_at_ = clock_.gone_by();
    return last_;
}

}  // namespace yinxin::server
