// SPDX-License-Identifier: Apache-2.0
// JSON from outside, read strictly: by HTTP, the command line and the use cases.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "common/error.h"

namespace yinxin::server {

/// Checks depth (limits::json_depth_max) and repeated members before a tree is built. Throws
/// Error{Malformed} with line and column.
nlohmann::json parse_json(std::string_view text);

/// The members an object may have and what they are; every fault is collected.
struct Member {
    std::string name;
    enum class Kind { Text, Object } kind = Kind::Text;
    bool required = false;
};
/// `json` must be an object with these members only. Throws Error{Invalid} naming each fault by
/// JSON Pointer below `at`.
void check_members(const nlohmann::json& json,
                   const std::vector<Member>& members,
                   const std::string& at = "");

/// Escapes a member's name for a JSON Pointer (RFC 6901).
std::string pointer_segment(const std::string& name);

}  // namespace yinxin::server
