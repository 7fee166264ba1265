// SPDX-License-Identifier: Apache-2.0
// Attacks that work on any sealed file, whoever made it.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "common/bytes.h"
#include "verify/report.h"

namespace yinxin::tests {

struct AnyFileAttack {
    int row = 0;  ///< of the table in README.md
    std::string name;
    /// The attacked file; nothing where this one gives no hold.
    std::function<std::optional<Bytes>(const Bytes& sealed)> make;
    std::vector<verify::Integrity> verdicts;  ///< what it may be called
    std::string finding{};                    ///< and why, where one word says it
};

const std::vector<AnyFileAttack>& any_file_attacks();

}  // namespace yinxin::tests
