// SPDX-License-Identifier: Apache-2.0
// The keys of callers, as the operator manages them.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "server/domain/role.h"
#include "server/storage/store.h"

namespace yinxin::server {

/// Any thread.
class ApiKeys {
  public:
    /// `store` outlives it.
    explicit ApiKeys(Store& store) : store_(store) {}

    /// The new key itself: it is told this once. Throws Error{Invalid} for a name that is none,
    /// Error{Conflict} for one that is or was in use: documents belong to names.
    std::string add(const std::string& name, Role role);
    /// [{name, role, created_at, revoked_at?}], by name.
    nlohmann::json list();
    /// Takes effect with the next request. Throws Error{NotFound}.
    void revoke(const std::string& name);

  private:
    Store& store_;
};

}  // namespace yinxin::server
