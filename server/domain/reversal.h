// SPDX-License-Identifier: Apache-2.0
// Red invoices (红字发票): what one takes back from the blue invoice it names. Pure; the register
// keeps the sums.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

namespace yinxin::server {

/// What a red invoice takes back from a blue one of this register.
struct Reversal {
    std::string original_id;
    std::int64_t original_gross_fen = 0;
    struct Line {
        int line = 0;  ///< group of lines of the original, counted from 0
        std::int64_t amount_fen = 0, tax_fen = 0;  ///< taken back
        std::int64_t amount_max_fen = 0,
                     tax_max_fen = 0;  ///< what all red invoices together may take
        std::string pointer;           ///< JSON Pointer of the first such red line
    };
    std::vector<Line> lines;
};

/// Number of the invoice that `input` reverses; nullopt when it is not a red invoice.
std::optional<std::string> reversed_number(const nlohmann::json& input);

/// Compares a red invoice with its original, both inputs as the form accepted them. Lines belong
/// together by name and rate, so that a discount line lowers what its line may give back. Throws
/// Error{Invalid} naming every fault: other parties, another kind, a line the original does not
/// have, an original that is red itself.
Reversal plan_reversal(const nlohmann::json& red,
                       const nlohmann::json& original,
                       const std::string& original_id);

}  // namespace yinxin::server
