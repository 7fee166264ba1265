// SPDX-License-Identifier: Apache-2.0
// What must hold of a layout that could be read: all stands on the page, one seal, one verification
// QR, large and dark enough, that nothing else can meet.
#pragma once

#include <vector>

#include "pdf/layout.h"

namespace yinxin::pdf {

/// Adds to `faults`; of an element that has a fault already nothing more is said.
void check_layout_rules(const Layout& layout, std::vector<FormFault>& faults);

/// The square around a QR with its quiet zone, in the middle of the box.
Box qr_square(const Box& box);

}  // namespace yinxin::pdf
