// SPDX-License-Identifier: Apache-2.0
// The verification code printed on every document: 15 random symbols of 32 and a Luhn mod 32 check
// symbol. It is the only public identifier.
#pragma once

#include <string>
#include <string_view>

#include "common/ports.h"

namespace yinxin::server {

inline constexpr std::string_view code_alphabet = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
inline constexpr std::size_t code_symbols = 16;

/// 16 symbols without hyphens; 75 bits of `random`.
std::string new_verification_code(Random& random);

/// What somebody typed, as 16 symbols: case, spaces and hyphens do not count. Throws
/// Error{Malformed} with a hint for 0 O 1 I, another character, a wrong length or a wrong check
/// symbol; nothing is guessed.
std::string read_verification_code(std::string_view typed);

/// As printed: 4 groups of 4 with hyphens.
std::string print_verification_code(std::string_view code);

}  // namespace yinxin::server
