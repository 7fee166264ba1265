// SPDX-License-Identifier: Apache-2.0
// Paints a file as readers of PDF show it (by Poppler, which repairs what the strict reader
// refuses), as it was sealed and as it is, and finds the pages that differ. Runs in a child of
// yinxin-painter only.
#pragma once

#include <vector>

#include "server/inspector/changed_pages.h"

namespace yinxin::server {

/// Whatever a first use would load. Before a sandbox closes.
void warm_up_painter();

/// `signed_bytes` of the file are what was sealed. The first pages that differ; none when either
/// cannot be painted.
std::vector<ChangedPage> paint_changes(ByteView file, std::size_t signed_bytes);

}  // namespace yinxin::server
