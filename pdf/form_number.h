// SPDX-License-Identifier: Apache-2.0
// Number patterns: FC{yyyy}{organ_code}{serial:8}.
#pragma once

#include <chrono>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "common/ports.h"
#include "pdf/form.h"
#include "pdf/rules/scope.h"

namespace yinxin::pdf::rules {

class NumberPattern {
  public:
    /// Reads form.json's "number"; what is wrong goes to `faults`.
    static NumberPattern read(const Json& number, const Catalog& catalog, Faults& faults);

    const std::string& text() const { return text_; }
    /// Whether some issuer, day and serial of this give a number of the other: digits stand for any
    /// digits, {organ} and {organ_short} for any text.
    bool can_equal(const NumberPattern& other) const;

    /// The day {yyyy}, {yy}, {mm} and {dd} are taken from.
    std::chrono::year_month_day day(const Json& values, Time now) const;
    /// Documents of one series count together: the type and everything but the serial.
    std::string series(const std::string& type,
                       std::chrono::year_month_day day,
                       const IssuerNames& issuer) const;
    /// Throws Error{Internal} when the serial has more digits than the pattern.
    std::string number(std::chrono::year_month_day day,
                       const IssuerNames& issuer,
                       std::uint64_t serial) const;

  private:
    struct Part {
        std::string text;         ///< literal
        std::string placeholder;  ///< or a name
        std::size_t width = 0;    ///< of the serial
    };
    static std::string fill(const Part& part,
                            std::chrono::year_month_day day,
                            const IssuerNames& issuer);

    /// What one character of a number may be; `any` stands for one or more of any.
    struct Symbol {
        char literal = 0;
        bool digit = false, any = false;
        bool can_equal(const Symbol& other) const;
    };
    std::vector<Symbol> symbols() const;

    std::string text_;
    std::vector<Part> parts_;
    std::optional<Path> day_;
};

}  // namespace yinxin::pdf::rules
