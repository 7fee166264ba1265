// SPDX-License-Identifier: Apache-2.0
#include "verify/paper/symbol_places.h"

#include <gtest/gtest.h>

#include "tests/verify/paper/pictures.h"

namespace yinxin::verify::paper {
namespace {

using test::kAddress;

void expect_near(const Corners& found, const Corners& wanted, double distance) {
    for (std::size_t i = 0; i < found.size(); ++i) {
        EXPECT_NEAR(found[i].x, wanted[i].x, distance) << i;
        EXPECT_NEAR(found[i].y, wanted[i].y, distance) << i;
    }
}

/// Where sheet_with() draws.
Corners drawn_at(int modules, int dots) {
    const double side = modules * dots;
    return {{{side, side / 2}, {2 * side, side / 2}, {2 * side, 1.5 * side}, {side, 1.5 * side}}};
}

TEST(SymbolPlaces, TellWhereASymbolStandsAndHowLargeItIs) {
    for (const auto& [text, modules] : {std::pair(kAddress, 61), {std::string(60, 'a'), 33}}) {
        const auto places = symbol_places(flattened(test::sheet_with(text, 6), 40));
        ASSERT_FALSE(places.empty());
        EXPECT_EQ(places.front().modules, modules);
        expect_near(places.front().corners, drawn_at(modules, 6), 6);
    }
}

TEST(SymbolPlaces, SeesASymbolThatIsTurnedAndBlurred) {
    const double side = 61 * 6;
    // the sheet's middle after a quarter turn: what was at the right is at the top
    const Corners square{
        {{2.5 * side, 0}, {2.5 * side, 2 * side}, {0.5 * side, 2 * side}, {0.5 * side, 0}}};
    const GreyPicture turned =
        upright(test::blurred(test::sheet_with(kAddress, 6), 2.5), square, 2 * 61 * 6, 0);
    const auto places = symbol_places(flattened(sharpened(turned, 4, 2), 40));
    ASSERT_FALSE(places.empty());
    EXPECT_EQ(places.front().modules, 61);
    expect_near(places.front().corners,
                {{{side / 2, 1.5 * side},
                  {side / 2, side / 2},
                  {1.5 * side, side / 2},
                  {1.5 * side, 1.5 * side}}},
                6);
}

TEST(SymbolPlaces, SaysNothingOfAnEmptySheet) {
    EXPECT_TRUE(symbol_places(GreyPicture(300, 200)).empty());
    EXPECT_TRUE(symbol_places(GreyPicture(300, 200, 0)).empty());
    EXPECT_TRUE(symbol_places(GreyPicture(1, 1)).empty());
}

}  // namespace
}  // namespace yinxin::verify::paper
