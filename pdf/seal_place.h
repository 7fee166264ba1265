// SPDX-License-Identifier: Apache-2.0
// Where a seal stands on a page that somebody else has made.
#pragma once

#include <optional>

#include "pdf/geometry.h"
#include "pdf/reader.h"

namespace yinxin::pdf {

/// What is asked for.
struct WantedPlace {
    enum class Kind { Corner, At, Invisible } kind = Kind::Corner;
    int page = 0;               ///< from 1; 0: the last
    double x_mm = 0, y_mm = 0;  ///< At: of the seal's upper left corner, from that of what is seen
};

/// What came of it.
struct PlacedSeal {
    int page = 0;      ///< from 0
    Rect rect;         ///< in the page's own coordinates
    bool free = true;  ///< nothing was found to stand there
};

/// Corner: the first of lower right, lower left, upper right, upper left where nothing is printed;
/// else the one with the least. The seal is `width` x `height` points and made smaller only for a
/// page that is smaller itself. nullopt for an invisible one. Throws Error{Invalid} for a page or a
/// place that does not exist, Error{Malformed} and Error{TooLarge} for a page that cannot be read.
std::optional<PlacedSeal> place_seal(const reader::Document& document,
                                     const WantedPlace& wanted,
                                     double width,
                                     double height);

}  // namespace yinxin::pdf
