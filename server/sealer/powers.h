// SPDX-License-Identifier: Apache-2.0
// What the process with the private keys gives up before it answers anybody.
#pragma once

namespace yinxin::server {

/// Keys stay out of core dumps, other processes' reach and, where that is allowed, swap. First of
/// all.
void keep_memory_private();

/// What a PKCS#11 module may need later.
struct NeedsOfModules {
    bool files = false;    ///< its own, opened as the user who started us: no change of user then,
                           ///< unless there is a user yinxin-sealer
    bool network = false;  ///< to its device
};

/// With all files open that it will need: no network, the user "yinxin-sealer" (else nobody) when
/// started as root, no other program, no other process's memory. Throws Error{Internal}.
void give_up_powers(const NeedsOfModules& needs);

}  // namespace yinxin::server
