// SPDX-License-Identifier: Apache-2.0
#include "server/live_service.h"

#include <utility>

namespace yinxin::server {
namespace {

/// A use case that changes nothing a key is needed for.
template <typename Result, typename... Arguments>
std::function<Result(Arguments...)> any_time(LiveService& live,
                                             Result (Service::*use)(Arguments...)) {
    return [&live, use](Arguments... arguments) {
        return ((*live.now()).*use)(std::forward<Arguments>(arguments)...);
    };
}

template <typename Result, typename... Arguments>
std::function<Result(Arguments...)> issuing(LiveService& live,
                                            Result (Service::*use)(Arguments...)) {
    return [&live, use](Arguments... arguments) {
        const LiveService::Issuing now(live);
        return ((*now.operator->()).*use)(std::forward<Arguments>(arguments)...);
    };
}

}  // namespace

LiveService::Pointer LiveService::now() const {
    const std::lock_guard lock(mutex_);
    return service_;
}

LiveService::Issuing::Issuing(LiveService& live) : live_(live) {
    std::unique_lock lock(live.mutex_);
    live.changed_.wait(lock, [&] { return !live.exchanging_; });
    ++live.issuing_;
    service_ = live.service_;
}

LiveService::Issuing::~Issuing() {
    const std::lock_guard lock(live_.mutex_);
    --live_.issuing_;
    live_.changed_.notify_all();
}

void LiveService::exchange(const std::function<Pointer()>& make) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !exchanging_; });
    exchanging_ = true;
    changed_.wait(lock, [this] { return issuing_ == 0; });
    lock.unlock();
    Pointer fresh;
    std::exception_ptr failure;
    try {
        fresh = make();
    } catch (...) {
        failure = std::current_exception();
    }
    lock.lock();
    if (!failure) {
        std::swap(service_, fresh);
    }
    exchanging_ = false;
    changed_.notify_all();
    lock.unlock();  // the old one goes here, or with the last who still reads from it
    if (failure) {
        std::rethrow_exception(failure);
    }
}

UseCases use_cases(LiveService& live) {
    UseCases use;
    use.issue = issuing(live, &Service::issue);
    use.replace = issuing(live, &Service::replace);
    use.revoke = any_time(live, &Service::revoke);
    use.document = any_time(live, &Service::document);
    use.pdf = any_time(live, &Service::pdf);
    use.extend = any_time(live, &Service::extend);
    use.seal = issuing(live, &Service::seal);
    use.verify_code = any_time(live, &Service::verify_code);
    use.verify_code_as_text = any_time(live, &Service::verify_code_as_text);
    use.verify_fact = any_time(live, &Service::verify_fact);
    use.askable = any_time(live, &Service::askable);
    use.verify_file = any_time(live, &Service::verify_file);
    use.report = issuing(live, &Service::report);
    use.jwks = any_time(live, &Service::jwks);
    use.seal_certificates_pem = any_time(live, &Service::seal_certificates_pem);
    use.readiness = any_time(live, &Service::readiness);
    return use;
}

}  // namespace yinxin::server
