// SPDX-License-Identifier: Apache-2.0
// What a folder comes to once it is read: checks and derivations ready to run.
#pragma once

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "pdf/form.h"
#include "pdf/form_disclosure.h"
#include "pdf/form_number.h"
#include "pdf/rules/checks.h"
#include "pdf/rules/functions.h"
#include "pdf/rules/scope.h"
#include "pdf/schema.h"

namespace yinxin::pdf::rules {

/// Rows are put in the order of some of their values; equal ones stay as they came.
struct Sorting {
    Path rows;
    std::vector<Path> by;
};

struct FormParts {
    std::string type, version, title_zh, title_en, seal_use, sha256_input;
    bool riding_seal = false;
    Json layout, example;
    std::shared_ptr<const Schema> schema;
    Catalog catalog;
    std::vector<Check> checks;
    std::vector<Sorting> sortings;
    std::vector<Derivation> derivations, completions;
    NumberPattern number;
    DisclosurePlan disclosure;
};

/// Everything that can be known without data goes to `faults`; nullopt when there is any.
std::optional<FormParts> read_form_parts(const std::filesystem::path& folder,
                                         std::vector<FormFault>& faults);

}  // namespace yinxin::pdf::rules
