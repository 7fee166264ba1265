// SPDX-License-Identifier: Apache-2.0
#include "server/service/api_keys.h"

#include <algorithm>
#include <string_view>

#include "common/error.h"
#include "common/time_text.h"

namespace yinxin::server {
namespace {

constexpr std::size_t name_bytes_max = 64;

/// Names stand in logs and in the register.
void check_name(const std::string& name) {
    const bool plain = std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               std::string_view("-._").find(c) != std::string_view::npos;
    });
    if (name.empty() || name.size() > name_bytes_max || !plain) {
        const std::string detail = "a name has 1 to 64 letters, digits, \"-\", \".\" or \"_\"";
        throw Error(ErrorCode::Invalid, detail, {{"/name", "name", detail}});
    }
}

}  // namespace

std::string ApiKeys::add(const std::string& name, Role role) {
    check_name(name);
    return store_.add_api_key(name, role);
}

nlohmann::json ApiKeys::list() {
    auto keys = nlohmann::json::array();
    for (const ApiKey& key : store_.api_keys()) {
        keys.push_back({{"name", key.id},
                        {"role", to_text(key.role)},
                        {"created_at", to_rfc3339(key.created_at)}});
        if (key.revoked_at) {
            keys.back()["revoked_at"] = to_rfc3339(*key.revoked_at);
        }
    }
    return keys;
}

void ApiKeys::revoke(const std::string& name) {
    store_.revoke_api_key(name);
}

}  // namespace yinxin::server
