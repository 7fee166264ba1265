// SPDX-License-Identifier: Apache-2.0
// What text may be: printable, without invisible characters. And how it is normalised, counted and
// masked.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "common/utf8.h"

namespace yinxin::pdf::rules {

/// Code points; of text that passed text_fault.
std::size_t length_of(std::string_view utf8);

/// What keeps this text from being printed faithfully, as one English sentence with the remedy;
/// nullopt when nothing does. Refused: control characters, characters nobody sees (bidi controls,
/// zero-width, variation selectors, tags), white space at either end.
std::optional<std::string> text_fault(std::string_view utf8);

/// Unicode normal form C, so that two spellings of one text are one text. What is not well-formed
/// UTF-8 stays as it is.
std::string to_nfc(std::string utf8);

/// For identity numbers and codes: trimmed, full-width forms made half-width, letters in upper
/// case.
std::string normalise_identifier(std::string_view utf8);

// Masks (one star for each hidden character).
std::string mask_name(std::string_view name);  ///< 张三 → 张*, 张小明 → 张*明
std::string mask_id(
    std::string_view id);  ///< first 3 and last 4; shorter than 10: as the short form
std::string mask_id_short(std::string_view id);  ///< first and last
/// Of a buyer or seller: a natural person's name is masked (a suffix （个人） stays), a company's
/// is not.
std::string mask_party_name(std::string_view name, std::string_view tax_id);
std::string mask_party_id(std::string_view tax_id);
/// At most 8 characters: a longer text becomes its first, the count of those left out between
/// stars, its last.
std::string shorten(std::string_view text);

}  // namespace yinxin::pdf::rules
