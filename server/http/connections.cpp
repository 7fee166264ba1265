// SPDX-License-Identifier: Apache-2.0
#include "server/http/connections.h"

#include <sys/socket.h>

#include <algorithm>

namespace yinxin::server {

Connections::Seat::Seat(Connections& owner, int fd, std::string group, bool counted)
    : owner_(owner), fd_(fd), group_(std::move(group)), counted_(counted) {
    const std::lock_guard lock(owner_.mutex_);
    admitted_ = !counted_ || ++owner_.by_group_[group_] <= owner_.per_address_max_;
    owner_.seats_.insert(this);
}

Connections::Seat::~Seat() {
    const std::lock_guard lock(owner_.mutex_);
    owner_.seats_.erase(this);
    if (counted_ && --owner_.by_group_[group_] == 0)
        owner_.by_group_.erase(group_);
    if (owner_.seats_.empty())
        owner_.empty_.notify_all();
}

void Connections::Seat::idle(bool is_idle) {
    idle_since_ = is_idle ? std::chrono::steady_clock::now().time_since_epoch().count() : 0;
}

bool Connections::full(const std::string& group) const {
    const std::lock_guard lock(mutex_);
    const auto found = by_group_.find(group);
    return found != by_group_.end() && found->second >= per_address_max_;
}

// shutdown() under the lock: a seat leaves the set before its descriptor can be reused.
void Connections::shed_idle() {
    const std::lock_guard lock(mutex_);
    Seat* oldest = nullptr;
    for (Seat* seat : seats_)
        if (seat->idle_since_ != 0 &&
            (oldest == nullptr || seat->idle_since_ < oldest->idle_since_))
            oldest = seat;
    if (oldest == nullptr)
        return;
    oldest->idle(false);
    ::shutdown(oldest->fd_, SHUT_RD);
}

void Connections::drain() {
    draining_ = true;
    const std::lock_guard lock(mutex_);
    for (Seat* seat : seats_)
        if (seat->idle_since_ != 0)
            ::shutdown(seat->fd_, SHUT_RD);
}

bool Connections::wait_empty(std::chrono::milliseconds grace) {
    std::unique_lock lock(mutex_);
    if (empty_.wait_for(lock, grace, [this] { return seats_.empty(); }))
        return true;
    for (Seat* seat : seats_) ::shutdown(seat->fd_, SHUT_RDWR);
    return false;
}

}  // namespace yinxin::server
