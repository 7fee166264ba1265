// SPDX-License-Identifier: Apache-2.0
// JSON and files from callers, read strictly.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "common/error.h"
#include "server/http/message.h"

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

/// The uploaded file: the raw body, or the one part with a file name of multipart/form-data. Throws
/// Error{Malformed} when there is none or several, Error{TooLarge} above `bytes_max`.
std::string uploaded_file(const Request& request, std::size_t bytes_max);

}  // namespace yinxin::server
