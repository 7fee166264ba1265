// SPDX-License-Identifier: Apache-2.0
#include "server/sealer/powers.h"

#include <grp.h>
#include <malloc.h>
#include <pthread.h>
#include <pwd.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <memory>
#include <vector>

#include "common/error.h"

namespace yinxin::server {
namespace {

constexpr std::size_t kStackBytes = 512u << 10;
constexpr const char* kUser = "yinxin-sealer";
constexpr uid_t kNobody = 65534;

void shut_others_out() {
    ::prctl(PR_SET_DUMPABLE, 0);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
}

/// `stays_without`: root stays root where there is no user of its own.
void become_own_user(bool stays_without) {
    if (::geteuid() != 0) {
        return;
    }
    const passwd* own = ::getpwnam(kUser);
    if (own == nullptr && stays_without) {
        return;
    }
    const uid_t user = own != nullptr ? own->pw_uid : kNobody;
    const gid_t group = own != nullptr ? own->pw_gid : kNobody;
    if (::setgroups(0, nullptr) != 0 || ::setresgid(group, group, group) != 0 ||
        ::setresuid(user, user, user) != 0) {
        throw Error(ErrorCode::Internal, "the sealer cannot become a user of its own");
    }
    shut_others_out();  // a change of user undoes both
}

}  // namespace

void keep_memory_private() {
    shut_others_out();
    const rlimit none{0, 0};
    ::setrlimit(RLIMIT_CORE, &none);

    // Locked pages count in full, so stacks and arenas stay small. An ordinary user may lock too
    // little for what is to come: then only what is there now, and if even that is refused the keys
    // may be swapped, as doctor says.
    ::mallopt(M_ARENA_MAX, 2);
    pthread_attr_t attributes;
    ::pthread_attr_init(&attributes);
    ::pthread_attr_setstacksize(&attributes, kStackBytes);
    ::pthread_setattr_default_np(&attributes);
    ::pthread_attr_destroy(&attributes);
    const rlimit unlimited{RLIM_INFINITY, RLIM_INFINITY};
    static_cast<void>(::setrlimit(RLIMIT_MEMLOCK, &unlimited));  // root's, for after it is none
    rlimit lockable{};
    ::getrlimit(RLIMIT_MEMLOCK, &lockable);
    const bool ample = lockable.rlim_cur == RLIM_INFINITY;
    static_cast<void>(::mlockall(ample ? MCL_CURRENT | MCL_FUTURE : MCL_CURRENT));
}

void give_up_powers(const NeedsOfModules& needs) {
    if (!needs.network) {
        static_cast<void>(::unshare(CLONE_NEWNET));  // root's only; the filter is for everybody
    }
    become_own_user(needs.files);
    ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    const std::unique_ptr<void, decltype(&::seccomp_release)> filter(::seccomp_init(SCMP_ACT_ALLOW),
                                                                     &::seccomp_release);
    std::vector<int> calls{SCMP_SYS(io_uring_setup),  // makes sockets without the calls below
                           SCMP_SYS(bind),
                           SCMP_SYS(listen),
                           SCMP_SYS(pidfd_getfd),
                           SCMP_SYS(execve),
                           SCMP_SYS(execveat),
                           SCMP_SYS(ptrace),
                           SCMP_SYS(process_vm_readv),
                           SCMP_SYS(process_vm_writev),
                           SCMP_SYS(fork),
                           SCMP_SYS(vfork)};
    if (!needs.network) {
        calls.insert(calls.end(), {SCMP_SYS(socket), SCMP_SYS(connect)});
    }
    bool held = filter != nullptr;
    for (const int call : calls) {
        held = held && ::seccomp_rule_add(filter.get(), SCMP_ACT_ERRNO(EPERM), call, 0) == 0;
    }
    if (!held || ::seccomp_load(filter.get()) != 0) {
        throw Error(ErrorCode::Internal, "the sealer cannot give up the network (seccomp)");
    }
}

}  // namespace yinxin::server
