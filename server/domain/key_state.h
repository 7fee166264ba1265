// SPDX-License-Identifier: Apache-2.0
// What may be done with a private key of the instance.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace yinxin::server {

enum class KeyState {
    Active,      ///< may sign
    Retired,     ///< verifies what it has signed, signs nothing more
    Compromised  ///< somebody else may have it: signs nothing, and what it signed is marked
};

std::string to_text(KeyState state);  // "active", "retired", "compromised"
std::optional<KeyState> key_state_from_text(std::string_view text);

/// Whether a key in state `from` may come into state `to`; the same state again is allowed. Nothing
/// leads back.
constexpr bool may_follow(KeyState from, KeyState to) {
    return from <= to;
}

}  // namespace yinxin::server
