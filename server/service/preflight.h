// SPDX-License-Identifier: Apache-2.0
// Whether a key is fit for its use, found out before it is needed: at the start, at each rotation
// and once a day.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/bytes.h"
#include "common/ports.h"
#include "keys/private_key.h"

namespace yinxin::server {

/// "less than 7 days, 2026-01-31T09:00:00Z": of what ends within 30, 7 or 1 days; else "".
std::string ends_soon(Time end, Time now);

struct Preflight {
    std::vector<std::string> faults;  ///< each keeps it from sealing
    std::string warning;              ///< it or one above ends within 30, 7 or 1 days; "" if not
    std::optional<Time> not_after;    ///< of the certificate
};

/// Signs and verifies a probe (so key and certificate belong together), builds the path to an
/// anchor, looks at key usage, extended key usage and the time that is left. Never throws for what
/// it finds.
Preflight preflight(keys::PrivateKey& key, const std::vector<Bytes>& anchors, Time now);

/// The part about the certificate alone: no key is asked.
Preflight preflight_certificate(const std::vector<Bytes>& chain,
                                const std::vector<Bytes>& anchors,
                                Time now);

}  // namespace yinxin::server
