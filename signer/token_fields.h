// SPDX-License-Identifier: Apache-2.0
// How the facts of a QR token are packed; signer/README.md is the format. Pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/bytes.h"

namespace yinxin::signer {

/// The 10 bytes of a verification code of 16 symbols; throws Error{Internal} when it is none.
Bytes pack_code(std::string_view code);
/// A document type (1 to 40 of a-z 0-9 - _ .) in base 40; throws Error{Internal} on another one.
Bytes pack_type(std::string_view type);
/// Runs of asterisks as one character each.
std::string pack_stars(std::string_view masked);

/// A day or a month as the number the format wants: d >= 0, or -1 - m. Throws Error{Internal} on
/// another text.
std::int64_t pack_period(std::string_view text);

/// First character, asterisks for those between, last character. Texts of fewer than three
/// characters stay.
std::string keep_first_and_last(const std::string& text);
/// First character, asterisks for the rest (31 at most).
std::string keep_first(const std::string& text);

}  // namespace yinxin::signer
