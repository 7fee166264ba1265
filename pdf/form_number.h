// SPDX-License-Identifier: Apache-2.0
// Number patterns: {yyyy}{organ_code}{serial:8}.
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

    std::vector<Part> parts_;
    std::optional<Path> day_;
};

}  // namespace yinxin::pdf::rules
