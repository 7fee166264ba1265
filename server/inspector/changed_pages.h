// SPDX-License-Identifier: Apache-2.0
// The pages that look different from what was sealed, as pictures. What painted them may have been
// taken over by the file: they are PNG for people to look at, and no verdict is taken from them.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "common/bytes.h"

namespace yinxin::server {

struct ChangedPage {
    int page = 0;         ///< from 1
    Bytes before, after;  ///< PNG, the place framed in red; empty where there is no such page
};

inline constexpr std::size_t changed_pages_max = 3;
inline constexpr std::size_t changed_picture_bytes_max = 400u << 10;  // of one

nlohmann::json to_json(const std::vector<ChangedPage>& pages);
/// Throws Error{Malformed} or nlohmann::json::exception for what to_json() does not write.
std::vector<ChangedPage> changed_pages_from_json(const nlohmann::json& json);

}  // namespace yinxin::server
