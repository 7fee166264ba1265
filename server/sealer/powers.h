// SPDX-License-Identifier: Apache-2.0
// What the processes with private keys give up before they answer anybody.
#pragma once

namespace yinxin::server {

/// Keys stay out of core dumps, other processes' reach and, where that is allowed, swap. First of
/// all.
void keep_memory_private();

/// What a PKCS#11 module needs, which is loaded afterwards.
struct NeedsOfModules {
    bool files = false;    ///< its own: nobody could not open them
    bool network = false;  ///< to its device
};

/// Whom the process has become.
enum class BecameUser {
    Own,   ///< "yinxin-sealer"; else nobody; or the ordinary user who started it
    Root,  ///< the user root without his powers, because a module needs files and there is no user
           ///< "yinxin-sealer" to give them to
};

/// Of a sealer that serves, with all files open that it will need but those of modules: no network,
/// no capabilities, no groups, no other program, process or namespace. Throws Error{Internal}.
BecameUser give_up_powers(const NeedsOfModules& needs);

/// Of who makes keys: the same, but the user stays, and root's right to a folder of another user.
void give_up_powers_of_maker(bool needs_network);

}  // namespace yinxin::server
