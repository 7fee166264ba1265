// SPDX-License-Identifier: Apache-2.0
#include "verify/paper/module_grid.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/verify/paper/pictures.h"

namespace yinxin::verify::paper {
namespace {

using test::kAddress;

constexpr int kMargin = 4 * module_dots;

/// The symbol alone, each pixel fetched from where `bend` says.
template <typename Bend>
GreyPicture bent(const pdf::QrSymbol& symbol, Bend bend) {
    const int side = symbol.modules * module_dots + 2 * kMargin;
    GreyPicture view(side, side);
    for (int y = 0; y < side; ++y) {
        for (int x = 0; x < side; ++x) {
            const Spot from = bend(x - kMargin, y - kMargin);
            const int u = static_cast<int>(std::floor(from.x / module_dots));
            const int v = static_cast<int>(std::floor(from.y / module_dots));
            if (u >= 0 && v >= 0 && u < symbol.modules && v < symbol.modules && symbol.at(u, v)) {
                view.row(y)[x] = 0;
            }
        }
    }
    return view;
}

/// Modules that the grid takes for the wrong shade.
int wrong_modules(const pdf::QrSymbol& symbol, const GreyPicture& view, double strength) {
    const GreyPicture drawn = ModuleGrid(view, symbol.modules, kMargin).drawn(strength);
    const int dots = drawn.width() / (symbol.modules + 8);
    int wrong = 0;
    for (int y = 0; y < symbol.modules; ++y) {
        for (int x = 0; x < symbol.modules; ++x) {
            const bool dark = drawn.row((y + 4) * dots + dots / 2)[(x + 4) * dots + dots / 2] < 128;
            wrong += dark != symbol.at(x, y) ? 1 : 0;
        }
    }
    return wrong;
}

TEST(ModuleGrid, ReadsAFlatSymbol) {
    const pdf::QrSymbol symbol = pdf::make_qr(kAddress);
    const GreyPicture flat = bent(symbol, [](int x, int y) { return Spot{x + 0.5, y + 0.5}; });
    EXPECT_EQ(wrong_modules(symbol, flat, 0), 0);
    EXPECT_LT(wrong_modules(symbol, test::blurred(flat, 4), 0.8), 5);
}

TEST(ModuleGrid, FollowsAWaveAndAFold) {
    const pdf::QrSymbol symbol = pdf::make_qr(kAddress);
    const GreyPicture wave = test::blurred(
        bent(symbol,
             [](int x, int y) {
                 return Spot{x + 0.5 + 6 * std::sin(y / 120.0), y + 0.5 + 6 * std::sin(x / 130.0)};
             }),
        2.5);
    const GreyPicture fold =
        test::blurred(bent(symbol,
                           [](int x, int y) {
                               return Spot{x + 0.5, y < 200 ? y - 1.0 : y + 2.0};
                           }),
                      2.5);
    for (const GreyPicture& view : {wave, fold}) {
        const GreyPicture drawn = ModuleGrid(view, symbol.modules, kMargin).drawn(0.8);
        EXPECT_EQ(pdf::read_drawn_qr(drawn.pixels(), drawn.width(), drawn.height()), kAddress);
    }
}

}  // namespace
}  // namespace yinxin::verify::paper
