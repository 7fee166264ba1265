// SPDX-License-Identifier: Apache-2.0
// The nest: a process that has everything loaded, reads nothing from outside, and forks for each
// file a child that reads this one and no other. A file that takes its reader over can lie about
// itself only.
//
// With the side that owns the door (descriptor 3), one connection for each file:
//   nest  <- {...}                        its order, once, before the hello; what is in it is the
//                                         program's business
//   nest  -> {}                           the hello, or {"error": ...}
//   nest  -> {"taken": true}              a child was forked for this connection, or {"error": ...}
//   child <- {...}, with the file as body
//   child -> its report                   or {"error": ...}: it broke an invariant
//   nest  -> {"ended": "cpu"|"time"|"memory"|"crash"|"left", "signal": n}    when the child is gone
// Closing the connection ends the child.
#pragma once

#include <chrono>
#include <functional>
#include <nlohmann/json.hpp>

#include "common/bytes.h"
#include "server/inspector/sandbox.h"
#include "server/ipc/channel.h"

namespace yinxin::server {

/// Reads one file, in a process of its own. What it throws becomes {"error": ...}.
using FileReader = std::function<nlohmann::json(const nlohmann::json& head, ByteView file)>;

struct NestOptions {
    unsigned children;  ///< at once; who comes beyond waits at the door
    ChildLimits limits;
    std::chrono::milliseconds wall;  ///< of one child
};

/// Enters the sandbox, says hello, and serves until the door closes. Also returns, as soon as no
/// child is under way, after one has crashed: somebody may be trying out where things lie in
/// memory, and a new process lies elsewhere. It takes only so many more files as it has children.
/// Throws Error when it cannot start.
void keep_nest(Channel& door, const NestOptions& options, const FileReader& reader);

/// The main() of such a program: `serve` talks at its door, descriptor 3. The process dies with the
/// thread that started it; what is thrown is said at the door, and to standard error under the
/// program's name. Returns only when there is no door.
int run_at_door(const char* program, void (*serve)(Channel& door));

}  // namespace yinxin::server
