// SPDX-License-Identifier: Apache-2.0
// Input schemas: a subset of JSON Schema 2020-12 that keeps every input bounded. Formats are
// asserted.
#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "pdf/rules/faults.h"
#include "pdf/rules/scope.h"

namespace yinxin::pdf::rules {

/// Immutable once read; any thread.
class Schema {
  public:
    /// What is wrong with the schema goes to `faults`; it may then only be destroyed.
    Schema(const Json& schema, Faults& faults);
    ~Schema();

    /// Checks the data, brings its texts into normal form C and normalises its identifiers. Adds
    /// every fault with its JSON Pointer.
    void validate(Json& data, Faults& faults) const;

    /// Adds every path the schema allows.
    void list_paths(Catalog& catalog) const;

    struct Node;

  private:
    std::unique_ptr<const Node> root_;
};

}  // namespace yinxin::pdf::rules
