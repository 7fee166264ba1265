// SPDX-License-Identifier: Apache-2.0
#include "server/inspector/sandbox.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <memory>
#include <string>

#include "common/error.h"

namespace yinxin::server {

namespace {

void require(bool held, const char* what) {
    if (!held) {
        throw Error(ErrorCode::Internal,
                    std::string("the inspector cannot enter its sandbox: ") + what);
    }
}

struct Memory {
    std::size_t mapped, resident;
};

Memory memory_now() {
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen("/proc/self/statm", "re"),
                                                               std::fclose);
    std::size_t mapped = 0;
    std::size_t resident = 0;
    require(file != nullptr && std::fscanf(file.get(), "%zu %zu", &mapped, &resident) == 2,
            "/proc/self/statm");
    const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    return {mapped * page, resident * page};
}

void limit(__rlimit_resource resource, rlim_t soft, rlim_t hard) {
    const rlimit both{soft, hard};
    require(::setrlimit(resource, &both) == 0, "setrlimit");
}

void limit(__rlimit_resource resource, rlim_t value) {
    limit(resource, value, value);
}

/// Where the system allows it: no network even for a hole in the filter below. The filter alone
/// suffices.
void leave_namespaces() {
    constexpr int kAll = CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS;
    if (::unshare(kAll) != 0 && ::unshare(CLONE_NEWUSER | kAll) != 0) {
        return;
    }
}

// ---- the calls that are left

using Filter = std::vector<sock_filter>;

class FilterMaker {
  public:
    FilterMaker() : context_(::seccomp_init(SCMP_ACT_KILL_PROCESS), ::seccomp_release) {
        require(context_ != nullptr, "seccomp_init");
        // looked up in a tree: each child pays for every call the kernel tries out in advance
        constexpr std::uint32_t kTree = 2;
        require(::seccomp_attr_set(context_.get(), SCMP_FLTATR_CTL_OPTIMIZE, kTree) == 0,
                "seccomp_attr_set");
    }

    void allow(std::initializer_list<int> calls) {
        for (const int call : calls) {
            rule(call, {});
        }
    }
    void allow_if(int call, const scmp_arg_cmp& condition) { rule(call, {condition}); }

    Filter make() const {
        const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(
            ::fdopen(::memfd_create("filter", MFD_CLOEXEC), "r"), std::fclose);
        require(file != nullptr && ::seccomp_export_bpf(context_.get(), ::fileno(file.get())) == 0,
                "seccomp_export_bpf");
        const long bytes = ::lseek(::fileno(file.get()), 0, SEEK_END);
        require(bytes > 0, "seccomp_export_bpf");
        Filter filter(static_cast<std::size_t>(bytes) / sizeof(sock_filter));
        std::rewind(file.get());
        require(std::fread(filter.data(), sizeof(sock_filter), filter.size(), file.get()) ==
                    filter.size(),
                "seccomp_export_bpf");
        return filter;
    }

  private:
    void rule(int call, std::initializer_list<scmp_arg_cmp> conditions) {
        require(::seccomp_rule_add_array(context_.get(),
                                         SCMP_ACT_ALLOW,
                                         call,
                                         static_cast<unsigned>(conditions.size()),
                                         conditions.begin()) == 0,
                "seccomp_rule_add");
    }

    const std::unique_ptr<void, void (*)(void*)> context_;
};

void allow_to_talk_and_remember(FilterMaker& filter) {
    filter.allow({SCMP_SYS(recvfrom),
                  SCMP_SYS(recvmsg),
                  SCMP_SYS(sendmsg),
                  SCMP_SYS(poll),
                  SCMP_SYS(ppoll),
                  SCMP_SYS(close),
                  SCMP_SYS(munmap),
                  SCMP_SYS(mremap),
                  SCMP_SYS(brk),
                  SCMP_SYS(madvise),
                  SCMP_SYS(futex),
                  SCMP_SYS(exit),
                  SCMP_SYS(exit_group),
                  SCMP_SYS(clock_gettime),
                  SCMP_SYS(rt_sigreturn),
                  SCMP_SYS(rt_sigprocmask),
                  SCMP_SYS(getrandom),
                  SCMP_SYS(getpid),
                  SCMP_SYS(restart_syscall),
                  SCMP_SYS(sched_yield)});
    filter.allow({SCMP_SYS(sigaltstack)});  // AddressSanitizer's; without handlers it is nothing
    // memory, but never memory that runs
    for (const int call : {SCMP_SYS(mmap), SCMP_SYS(mprotect)}) {
        filter.allow_if(call, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
    }
}

Filter filter_of_child() {
    FilterMaker filter;
    allow_to_talk_and_remember(filter);
    return filter.make();
}

/// A fork is under the nest's filter, too: it also allows what a child does on its way in.
Filter filter_of_nest() {
    FilterMaker filter;
    allow_to_talk_and_remember(filter);
    filter.allow({SCMP_SYS(set_robust_list),
                  SCMP_SYS(gettid),
                  SCMP_SYS(getppid),
                  SCMP_SYS(pidfd_open),
                  SCMP_SYS(pidfd_send_signal),
                  SCMP_SYS(waitid),
                  SCMP_SYS(dup3),
                  SCMP_SYS(close_range)});
    // fork(), and no other way to make a process or a thread
    filter.allow_if(SCMP_SYS(clone),
                    SCMP_A0(SCMP_CMP_EQ, CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID | SIGCHLD));
    filter.allow_if(SCMP_SYS(prlimit64), SCMP_A0(SCMP_CMP_EQ, 0));  // its own limits
    filter.allow_if(SCMP_SYS(prctl), SCMP_A0(SCMP_CMP_EQ, PR_SET_PDEATHSIG));
    filter.allow_if(SCMP_SYS(prctl), SCMP_A0(SCMP_CMP_EQ, PR_SET_SECCOMP));
    return filter.make();
}

void install(const Filter& filter) {
    const sock_fprog program{static_cast<unsigned short>(filter.size()),
                             const_cast<sock_filter*>(filter.data())};
    require(::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0, "seccomp");
}

}  // namespace

Sandbox::Sandbox(ChildLimits limits)
    : limits_(limits), nest_filter_(filter_of_nest()), child_filter_(filter_of_child()) {}

Sandbox::~Sandbox() = default;

void Sandbox::enter_as_nest(int last_fd, unsigned more_fds) {
    require(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "no_new_privs");
    require(::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0, "dumpable");
    require(::close_range(static_cast<unsigned>(last_fd) + 1, ~0U, 0) == 0, "close_range");
    leave_namespaces();
    const Memory memory = memory_now();
    require(memory.resident < limits_.memory_bytes, "it is too large itself");
    address_space_ = memory.mapped + limits_.memory_bytes - memory.resident;
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_FSIZE, 0);
    limit(RLIMIT_NOFILE, static_cast<rlim_t>(last_fd) + 1 + more_fds);
    install(nest_filter_);
}

void Sandbox::enter_as_child(int channel) const {
    require((channel == 0 || ::dup3(channel, 0, O_CLOEXEC) == 0) && ::close_range(1, ~0U, 0) == 0,
            "close_range");
    limit(RLIMIT_AS, address_space_);
    limit(RLIMIT_CPU, limits_.cpu_seconds, limits_.cpu_seconds + 1);
    limit(RLIMIT_NPROC, 0);
    limit(RLIMIT_NOFILE, 1);
    install(child_filter_);
}

}  // namespace yinxin::server
