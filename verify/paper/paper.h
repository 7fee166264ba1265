// SPDX-License-Identifier: Apache-2.0
// Reads the QR symbols off a photo or a scan of paper: JPEG, PNG, HEIC, or a PDF whose pages are
// pictures. All bytes are hostile. Runs in a child of the inspector only, whose limits it counts on
// for what a decoder may do; it opens nothing and starts no thread.
#pragma once

#include <string_view>

#include "verify/paper/reading.h"

namespace yinxin::verify::paper {

/// Whatever a first use would load or make. Before a sandbox closes.
void warm_up();

/// Stops as soon as it has read a text that begins with `wanted`, and in any case after
/// limits::paper_cpu_ms of the process's time. Throws nothing of its own; std::bad_alloc passes.
Reading read_paper(ByteView file, std::string_view wanted);

}  // namespace yinxin::verify::paper
