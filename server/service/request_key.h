// SPDX-License-Identifier: Apache-2.0
// Idempotency keys and other texts a caller sends beside the data.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "server/storage/store.h"

namespace yinxin::server {

/// `content` is what makes two requests the same. Throws Error{Invalid} unless the key has 1 to 200
/// visible ASCII characters.
RequestKey request_key(const std::string& owner,
                       const std::string& key,
                       const std::string& verb,
                       const nlohmann::json& content);

/// The options with their defaults; throws Error{Invalid} naming each that is unknown or wrong by
/// pointers that begin with /options.
nlohmann::json complete_options(const nlohmann::json& given);
/// 打印方式 as printed, by the word of options.channel.
const std::string& channel_as_printed(const std::string& channel);

/// 1 to 200 characters, none of them a control character; throws Error{Invalid} at /reason.
void check_reason(const std::string& reason);

}  // namespace yinxin::server
