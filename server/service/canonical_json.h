// SPDX-License-Identifier: Apache-2.0
// The text of JSON by which requests are told apart and data is kept.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace yinxin::server {

/// Byte for byte what dump() makes, or its exception: registers hold digests of such texts. Much
/// faster where the texts are plain ones.
std::string canonical_json(const nlohmann::json& value);

}  // namespace yinxin::server
