// SPDX-License-Identifier: Apache-2.0
// Every route of the server, in one place; server/openapi.json describes the same ones (a test
// compares them).
#pragma once

#include "common/ports.h"
#include "server/api/use_cases.h"
#include "server/config/config.h"
#include "server/http/router.h"

namespace yinxin::server {

/// What the handlers work with. References outlive the table.
struct ApiContext {
    const Config& config;
    UseCases use_cases;
    const Clock& clock;
};

RouteTable make_routes(ApiContext context);

}  // namespace yinxin::server
