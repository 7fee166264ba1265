// SPDX-License-Identifier: Apache-2.0
#include "server/service/request_key.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "common/error.h"
#include "keys/crypto/digest.h"

namespace yinxin::server {
namespace {

constexpr std::size_t key_bytes_max = 200;
constexpr std::size_t reason_characters_max = 200;

}  // namespace

RequestKey request_key(const std::string& owner,
                       const std::string& key,
                       const std::string& verb,
                       const nlohmann::json& content) {
    const bool visible_ascii =
        std::all_of(key.begin(), key.end(), [](char c) { return c > ' ' && c < '\x7f'; });
    if (key.empty() || key.size() > key_bytes_max || !visible_ascii) {
        throw Error(
            ErrorCode::Invalid,
            "Idempotency-Key must have 1 to 200 visible ASCII characters, for example a UUID",
            {{"",
              "idempotency_key",
              "Send an Idempotency-Key of 1 to 200 visible ASCII characters."}});
    }
    return {owner, key, verb, keys::sha256(as_bytes(verb + "\n" + content.dump()))};
}

void check_reason(const std::string& reason) {
    // Bytes that continue a UTF-8 character do not count.
    const auto characters = std::count_if(
        reason.begin(), reason.end(), [](unsigned char c) { return (c & 0xc0) != 0x80; });
    const bool control = std::any_of(
        reason.begin(), reason.end(), [](unsigned char c) { return c < ' ' || c == 0x7f; });
    if (reason.find_first_not_of(' ') == std::string::npos || control ||
        static_cast<std::size_t>(characters) > reason_characters_max) {
        throw Error(ErrorCode::Invalid,
                    "a reason is needed",
                    {{"/reason", "reason", "Give a reason of 1 to 200 characters on one line."}});
    }
}

}  // namespace yinxin::server
