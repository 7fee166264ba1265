// SPDX-License-Identifier: Apache-2.0
// Amounts in words (大写金额): written in one canonical form, read in all forms the banking rules
// allow.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/money.h"

namespace yinxin::pdf::rules {

enum class WordsStyle {
    Certificate,  ///< 元, negative 负
    Invoice,      ///< 圆, negative （负数）
};

std::string amount_in_words(Money amount, WordsStyle style);

/// A checker for other people's text: 元 or 圆, 整 or 正 or neither, optional 零 and 〇, leading ⊗,
/// 人民币 and signs; nullopt when it is no amount.
std::optional<Money> parse_words(std::string_view words);

}  // namespace yinxin::pdf::rules
