// SPDX-License-Identifier: Apache-2.0
#include "verify/paper/grey_picture.h"

#include <gtest/gtest.h>

#include "common/error.h"

namespace yinxin::verify::paper {
namespace {

/// Each pixel by its place.
template <typename Shade>
GreyPicture drawn(int width, int height, Shade shade) {
    GreyPicture picture(width, height);
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
            picture.row(y)[x] = static_cast<std::uint8_t>(shade(x, y));
        }
    }
    return picture;
}

TEST(GreyPicture, HalvedIsTheMeanOfFour) {
    const GreyPicture half = halved(drawn(5, 4, [](int x, int y) { return 10 * x + y; }));
    EXPECT_EQ(half.width(), 2);
    EXPECT_EQ(half.height(), 2);
    EXPECT_EQ(half.row(0)[0], 6);  // 0, 10, 1, 11
    EXPECT_EQ(half.row(1)[1], 28);
    EXPECT_EQ(halved(GreyPicture(1, 1, 7)).row(0)[0], 7);
}

TEST(GreyPicture, DoubledGoesThroughWhatThereWas) {
    const GreyPicture twice = doubled(drawn(20, 10, [](int x, int y) { return 5 * x + 3 * y; }));
    ASSERT_EQ(twice.width(), 40);
    ASSERT_EQ(twice.height(), 20);
    for (int y = 6; y < 14; ++y) {
        for (int x = 6; x < 34; ++x) {
            EXPECT_NEAR(twice.row(y)[x], 5 * (x - 0.5) / 2 + 3 * (y - 0.5) / 2, 1.5);
        }
    }
}

TEST(GreyPicture, SharpenedHasSteeperEdgesAndTheSameAreas) {
    const GreyPicture edge = drawn(40, 10, [](int x, int) { return x < 20 ? 80 : 160; });
    const GreyPicture sharp = sharpened(edge, 2, 1);
    EXPECT_EQ(sharp.row(5)[5], 80);
    EXPECT_EQ(sharp.row(5)[35], 160);
    EXPECT_LT(sharp.row(5)[19], 70);
    EXPECT_GT(sharp.row(5)[20], 170);
}

TEST(GreyPicture, FlattenedTakesAwayAShadow) {
    const auto light = [](int x) { return 0.3 + 0.7 * x / 400; };
    const GreyPicture flat = flattened(
        drawn(400,
              400,
              [&](int x, int y) { return ((x / 8 + y / 8) % 2 == 0 ? 230 : 30) * light(x); }),
        48);
    for (const int x : {20, 200, 380}) {
        for (int y = 4; y < 400; y += 8) {
            const bool pale = (x / 8 + y / 8) % 2 == 0;
            EXPECT_EQ(flat.row(y)[x] > 128, pale) << x << " " << y;
        }
    }
    EXPECT_GT(flattened(drawn(100, 100, [](int x, int) { return 100 + x % 3; }), 48).row(50)[50],
              200)
        << "where there is no contrast there is paper";
}

TEST(GreyPicture, UprightUndoesASlantedView) {
    // a square of four fields whose corners are nowhere near a square's
    const Corners corners{{{20, 30}, {180, 10}, {190, 170}, {10, 150}}};
    GreyPicture picture(200, 200, 128);
    const GreyPicture again = upright(picture, corners, 100, 10);
    EXPECT_EQ(again.width(), 120);
    picture.row(12)[178] = 0;
    picture.row(11)[178] = 0;
    picture.row(12)[177] = 0;
    EXPECT_LT(upright(picture, corners, 100, 0).row(1)[98], 128);
    for (const Corners& wrong : {Corners{}, Corners{{{0, 0}, {9, 0}, {0, 0}, {9, 0}}}}) {
        EXPECT_THROW(upright(picture, wrong, 10, 0), Error);
    }
    const Corners far{{{-1e9, -1e9}, {1e9, -1e9}, {1e9, 1e9}, {-1e9, 1e9}}};
    EXPECT_EQ(upright(picture, far, 10, 2).height(), 14);
}

}  // namespace
}  // namespace yinxin::verify::paper
