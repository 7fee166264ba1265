// SPDX-License-Identifier: Apache-2.0
// Which seal record seals at a time, of several with one use, and until when one does.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "common/ports.h"
#include "keys/pki/seal_record.h"
#include "pdf/form.h"

namespace yinxin::server {

using SealPtr = std::shared_ptr<const keys::SealRecord>;
/// By use, the preferred first; each was opened (keys/pki/seal_record.h), and may begin later.
using SealsByUse = std::map<std::string, std::vector<SealPtr>>;

/// The preferred of those that are valid then; nullptr when none is.
SealPtr seal_at(const std::vector<SealPtr>& seals, Time at);
/// Until when, from this time on, one or another that lists all these certificates (SHA-256) is
/// valid; nullopt when none is.
std::optional<Time> sealed_until(const std::vector<SealPtr>& seals,
                                 const std::vector<Bytes>& certificates,
                                 Time at);
/// The uses that the forms name.
std::set<std::string> seal_uses(pdf::FormLibrary& forms);

}  // namespace yinxin::server
