// SPDX-License-Identifier: Apache-2.0
// `yinxin serve`: one instance on the network until it is told to stop.
#pragma once

#include <functional>
#include <string>

#include "server/config/config.h"

namespace yinxin::server {

/// Serves until SIGTERM or SIGINT (drains for at most ten seconds; a second one stops at once);
/// SIGHUP reads the forms again. `ready` is called with the final configuration once requests are
/// answered. Throws before that: limits that are too loose, an instance in use, an address that
/// cannot be bound.
void serve(Config config, const std::function<void(const Config&)>& ready);

}  // namespace yinxin::server
