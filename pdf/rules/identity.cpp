// SPDX-License-Identifier: Apache-2.0
#include "pdf/rules/identity.h"

#include <algorithm>
#include <array>

#include "common/time_text.h"

namespace yinxin::pdf::rules {
namespace {

using Day = std::chrono::year_month_day;

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool is_upper(char c) {
    return c >= 'A' && c <= 'Z';
}
bool all_digits(std::string_view text) {
    return std::all_of(text.begin(), text.end(), is_digit);
}
bool all_digits_or_letters(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return is_digit(c) || is_upper(c); });
}

/// GB 11643, 5: weights 2^(18-i) mod 11, result through this string.
char resident_check(std::string_view first17) {
    static constexpr std::array<int, 17> weights = {
        7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};
    int sum = 0;
    for (std::size_t i = 0; i < weights.size(); ++i) {
        sum += weights[i] * (first17[i] - '0');
    }
    return "10X98765432"[sum % 11];
}

constexpr std::string_view credit_alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY";

/// GB 32100, annex A: powers of 3 mod 31.
char credit_check(std::string_view first17) {
    std::size_t weight = 1;
    std::size_t sum = 0;
    for (const char c : first17) {
        sum += weight * credit_alphabet.find(c);
        weight = weight * 3 % 31;
    }
    return credit_alphabet[(31 - sum % 31) % 31];
}

/// GB 11714: the check character of an organisation code.
char organisation_check(std::string_view first8) {
    static constexpr std::array<int, 8> weights = {3, 7, 9, 10, 5, 8, 4, 2};
    int sum = 0;
    for (std::size_t i = 0; i < weights.size(); ++i) {
        sum += weights[i] * (is_digit(first8[i]) ? first8[i] - '0' : first8[i] - 55);
    }
    const int check = 11 - sum % 11;
    return check == 10 ? 'X' : check == 11 ? '0' : static_cast<char>('0' + check);
}

Fault permit_fault(bool good, const char* shape) {
    if (good) {
        return std::nullopt;
    }
    return std::string("This document's number is ") + shape + ". Compare it with the document.";
}

}  // namespace

Fault resident_id_fault(std::string_view id, std::optional<Day> today) {
    if (id.size() != 18) {
        return "An identity number has 18 characters, this one has " + std::to_string(id.size()) +
               ". Compare it with the identity card.";
    }
    if (!all_digits(id.substr(0, 17)) || !(is_digit(id[17]) || id[17] == 'X')) {
        return "An identity number is 17 digits and a digit or X. Compare it with the identity "
               "card.";
    }
    const std::string birth(id.substr(6, 8));
    const std::optional<Day> day =
        parse_day(birth.substr(0, 4) + "-" + birth.substr(4, 2) + "-" + birth.substr(6, 2));
    if (!day || day->year() < std::chrono::year(1800)) {
        return "The birth date in characters 7 to 14 of the identity number does not exist. "
               "Compare it with the identity card.";
    }
    if (today && *day > *today) {
        return "The birth date in characters 7 to 14 of the identity number is in the future. "
               "Compare it with the identity card.";
    }
    if (resident_check(id.substr(0, 17)) != id[17]) {
        return "The check character of the identity number does not fit: a digit is wrong or two "
               "are swapped. Compare it with the identity card.";
    }
    return std::nullopt;
}

std::optional<std::string> upgrade_resident_id(std::string_view old_id) {
    if (old_id.size() != 15 || !all_digits(old_id)) {
        return std::nullopt;
    }
    std::string id = std::string(old_id.substr(0, 6)) + "19" + std::string(old_id.substr(6));
    id += resident_check(id);
    return resident_id_fault(id, std::nullopt) ? std::nullopt : std::optional(id);
}

CreditCodeFindings check_credit_code(std::string_view code) {
    if (code.size() != 18) {
        return {"A unified social credit code has 18 characters, this one has " +
                    std::to_string(code.size()) + ". Compare it with the business licence.",
                std::nullopt};
    }
    for (std::size_t i = 0; i < code.size(); ++i) {
        if (credit_alphabet.find(code[i]) == std::string_view::npos) {
            return {"Character " + std::to_string(i + 1) +
                        " cannot stand in a unified social credit code: it has digits and capital "
                        "letters without I, O, S, V, Z. Compare it with the business licence.",
                    std::nullopt};
        }
    }
    CreditCodeFindings findings;
    if (credit_check(code.substr(0, 17)) != code[17]) {
        findings.error =
            "The check character of the unified social credit code does not fit: a character is "
            "wrong or two are swapped. Compare it with the business licence.";
    }
    if (organisation_check(code.substr(8, 8)) != code[16]) {
        findings.warning =
            "The organisation code inside the unified social credit code (characters 9 to 17) has "
            "a check character that does not fit.";
    }
    return findings;
}

Fault taxpayer_number_fault(std::string_view number, std::optional<Day> today) {
    if (!all_digits_or_letters(number)) {
        return "A taxpayer number has digits and capital letters only. Compare it with the tax "
               "registration.";
    }
    if (number.size() == 18) {
        const Fault credit = check_credit_code(number).error;
        const Fault person = resident_id_fault(number, today);
        if (!credit || !person) {
            return std::nullopt;
        }
        if (!all_digits(number.substr(0, 17))) {
            return credit;  // an identity number has no letters there
        }
        return "The taxpayer number fits neither as a unified social credit code nor as an "
               "identity number: a digit is wrong or two are swapped. Compare it with the tax "
               "registration.";
    }
    if (number.size() == 15 || number.size() == 17 || number.size() == 20) {
        return std::nullopt;
    }
    return "A taxpayer number has 18 characters (older ones 15, 17 or 20), this one has " +
           std::to_string(number.size()) + ". Compare it with the tax registration.";
}

Fault id_document_fault(std::string_view kind, std::string_view number, std::optional<Day> today) {
    if (kind == "resident_id") {
        return resident_id_fault(number, today);
    }
    if (kind == "permanent_residence") {
        if (number.size() == 15) {
            return permit_fault(std::all_of(number.begin(), number.begin() + 3, is_upper) &&
                                    all_digits(number.substr(3)),
                                "3 letters and 12 digits (cards before 2023) or 18 characters");
        }
        return resident_id_fault(number, today);
    }
    if (kind == "hk_macao_permit") {
        return permit_fault((number.size() == 9 || number.size() == 11) &&
                                (number[0] == 'H' || number[0] == 'M') &&
                                all_digits(number.substr(1)),
                            "H or M and 8 or 10 digits");
    }
    if (kind == "taiwan_permit") {
        return permit_fault((number.size() == 8 || number.size() == 10) && all_digits(number),
                            "8 or 10 digits");
    }
    return permit_fault(number.size() >= 6 && number.size() <= 20 && all_digits_or_letters(number),
                        "6 to 20 digits and letters");
}

bool is_id_document_kind(std::string_view kind) {
    static constexpr std::array<std::string_view, 5> kinds = {
        "resident_id", "permanent_residence", "hk_macao_permit", "taiwan_permit", "passport"};
    return std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
}

}  // namespace yinxin::pdf::rules
