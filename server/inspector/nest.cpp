// SPDX-License-Identifier: Apache-2.0
#include "server/inspector/nest.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <new>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/error.h"

namespace yinxin::server {
namespace {

using SteadyClock = std::chrono::steady_clock;
using Milliseconds = std::chrono::milliseconds;
using nlohmann::json;

/// False when nobody listens any more. A word is not worth waiting for.
bool say(Channel& channel, const json& word) {
    try {
        channel.send({word, {}}, Milliseconds(50));
        return true;
    } catch (const Error&) {
        return false;
    }
}

/// A child under way, named by a descriptor: readable when it has ended, and never another process.
class Child {
  public:
    Child(pid_t pid, Channel channel, SteadyClock::time_point end)
        : pid_(pid),
          pidfd_(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))),
          channel_(std::move(channel)),
          end_(end) {
        YINXIN_ASSERT(pidfd_.fd() >= 0);  // else the nest ends, and this child with it
    }

    int pidfd() const { return pidfd_.fd(); }
    /// -1 when nobody waits for its answer any more.
    int channel_fd() const { return channel_ ? channel_->fd() : -1; }
    SteadyClock::time_point end() const { return end_; }

    void kill_late() {
        late_ = true;
        end_ = SteadyClock::time_point::max();
        kill();
    }
    void abandon() {
        channel_.reset();
        kill();
    }

    /// Collects it, and tells who waits why there is no report. True when it crashed.
    bool bury() {
        siginfo_t info{};
        while (::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED) != 0 && errno == EINTR) {
        }
        if (info.si_code == CLD_EXITED && info.si_status == 0) {
            if (channel_) {  // read by nobody when it has answered
                say(*channel_, {{"ended", "left"}, {"signal", 0}});
            }
            return false;
        }
        const int signal = info.si_code == CLD_EXITED ? 0 : info.si_status;
        const char* why = late_ ? "time" : signal == SIGXCPU ? "cpu" : "crash";
        if (channel_) {
            say(*channel_, {{"ended", why}, {"signal", signal}});
        }
        return signal != SIGKILL && signal != SIGXCPU;
    }

  private:
    void kill() const { ::syscall(SYS_pidfd_send_signal, pidfd_.fd(), SIGKILL, nullptr, 0); }

    pid_t pid_;
    Channel pidfd_;
    std::optional<Channel> channel_;
    SteadyClock::time_point end_;
    bool late_ = false;
};

class Nest {
  public:
    Nest(Channel& door, const NestOptions& options, const FileReader& reader)
        : door_(door), options_(options), reader_(reader), sandbox_(options.limits) {
        sandbox_.enter_as_nest(door_.fd(), 2 * options_.children + 1);  // one is being taken
    }

    void run() {
        while (!(crashed_ && children_.empty())) {
            std::vector<pollfd> watched = to_watch();
            ::poll(watched.data(), watched.size(), patience());
            look_after_children(watched);
            if (watched.front().revents != 0) {
                auto channel = door_.take();
                if (!channel) {
                    return;
                }
                fork_for(std::move(*channel));
            }
        }
    }

  private:
    std::vector<pollfd> to_watch() const;
    int patience() const;
    void look_after_children(const std::vector<pollfd>& watched);
    void fork_for(Channel channel);
    [[noreturn]] void read_one(const Channel& channel) const;
    json answer(Channel& channel) const;

    Channel& door_;
    const NestOptions& options_;
    const FileReader& reader_;
    Sandbox sandbox_;
    const pid_t own_pid_ = ::getpid();
    std::vector<Child> children_;
    bool crashed_ = false;
    unsigned left_ = std::numeric_limits<unsigned>::max();  ///< files it takes before it goes
};

/// The door first, then two for each child, in their order.
std::vector<pollfd> Nest::to_watch() const {
    const bool room = children_.size() < options_.children && left_ > 0;
    std::vector<pollfd> watched{{door_.fd(), static_cast<short>(room ? POLLIN : 0), 0}};
    for (const Child& child : children_) {
        watched.push_back({child.pidfd(), POLLIN, 0});
        watched.push_back({child.channel_fd(), 0, 0});
    }
    return watched;
}

int Nest::patience() const {
    auto end = SteadyClock::time_point::max();
    for (const Child& child : children_) {
        end = std::min(end, child.end());
    }
    if (end == SteadyClock::time_point::max()) {
        return -1;
    }
    const auto left = std::chrono::ceil<Milliseconds>(end - SteadyClock::now()).count();
    return static_cast<int>(std::max<decltype(left)>(left, 0));
}

void Nest::look_after_children(const std::vector<pollfd>& watched) {
    const auto now = SteadyClock::now();
    std::vector<Child> living;
    for (std::size_t i = 0; i < children_.size(); ++i) {
        Child& child = children_[i];
        if (watched[1 + 2 * i].revents != 0) {
            if (child.bury() && !crashed_) {
                crashed_ = true;
                left_ = options_.children;
            }
            continue;
        }
        if (watched[2 + 2 * i].revents != 0) {
            child.abandon();
        } else if (now >= child.end()) {
            child.kill_late();
        }
        living.push_back(std::move(child));
    }
    children_ = std::move(living);
}

void Nest::fork_for(Channel channel) {
    if (!say(channel, json{{"taken", true}})) {
        return;
    }
    left_ -= crashed_ ? 1 : 0;
    const pid_t pid = ::fork();
    if (pid == 0) {
        read_one(channel);
    }
    if (pid < 0) {
        say(channel, error_to_json(Error(ErrorCode::Unavailable, "no process is left")));
        return;
    }
    children_.emplace_back(pid, std::move(channel), SteadyClock::now() + options_.wall);
}

void Nest::read_one(const Channel& given) const {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != own_pid_) {
        std::_Exit(1);
    }
    try {
        sandbox_.enter_as_child(given.fd());
    } catch (const Error&) {
        std::_Exit(1);
    }
    Channel channel(0);
    try {
        channel.send({answer(channel), {}});
    } catch (const std::exception&) {  // nobody waits for it
    }
    std::_Exit(0);  // no destructors: they may need calls that are gone
}

json Nest::answer(Channel& channel) const {
    try {
        const auto given = channel.receive();
        if (!given) {
            std::_Exit(0);
        }
        return reader_(given->head, given->body);
    } catch (const std::bad_alloc&) {
        return {{"ended", "memory"}};
    } catch (const std::exception& error) {
        return error_to_json(error);
    }
}

}  // namespace

void keep_nest(Channel& door, const NestOptions& options, const FileReader& reader) {
    Nest nest(door, options, reader);
    door.send({json::object(), {}});
    nest.run();
}

int run_at_door(const char* program, void (*serve)(Channel& door)) {
    constexpr int kDoor = 3;
    if (::fcntl(kDoor, F_GETFD) < 0) {
        std::fprintf(stderr, "%s is started by yinxin\n", program);
        return 2;
    }
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    Channel door(kDoor);
    try {
        serve(door);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s: %s\n", program, error.what());
        door.send({error_to_json(error), {}});
        std::_Exit(1);
    }
    std::_Exit(0);  // no exit handlers: they may need calls that are gone
}

}  // namespace yinxin::server
