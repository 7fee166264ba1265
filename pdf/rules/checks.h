// SPDX-License-Identifier: Apache-2.0
// The named rules a form may refer to. pdf/forms/README.md lists each with its arguments.
#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "common/ports.h"
#include "pdf/rules/faults.h"
#include "pdf/rules/scope.h"

namespace yinxin::pdf::rules {

/// One issue request under examination. Rules skip values the schema has already refused.
struct Examination {
    const Json& data;
    Time now;
    Faults& faults;
};

struct Check {
    std::function<void(const Examination&)> run;  ///< empty when the entry was not understood
    bool after_derivation = false;                ///< looks at derived values
};

/// Reads one entry of form.json's "rules". What is wrong with it goes to `faults`.
Check make_check(const Json& entry,
                 const std::string& pointer,
                 const Catalog& catalog,
                 const Json& tables,
                 Faults& faults);

}  // namespace yinxin::pdf::rules
