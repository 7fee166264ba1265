// SPDX-License-Identifier: Apache-2.0
#include "server/http/connections.h"

#include <sys/socket.h>

#include <algorithm>
#include <utility>

namespace yinxin::server {

Connections::Seat::Seat(Connections& owner, int fd, std::string group, bool counted)
    : owner_(owner), fd_(fd), group_(std::move(group)), counted_(counted) {
    const std::lock_guard lock(owner_.mutex_);
    admitted_ = true;
    if (counted_ && ++owner_.by_group_[group_] > owner_.per_address_max_) {
        Seat* idle = owner_.idle_of(group_);
        admitted_ = idle != nullptr;
        if (admitted_)
            owner_.give_up(*idle);
    }
    owner_.seats_.insert(this);
    ++owner_.open_;
}

Connections::Seat::~Seat() {
    const std::lock_guard lock(owner_.mutex_);
    owner_.seats_.erase(this);
    owner_.open_ -= given_up_ ? 0 : 1;
    owner_.leave_group(*this);
    if (owner_.seats_.empty())
        owner_.empty_.notify_all();
}

// Without the lock, as every request says it twice. Who is told to end at the very moment its
// request comes still answers it: SHUT_RD takes away nothing that has arrived.
void Connections::Seat::now(State state) {
    since_ = std::chrono::steady_clock::now();
    state_ = state;
}

bool Connections::full(const std::string& group) const {
    const std::lock_guard lock(mutex_);
    const auto found = by_group_.find(group);
    return found != by_group_.end() && found->second >= per_address_max_ &&
           idle_of(group) == nullptr;
}

void Connections::shed_to(int count) {
    if (open_ <= count)
        return;
    const std::lock_guard lock(mutex_);
    while (open_ > count) {
        Seat* seat = oldest({Seat::State::Idle}, nullptr);
        if (seat == nullptr)
            seat = oldest({Seat::State::New, Seat::State::Head}, nullptr);
        if (seat == nullptr)
            return;
        give_up(*seat);
    }
}

Connections::Seat* Connections::idle_of(const std::string& group) const {
    Seat* seat = oldest({Seat::State::Idle}, &group);
    return seat != nullptr ? seat : oldest({Seat::State::New}, &group);
}

Connections::Seat* Connections::oldest(std::initializer_list<Seat::State> states,
                                       const std::string* group) const {
    Seat* oldest = nullptr;
    for (Seat* seat : seats_)
        if (std::find(states.begin(), states.end(), seat->state_.load()) != states.end() &&
            !seat->given_up_ && (group == nullptr || seat->group_ == *group) &&
            (oldest == nullptr || seat->since_.load() < oldest->since_.load()))
            oldest = seat;
    return oldest;
}

// shutdown() under the lock: a seat leaves the set before its descriptor can be reused.
void Connections::give_up(Seat& seat) {
    ::shutdown(seat.fd_, SHUT_RD);
    seat.given_up_ = true;
    --open_;
    leave_group(seat);
}

void Connections::leave_group(Seat& seat) {
    if (!std::exchange(seat.counted_, false))
        return;
    if (--by_group_[seat.group_] == 0)
        by_group_.erase(seat.group_);
}

void Connections::drain() {
    draining_ = true;
    const std::lock_guard lock(mutex_);
    for (Seat* seat : seats_)
        if (seat->state_ == Seat::State::Idle || seat->state_ == Seat::State::New)
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
