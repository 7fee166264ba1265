// SPDX-License-Identifier: Apache-2.0
#include "server/domain/role.h"

#include <array>
#include <utility>

namespace yinxin::server {
namespace {

constexpr std::array<std::pair<Role, std::string_view>, 3> words{
    {{Role::Issuer, "issuer"}, {Role::Verifier, "verifier"}, {Role::Admin, "admin"}}};

}  // namespace

std::string to_text(Role role) {
    for (const auto& [known, word] : words) {
        if (known == role) {
            return std::string(word);
        }
    }
    return {};
}

std::optional<Role> role_from_text(std::string_view text) {
    for (const auto& [role, word] : words) {
        if (word == text) {
            return role;
        }
    }
    return std::nullopt;
}

}  // namespace yinxin::server
