// SPDX-License-Identifier: Apache-2.0
// Reads a symbol module by module where its grid is bent: each small part is looked for near where
// its neighbours were found.
#pragma once

#include <vector>

#include "verify/paper/grey_picture.h"

namespace yinxin::verify::paper {

/// Pixels a module of the views that a grid is laid on.
inline constexpr int module_dots = 8;

class ModuleGrid {
  public:
    /// `view` is flattened(), the symbol upright in it with `margin` pixels around.
    ModuleGrid(const GreyPicture& view, int modules, int margin);

    /// The symbol as a clean picture. `strength` is how much of its neighbours' shade is taken out
    /// of each module: what a blur has mixed in.
    GreyPicture drawn(double strength) const;

  private:
    double shade(const GreyPicture& view, double x, double y) const;
    void fit(const GreyPicture& view);

    const int modules_, margin_;
    std::vector<double> shades_;  ///< row by row, 0 to 255
};

}  // namespace yinxin::verify::paper
