// SPDX-License-Identifier: Apache-2.0
#include "server/domain/key_state.h"

#include <array>
#include <utility>

namespace yinxin::server {
namespace {

constexpr std::array words{std::pair{KeyState::Active, std::string_view("active")},
                           std::pair{KeyState::Retired, std::string_view("retired")},
                           std::pair{KeyState::Compromised, std::string_view("compromised")}};

}  // namespace

std::string to_text(KeyState state) {
    return std::string(words.at(static_cast<std::size_t>(state)).second);
}

std::optional<KeyState> key_state_from_text(std::string_view text) {
    for (const auto& [state, word] : words) {
        if (word == text) {
            return state;
        }
    }
    return std::nullopt;
}

}  // namespace yinxin::server
