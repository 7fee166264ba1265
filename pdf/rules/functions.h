// SPDX-License-Identifier: Apache-2.0
// The named functions by which a form computes values. pdf/forms/README.md lists each with its
// arguments.
#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "pdf/rules/faults.h"
#include "pdf/rules/scope.h"

namespace yinxin::pdf::rules {

/// Sets one value in a document's values, for the document or for each row. Throws Error{Invalid}
/// when a number leaves its range.
using Derivation = std::function<void(Json& values)>;

/// Reads one entry of form.json's "derive" or "complete" and adds the value it sets to the catalog.
/// What is wrong with the entry goes to `faults`; the derivation is then empty.
Derivation make_derivation(const Json& entry,
                           const std::string& pointer,
                           Catalog& catalog,
                           const Json& tables,
                           Faults& faults);

}  // namespace yinxin::pdf::rules
