// SPDX-License-Identifier: Apache-2.0
// A port that is free, for addresses that have to be known before anybody listens there.
#pragma once

#include <string>

namespace yinxin::server {

/// ADDRESS:PORT with port 0 replaced by one that is free now; others, and addresses that are none,
/// as they are.
std::string with_free_port(const std::string& listen);

}  // namespace yinxin::server
