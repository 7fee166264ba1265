// SPDX-License-Identifier: Apache-2.0
// What yinxin-inspector gives up before it reads the first byte from outside: privileges, files,
// network, processes, memory.
#pragma once

namespace yinxin::server {

/// Irrevocable, for the whole process; one thread must be running. Descriptors up to `last_fd` stay
/// open. From then on only calls that read, write, wait and manage memory are left: any other one
/// ends the process. Throws Error{Internal}.
void enter_sandbox(int last_fd);

/// CPU time until the next call of this, else the process ends (SIGPROF); 0: no bound.
void bound_cpu_seconds(unsigned seconds);

}  // namespace yinxin::server
