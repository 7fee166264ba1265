// SPDX-License-Identifier: Apache-2.0
// The register: numbers, codes, states, revisions, idempotency, audit and log leaf rows. SQL lives behind this interface only.
// (To be written by the storage module: see ARCHITECTURE.md.)
#pragma once

namespace yinxin::server {

class Store;

}  // namespace yinxin::server
