// SPDX-License-Identifier: Apache-2.0
#include "server/service/kept_answer.h"

#include <exception>
#include <utility>

namespace yinxin::server {

using SteadyClock = std::chrono::steady_clock;

std::optional<nlohmann::json> KeptAnswer::get() {
    std::unique_lock lock(mutex_);
    answered_.wait(lock, [this] { return last_ || !asking_; });
    const auto age = SteadyClock::now() - last_at_;
    if (last_ && age < ages_.fresh) {
        return last_;
    }
    if (!asking_) {
        return ask_anew(lock);
    }
    return age <= ages_.usable ? last_ : std::nullopt;
}

std::optional<nlohmann::json> KeptAnswer::ask_anew(std::unique_lock<std::mutex>& lock) {
    asking_ = true;
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
    last_at_ = SteadyClock::now();
    return last_;
}

}  // namespace yinxin::server
