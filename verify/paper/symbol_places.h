// SPDX-License-Identifier: Apache-2.0
// Where QR symbols stand in a picture, by their three finder patterns (ISO/IEC 18004, 6.3.3): also
// of one too blurred, slanted or folded to be read as it stands.
#pragma once

#include <vector>

#include "verify/paper/grey_picture.h"

namespace yinxin::verify::paper {

struct SymbolPlace {
    Corners corners;
    int modules = 0;  ///< on each side, by the timing patterns
};

/// The likeliest first, a few at most. `even` is flattened().
std::vector<SymbolPlace> symbol_places(const GreyPicture& even);

}  // namespace yinxin::verify::paper
