// SPDX-License-Identifier: Apache-2.0
#include "server/inspector/sandbox.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>

#include "common/error.h"

namespace yinxin::server {

namespace {

constexpr rlim_t kFilesOpen = 32;  // at once, by a child that may read some

void require(bool held, const char* what) {
    if (!held) {
        throw Error(ErrorCode::Internal, std::string("the sandbox cannot be entered: ") + what);
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

// ---- the files that are left

bool has_landlock() {
    return ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION) >= 1;
}

/// Irrevocable: of all files only those below the folders, and those to be read.
void keep_to(const std::vector<std::string>& folders) {
    constexpr std::uint64_t kRead = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
    constexpr std::uint64_t kAll = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1;  // of its first version
    landlock_ruleset_attr rules{};
    rules.handled_access_fs = kAll;
    const int ruleset =
        static_cast<int>(::syscall(SYS_landlock_create_ruleset, &rules, sizeof rules, 0));
    require(ruleset >= 0, "landlock_create_ruleset");
    for (const std::string& folder : folders) {
        landlock_path_beneath_attr beneath{};
        beneath.allowed_access = kRead;
        beneath.parent_fd = ::open(folder.c_str(), O_PATH | O_CLOEXEC);
        if (beneath.parent_fd < 0) {
            continue;  // not every system has each
        }
        const bool added =
            ::syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0) == 0;
        ::close(beneath.parent_fd);
        require(added, "landlock_add_rule");
    }
    require(::syscall(SYS_landlock_restrict_self, ruleset, 0) == 0, "landlock_restrict_self");
    ::close(ruleset);
}

// ---- the calls that are left

using Filter = std::vector<sock_filter>;

class FilterMaker {
  public:
    explicit FilterMaker(std::uint32_t otherwise)
        : context_(::seccomp_init(otherwise), ::seccomp_release) {
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

    std::unique_ptr<void, void (*)(void*)> context_;
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

/// Only to read: Landlock says what.
void allow_to_read_files(FilterMaker& filter) {
    filter.allow({SCMP_SYS(read),
                  SCMP_SYS(pread64),
                  SCMP_SYS(lseek),
                  SCMP_SYS(fstat),
                  SCMP_SYS(newfstatat),
                  SCMP_SYS(statx),
                  SCMP_SYS(fstatfs),
                  SCMP_SYS(access),
                  SCMP_SYS(faccessat),
                  SCMP_SYS(faccessat2),
                  SCMP_SYS(readlink),
                  SCMP_SYS(readlinkat),
                  SCMP_SYS(getdents64),
                  SCMP_SYS(fadvise64)});
    for (const int command : {F_GETFD, F_SETFD, F_GETFL}) {  // others send signals
        filter.allow_if(SCMP_SYS(fcntl), SCMP_A1(SCMP_CMP_EQ, static_cast<scmp_datum_t>(command)));
    }
    filter.allow_if(SCMP_SYS(openat),
                    SCMP_A2(SCMP_CMP_MASKED_EQ, O_ACCMODE | O_CREAT | O_TRUNC, O_RDONLY));
}

FilterMaker filter_for(const ChildLimits& limits, bool reads) {
    FilterMaker filter(limits.readable.empty() ? SCMP_ACT_KILL_PROCESS : SCMP_ACT_ERRNO(EPERM));
    allow_to_talk_and_remember(filter);
    if (reads) {
        allow_to_read_files(filter);
    }
    return filter;
}

Filter filter_of_child(const ChildLimits& limits, bool reads) {
    return filter_for(limits, reads).make();
}

/// A fork is under the nest's filter, too: it also allows what a child does on its way in.
Filter filter_of_nest(const ChildLimits& limits, bool reads) {
    FilterMaker filter = filter_for(limits, reads);
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
    : limits_(std::move(limits)),
      reads_(!limits_.readable.empty() && has_landlock()),
      nest_filter_(filter_of_nest(limits_, reads_)),
      child_filter_(filter_of_child(limits_, reads_)) {}

Sandbox::~Sandbox() = default;

void Sandbox::enter_as_nest(int last_fd, unsigned more_fds) {
    require(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "no_new_privs");
    require(::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0, "dumpable");
    require(::close_range(static_cast<unsigned>(last_fd) + 1, ~0U, 0) == 0, "close_range");
    leave_namespaces();
    const Memory memory = memory_now();
    require(memory.resident < limits_.memory_bytes, "it is too large itself");
    address_space_ = memory.mapped + limits_.memory_bytes - memory.resident;
    if (reads_) {
        keep_to(limits_.readable);
    }
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_FSIZE, 0);
    limit(RLIMIT_NOFILE, static_cast<rlim_t>(last_fd) + 1 + more_fds + (reads_ ? kFilesOpen : 0));
    install(nest_filter_);
}

void Sandbox::enter_as_child(int channel) const {
    require((channel == 0 || ::dup3(channel, 0, O_CLOEXEC) == 0) && ::close_range(1, ~0U, 0) == 0,
            "close_range");
    limit(RLIMIT_AS, address_space_);
    limit(RLIMIT_CPU, limits_.cpu_seconds, limits_.cpu_seconds + 1);
    limit(RLIMIT_NPROC, 0);
    limit(RLIMIT_NOFILE, 1 + (reads_ ? kFilesOpen : 0));
    install(child_filter_);
}

}  // namespace yinxin::server
