// SPDX-License-Identifier: Apache-2.0
// What the holder of an API key may do: an issuer issues, and reads, replaces and revokes what is
// his own; a verifier checks with the quota of a key and reads nothing; an admin may do all.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace yinxin::server {

enum class Role { Issuer, Verifier, Admin };

/// issuer, verifier, admin
std::string to_text(Role role);
std::optional<Role> role_from_text(std::string_view text);

}  // namespace yinxin::server
