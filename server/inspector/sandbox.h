// SPDX-License-Identifier: Apache-2.0
// What yinxin-inspector gives up: the nest before it says hello, and each of its children again,
// and nearly everything, before it reads the first byte from outside.
#pragma once

#include <sys/resource.h>

#include <cstddef>
#include <string>
#include <vector>

struct sock_filter;

namespace yinxin::server {

struct ChildLimits {
    unsigned cpu_seconds;      ///< then SIGXCPU
    std::size_t memory_bytes;  ///< what it inherits and what it maps, together
    /// For libraries that load on use and do without what they cannot have: with any here, a call
    /// that is not left fails with EPERM instead of ending the process, and where the system can
    /// hold it to them (Landlock) these folders stay readable.
    std::vector<std::string> readable{};
};

/// Made once, by the nest, while it may still read files; each child enters it within microseconds.
class Sandbox {
  public:
    explicit Sandbox(ChildLimits limits);
    ~Sandbox();
    Sandbox(const Sandbox&) = delete;
    Sandbox& operator=(const Sandbox&) = delete;

    /// Irrevocable, for a process of one thread: no privilege, file, network or program any more;
    /// descriptors up to `last_fd` stay open, and `more_fds` may be added by being passed in. Left
    /// are talking through them, forking, ending its own children. Any other call ends the process.
    /// Throws Error{Internal}.
    void enter_as_nest(int last_fd, unsigned more_fds);

    /// In a fork of the nest: `channel` becomes descriptor 0, every other one is closed, and only
    /// calls that talk through it and manage memory are left. Throws Error{Internal}.
    void enter_as_child(int channel) const;

  private:
    const ChildLimits limits_;
    const bool reads_;  ///< has folders, and is held to them
    const std::vector<sock_filter> nest_filter_, child_filter_;
    rlim_t address_space_ = 0;
};

}  // namespace yinxin::server
