// SPDX-License-Identifier: Apache-2.0
#include "server/sealer/powers.h"

#include <grp.h>
#include <linux/capability.h>
#include <malloc.h>
#include <pthread.h>
#include <pwd.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
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

using Capabilities = std::uint64_t;
constexpr Capabilities kNoCapabilities = 0;
constexpr Capabilities kAnyFolder = Capabilities{1} << CAP_DAC_OVERRIDE;

void leave_network() {
    static_cast<void>(::unshare(CLONE_NEWNET));  // root's only; the filter is for everybody
}

/// Groups that an ordinary user was given cannot be laid down by him.
void leave_groups() {
    if (::geteuid() == 0 && ::setgroups(0, nullptr) != 0) {
        throw Error(ErrorCode::Internal, "the sealer cannot leave its groups");
    }
}

/// Before a change of user, after which none may be dropped any more.
void bound_capabilities(Capabilities kept) {
    for (int each = 0; ::prctl(PR_CAPBSET_READ, each, 0, 0, 0) >= 0; ++each) {
        if ((kept >> each & 1) == 0) {
            // Refused to an ordinary user, who gains none without another program.
            static_cast<void>(::prctl(PR_CAPBSET_DROP, each, 0, 0, 0));
        }
    }
    ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
}

void keep_capabilities(Capabilities kept) {
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    __user_cap_data_struct held[_LINUX_CAPABILITY_U32S_3]{};
    bool done = ::syscall(SYS_capget, &header, held) == 0;
    for (unsigned i = 0; i < _LINUX_CAPABILITY_U32S_3; ++i) {
        held[i].permitted &= static_cast<std::uint32_t>(kept >> (32 * i));
        held[i].effective = held[i].permitted;
        held[i].inheritable = 0;
    }
    done = done && ::syscall(SYS_capset, &header, held) == 0;
    if (!done) {
        throw Error(ErrorCode::Internal, "the sealer cannot give up its capabilities");
    }
}

/// `files`: a module needs its own, so that root stays root where there is no user for it.
BecameUser become_own_user(bool files) {
    if (::geteuid() != 0) {
        return BecameUser::Own;
    }
    const passwd* own = ::getpwnam(kUser);
    if (own == nullptr && files) {
        return BecameUser::Root;
    }
    const uid_t user = own != nullptr ? own->pw_uid : kNobody;
    const gid_t group = own != nullptr ? own->pw_gid : kNobody;
    if (::setresgid(group, group, group) != 0 || ::setresuid(user, user, user) != 0) {
        throw Error(ErrorCode::Internal, "the sealer cannot become a user of its own");
    }
    return BecameUser::Own;
}

class Filter {
  public:
    void refuse(const std::vector<int>& calls) {
        for (const int call : calls) {
            held_ = held_ && ::seccomp_rule_add(filter_.get(), SCMP_ACT_ERRNO(EPERM), call, 0) == 0;
        }
    }
    /// Threads, and no other process.
    void refuse_processes() {
        refuse({SCMP_SYS(fork), SCMP_SYS(vfork)});
        held_ = held_ &&
                ::seccomp_rule_add(filter_.get(),
                                   SCMP_ACT_ERRNO(EPERM),
                                   SCMP_SYS(clone),
                                   1,
                                   SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0)) == 0 &&
                // Its flags cannot be seen by a filter; libc takes clone instead.
                ::seccomp_rule_add(filter_.get(), SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0) == 0;
    }
    void load() {
        if (!held_ || ::seccomp_load(filter_.get()) != 0) {
            throw Error(ErrorCode::Internal, "the sealer cannot give up the network (seccomp)");
        }
    }

  private:
    const std::unique_ptr<void, decltype(&::seccomp_release)> filter_{
        ::seccomp_init(SCMP_ACT_ALLOW), &::seccomp_release};
    bool held_ = filter_ != nullptr;
};

void filter_calls(bool network) {
    ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    Filter filter;
    filter.refuse({SCMP_SYS(io_uring_setup),  // makes sockets without the calls below
                   SCMP_SYS(bind),
                   SCMP_SYS(listen),
                   SCMP_SYS(pidfd_getfd),
                   SCMP_SYS(execve),
                   SCMP_SYS(execveat),
                   SCMP_SYS(ptrace),
                   SCMP_SYS(process_vm_readv),
                   SCMP_SYS(process_vm_writev),
                   SCMP_SYS(kill),
                   SCMP_SYS(tkill),
                   SCMP_SYS(rt_sigqueueinfo),
                   SCMP_SYS(rt_tgsigqueueinfo),
                   SCMP_SYS(pidfd_send_signal),
                   SCMP_SYS(unshare),  // a namespace of its own would be one with capabilities
                   SCMP_SYS(setns)});
    filter.refuse_processes();
    if (!network) {
        filter.refuse({SCMP_SYS(socket), SCMP_SYS(connect)});
    }
    filter.load();
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

BecameUser give_up_powers(const NeedsOfModules& needs) {
    if (!needs.network) {
        leave_network();
    }
    leave_groups();
    bound_capabilities(kNoCapabilities);
    const BecameUser user = become_own_user(needs.files);
    keep_capabilities(kNoCapabilities);
    shut_others_out();  // a change of user undoes both
    filter_calls(needs.network);
    return user;
}

void give_up_powers_of_maker(bool needs_network) {
    if (!needs_network) {
        leave_network();
    }
    leave_groups();
    bound_capabilities(kAnyFolder);
    keep_capabilities(kAnyFolder);
    filter_calls(needs_network);
}

}  // namespace yinxin::server
