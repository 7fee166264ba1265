// SPDX-License-Identifier: Apache-2.0
#include "server/children.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <string_view>
#include <thread>

#include "common/error.h"

namespace yinxin::server {
namespace {

namespace fs = std::filesystem;
using SteadyClock = std::chrono::steady_clock;
using Milliseconds = std::chrono::milliseconds;

constexpr int kDoor = 3;
constexpr Milliseconds kLeave{2000};

/// What sanitizers and coverage need, and where systemd has put the passphrase; nothing else of our
/// environment is a child's business.
std::vector<std::string> child_environment() {
    constexpr std::array<std::string_view, 7> kept{"CREDENTIALS_DIRECTORY=",
                                                   "ASAN_OPTIONS=",
                                                   "UBSAN_OPTIONS=",
                                                   "TSAN_OPTIONS=",
                                                   "LSAN_OPTIONS=",
                                                   "GCOV_PREFIX",
                                                   "LLVM_PROFILE_FILE="};
    std::vector<std::string> environment{"LANG=C.UTF-8"};
    for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
        const std::string_view text(*entry);
        if (std::any_of(
                kept.begin(), kept.end(), [text](auto name) { return text.starts_with(name); })) {
            environment.emplace_back(text);
        }
    }
    return environment;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> result;
    for (std::string& text : texts) {
        result.push_back(text.data());
    }
    result.push_back(nullptr);
    return result;
}

struct FileActions {
    posix_spawn_file_actions_t value{};
    FileActions() { ::posix_spawn_file_actions_init(&value); }
    ~FileActions() { ::posix_spawn_file_actions_destroy(&value); }
    FileActions(const FileActions&) = delete;
    FileActions& operator=(const FileActions&) = delete;
};

struct SpawnAttributes {
    posix_spawnattr_t value{};
    SpawnAttributes() { ::posix_spawnattr_init(&value); }
    ~SpawnAttributes() { ::posix_spawnattr_destroy(&value); }
    SpawnAttributes(const SpawnAttributes&) = delete;
    SpawnAttributes& operator=(const SpawnAttributes&) = delete;
};

pid_t spawn(const ChildOptions& options, const Channel& door) {
    FileActions actions;
    ::posix_spawn_file_actions_addopen(&actions.value, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_adddup2(&actions.value, STDERR_FILENO, STDOUT_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions.value, door.fd(), kDoor);
    ::posix_spawn_file_actions_addclosefrom_np(&actions.value, kDoor + 1);

    // Its own process group: a Ctrl-C on the terminal is for the parent, which drains first.
    SpawnAttributes attributes;
    sigset_t none;
    sigset_t all;
    ::sigemptyset(&none);
    ::sigfillset(&all);
    ::posix_spawnattr_setsigmask(&attributes.value, &none);
    ::posix_spawnattr_setsigdefault(&attributes.value, &all);
    ::posix_spawnattr_setpgroup(&attributes.value, 0);
    ::posix_spawnattr_setflags(
        &attributes.value, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);

    std::vector<std::string> arguments{options.program.string()};
    arguments.insert(arguments.end(), options.arguments.begin(), options.arguments.end());
    std::vector<std::string> environment = child_environment();
    pid_t pid = -1;
    const int fault = ::posix_spawn(&pid,
                                    options.program.c_str(),
                                    &actions.value,
                                    &attributes.value,
                                    pointers(arguments).data(),
                                    pointers(environment).data());
    if (fault != 0) {
        throw Error(ErrorCode::Unavailable,
                    options.program.string() + " does not start: " + std::strerror(fault));
    }
    return pid;
}

std::string how_it_ended(const siginfo_t& info) {
    return info.si_code == CLD_EXITED ? "exit status " + std::to_string(info.si_status)
                                      : "signal " + std::to_string(info.si_status);
}

}  // namespace

fs::path find_program(const std::string& name) {
    std::error_code fault;
    const fs::path here = fs::read_symlink("/proc/self/exe", fault).parent_path();
    const fs::path beside = here / name;
    const fs::path libexec = (here / "../libexec/yinxin" / name).lexically_normal();
    for (const fs::path& candidate : {beside, libexec}) {
        if (::access(candidate.c_str(), X_OK) == 0) {
            return candidate;
        }
    }
    throw Error(ErrorCode::Unavailable,
                name + " is missing: it belongs to " + beside.string() + " or " + libexec.string());
}

nlohmann::json ask_once(const ChildOptions& options, const nlohmann::json& order) {
    auto [ours, theirs] = Channel::pair();
    const pid_t pid = spawn(options, theirs);
    theirs = Channel(-1);
    std::optional<Message> answer;
    std::exception_ptr failure;
    try {
        try {
            ours.send({order, {}}, options.start_deadline);
        } catch (const Error&) {  // it may have said why and gone before it was asked
        }
        answer = ours.receive(options.start_deadline);
    } catch (...) {
        failure = std::current_exception();
        ::kill(pid, SIGKILL);
    }
    while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
    }
    if (failure) {
        std::rethrow_exception(failure);
    }
    if (!answer) {
        throw Error(ErrorCode::Unavailable, options.program.string() + " ended without an answer");
    }
    rethrow_if_error(answer->head);
    return std::move(answer->head);
}

struct Keeper::Impl {
    explicit Impl(ChildOptions given) : options(std::move(given)) {}

    const ChildOptions options;
    mutable std::mutex mutex;
    std::condition_variable changed;
    pid_t pid = -1;      // running and not yet reaped, so that it can be signalled safely
    bool ready = false;  // it said hello and has not ended
    bool stopping = false;
    std::uint64_t generation = 0;
    nlohmann::json hello;
    std::exception_ptr failure;  // why the last start failed
    Channel door{-1};
    std::thread thread;

    void run();
    bool live_once();
    void give_order();
    bool await_end();
    /// The mutex is held.
    std::string why_not() const {
        try {
            if (failure) {
                std::rethrow_exception(failure);
            }
        } catch (const std::exception& error) {
            return std::string(": ") + error.what();
        }
        return "";
    }
    void kill_running() {
        if (pid > 0) {
            ::kill(pid, SIGKILL);
        }
    }
};

/// One child from start to end. True when the next may start at once: it worked for a while, or
/// left of its own accord. One that keeps dying must not eat the machine.
bool Keeper::Impl::live_once() {
    const auto start = SteadyClock::now();
    bool became_ready = false;
    try {
        auto [ours, theirs] = Channel::pair();
        {
            const std::lock_guard lock(mutex);
            if (stopping) {
                return true;
            }
            pid = spawn(options, theirs);
            door = std::move(ours);
        }
        theirs = Channel(-1);  // else its end would never be seen
        give_order();
        const auto greeting = door.receive(options.start_deadline);
        if (!greeting) {
            throw Error(ErrorCode::Unavailable,
                        options.program.filename().string() + " ended before it was ready");
        }
        rethrow_if_error(greeting->head);
        const std::lock_guard lock(mutex);
        hello = greeting->head;
        ready = became_ready = true;
        failure = nullptr;
        ++generation;
        changed.notify_all();
    } catch (const std::exception& error) {
        const std::lock_guard lock(mutex);
        if (!stopping) {
            spdlog::error(
                "{} did not start: {}", options.program.filename().string(), error.what());
        }
        failure = std::current_exception();
        kill_running();
        changed.notify_all();
    }
    const bool left = await_end();
    return became_ready && (left || SteadyClock::now() - start > std::chrono::seconds(2));
}

void Keeper::Impl::give_order() {
    if (options.order.is_null()) {
        return;
    }
    try {
        door.send({options.order, {}}, options.start_deadline);
    } catch (const Error&) {  // it may have said why and gone before it was asked
    }
}

/// True when it left with status 0.
bool Keeper::Impl::await_end() {
    if (pid <= 0) {  // only this thread changes it
        return false;
    }
    siginfo_t info{};
    while (::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOWAIT) != 0 &&
           errno == EINTR) {
    }
    const std::lock_guard lock(mutex);
    ::waitpid(pid, nullptr, 0);
    if (!stopping && !failure) {
        spdlog::warn("{} (process {}) ended: {}",
                     options.program.filename().string(),
                     pid,
                     how_it_ended(info));
    }
    pid = -1;
    ready = false;
    door = Channel(-1);
    changed.notify_all();
    return info.si_code == CLD_EXITED && info.si_status == 0;
}

void Keeper::Impl::run() {
    Milliseconds pause = options.backoff_min;
    for (;;) {
        const bool steady = live_once();
        pause = steady ? options.backoff_min : std::min(pause * 2, options.backoff_max);
        std::unique_lock lock(mutex);
        if (changed.wait_for(
                lock, steady ? Milliseconds::zero() : pause, [this] { return stopping; })) {
            return;
        }
    }
}

Keeper::Keeper(ChildOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {
    impl_->thread = std::thread([this] { impl_->run(); });
}

Keeper::~Keeper() {
    {
        std::unique_lock lock(impl_->mutex);
        impl_->stopping = true;
        impl_->changed.notify_all();
        if (impl_->door.fd() >= 0) {
            ::shutdown(impl_->door.fd(), SHUT_RDWR);
        }
        if (!impl_->changed.wait_for(lock, kLeave, [this] { return impl_->pid <= 0; })) {
            impl_->kill_running();
        }
    }
    impl_->thread.join();
}

nlohmann::json Keeper::wait_ready() {
    std::unique_lock lock(impl_->mutex);
    impl_->changed.wait(lock, [this] { return impl_->ready || impl_->failure; });
    if (!impl_->ready) {
        std::rethrow_exception(impl_->failure);
    }
    return impl_->hello;
}

Keeper::Connection Keeper::connect(Milliseconds deadline) {
    auto [ours, theirs] = Channel::pair();
    const auto end = SteadyClock::now() + deadline;
    std::unique_lock lock(impl_->mutex);
    for (;;) {
        if (!impl_->changed.wait_until(lock, end, [this] { return impl_->ready; })) {
            throw Error(ErrorCode::Unavailable,
                        impl_->options.program.filename().string() +
                            " is not running; it is being restarted" + impl_->why_not());
        }
        try {
            impl_->door.pass(theirs.fd());
            return {std::move(ours), impl_->generation};
        } catch (const Error&) {  // it has just ended, or hangs so that its door is full
            impl_->ready = false;
            impl_->kill_running();
        }
    }
}

void Keeper::replace(std::uint64_t generation) {
    const std::lock_guard lock(impl_->mutex);
    if (impl_->ready && impl_->generation == generation) {
        impl_->ready = false;
        impl_->kill_running();
    }
}

std::uint64_t Keeper::generation() const {
    const std::lock_guard lock(impl_->mutex);
    return impl_->ready ? impl_->generation : 0;
}

pid_t Keeper::pid() const {
    const std::lock_guard lock(impl_->mutex);
    return impl_->pid;
}

}  // namespace yinxin::server
