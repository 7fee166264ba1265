// SPDX-License-Identifier: Apache-2.0
// Numbers of persons and companies. Each check answers with one English sentence that names what is
// wrong, never the number itself; nullopt: nothing is. Callers pass texts through
// normalise_identifier first.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace yinxin::pdf::rules {

using Fault = std::optional<std::string>;

/// GB 11643: 18 characters, a birth date from 1800 to `today` (unchecked without), check character.
/// Unknown place codes pass.
Fault resident_id_fault(std::string_view id, std::optional<std::chrono::year_month_day> today);
/// The 18 characters of an old 15-digit number; nullopt when it is not one.
std::optional<std::string> upgrade_resident_id(std::string_view old_id);

/// GB 32100. `error`: alphabet, length or check character. `warning`: the organisation's own check
/// character (GB 11714) does not fit, which some real codes violate.
struct CreditCodeFindings {
    Fault error, warning;
};
CreditCodeFindings check_credit_code(std::string_view code);

/// 纳税人识别号: a credit code or resident identity number (18), or an older form of 15, 17 or 20
/// characters.
Fault taxpayer_number_fault(std::string_view number,
                            std::optional<std::chrono::year_month_day> today);

/// An identity document by the word a form gives it: "resident_id", "permanent_residence" (18 as GB
/// 11643, or 3 letters and 12 digits), "hk_macao_permit", "taiwan_permit", "passport".
Fault id_document_fault(std::string_view kind,
                        std::string_view number,
                        std::optional<std::chrono::year_month_day> today);
bool is_id_document_kind(std::string_view kind);

}  // namespace yinxin::pdf::rules
