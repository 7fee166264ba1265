// SPDX-License-Identifier: Apache-2.0
#include "server/inspector_sandbox.h"

#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <memory>
#include <string>

#include "common/error.h"
#include "common/limits.h"

namespace yinxin::server {

namespace {

void require(bool held, const char* what) {
    if (!held) {
        throw Error(ErrorCode::Internal,
                    std::string("the inspector cannot enter its sandbox: ") + what);
    }
}

/// Pages mapped now, from /proc/self/statm: a limit on address space counts the program, too.
rlim_t mapped_bytes() {
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen("/proc/self/statm", "re"),
                                                               std::fclose);
    unsigned long pages = 0;
    require(file != nullptr && std::fscanf(file.get(), "%lu", &pages) == 1, "/proc/self/statm");
    return static_cast<rlim_t>(pages) * static_cast<rlim_t>(::sysconf(_SC_PAGESIZE));
}

void limit(__rlimit_resource resource, rlim_t value) {
    const rlimit both{value, value};
    require(::setrlimit(resource, &both) == 0, "setrlimit");
}

void set_limits(int last_fd) {
    limit(RLIMIT_AS, mapped_bytes() + limits::inspector_memory_bytes);
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_FSIZE, 0);
    limit(RLIMIT_NPROC, 0);
    limit(RLIMIT_NOFILE,
          static_cast<rlim_t>(last_fd) + 3);  // the connection that is passed in, and one to spare
}

/// Where the system allows it: no network even for a hole in the filter below. The filter alone
/// suffices.
void leave_namespaces() {
    constexpr int kAll = CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS;
    if (::unshare(kAll) != 0 && ::unshare(CLONE_NEWUSER | kAll) != 0) {
        return;
    }
}

struct FreeFilter {
    void operator()(void* filter) const noexcept { ::seccomp_release(filter); }
};

void filter_calls() {
    const std::unique_ptr<void, FreeFilter> filter(::seccomp_init(SCMP_ACT_KILL_PROCESS));
    require(filter != nullptr, "seccomp_init");
    bool held = true;
    for (const int call : {SCMP_SYS(read),           SCMP_SYS(write),
                           SCMP_SYS(readv),          SCMP_SYS(writev),
                           SCMP_SYS(recvfrom),       SCMP_SYS(recvmsg),
                           SCMP_SYS(sendto),         SCMP_SYS(sendmsg),
                           SCMP_SYS(poll),           SCMP_SYS(ppoll),
                           SCMP_SYS(close),          SCMP_SYS(munmap),
                           SCMP_SYS(mremap),         SCMP_SYS(brk),
                           SCMP_SYS(madvise),        SCMP_SYS(futex),
                           SCMP_SYS(exit),           SCMP_SYS(exit_group),
                           SCMP_SYS(clock_gettime),  SCMP_SYS(rt_sigreturn),
                           SCMP_SYS(rt_sigprocmask), SCMP_SYS(getrandom),
                           SCMP_SYS(getpid),         SCMP_SYS(gettid),
                           SCMP_SYS(setitimer),      SCMP_SYS(restart_syscall),
                           SCMP_SYS(sched_yield)}) {
        held = held && ::seccomp_rule_add(filter.get(), SCMP_ACT_ALLOW, call, 0) == 0;
    }
    // memory, but never memory that runs
    for (const int call : {SCMP_SYS(mmap), SCMP_SYS(mprotect)}) {
        held =
            held &&
            ::seccomp_rule_add(
                filter.get(), SCMP_ACT_ALLOW, call, 1, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)) ==
                0;
    }
    // abort() may end this process and no other
    held = held &&
           ::seccomp_rule_add(filter.get(),
                              SCMP_ACT_ALLOW,
                              SCMP_SYS(tgkill),
                              1,
                              SCMP_A0(SCMP_CMP_EQ, static_cast<scmp_datum_t>(::getpid()))) == 0;
    require(held && ::seccomp_load(filter.get()) == 0, "seccomp");
}

}  // namespace

void enter_sandbox(int last_fd) {
    require(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "no_new_privs");
    require(::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0, "dumpable");
    require(::close_range(static_cast<unsigned>(last_fd) + 1, ~0U, 0) == 0, "close_range");
    leave_namespaces();
    set_limits(last_fd);
    filter_calls();
}

void bound_cpu_seconds(unsigned seconds) {
    itimerval timer{};
    timer.it_value.tv_sec = static_cast<time_t>(seconds);
    require(::setitimer(ITIMER_PROF, &timer, nullptr) == 0, "setitimer");
}

}  // namespace yinxin::server
