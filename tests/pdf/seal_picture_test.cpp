// SPDX-License-Identifier: Apache-2.0
#include "pdf/seal_picture.h"

#include <gtest/gtest.h>

#include "common/deflate.h"
#include "common/error.h"
#include "pdf/object_writer.h"
#include "pdf/overprint.h"
#include "pdf/seal_geometry.h"

namespace yinxin::pdf {
namespace {

TEST(SealGeometry, PlacesTheNameOnTheArcByThePublishedFigures) {
    struct Row {
        int count;
        double sweep;
        std::size_t i;
        double turned, x, y;
    };
    const Row rows[] = {{1, 0, 0, 0, 0, 16.5},
                        {2, 19.689, 0, -9.844, -2.821, 16.257},
                        {8, 137.822, 0, -68.911, -15.395, 5.937},
                        {8, 137.822, 7, 68.911, 15.395, 5.937},
                        {13, 236.267, 6, 0, 0, 16.5},
                        {13, 236.267, 12, 118.133, 14.551, -7.780},
                        {20, 250, 0, -125, -13.516, -9.464}};
    for (const Row& row : rows) {
        const RoundArc arc = round_arc(row.count, 16.5, 4.2);
        ASSERT_EQ(arc.places.size(), static_cast<std::size_t>(row.count));
        EXPECT_NEAR(arc.sweep, row.sweep, 0.001) << row.count;
        EXPECT_NEAR(arc.places[row.i].turned, row.turned, 0.001) << row.count;
        EXPECT_NEAR(arc.places[row.i].x, row.x, 0.001) << row.count;
        EXPECT_NEAR(arc.places[row.i].y, row.y, 0.001) << row.count;
    }
}

TEST(SealGeometry, NarrowsCharactersWhenTheArcIsFull) {
    EXPECT_NEAR(round_arc(13, 16.5, 4.2).width, 4.2, 1e-9);
    EXPECT_LT(round_arc(20, 16.5, 4.2).width, 4.2);
    for (const int count : {21, 28}) {
        const RoundArc arc = round_arc(count, 16.5, 4.2);
        EXPECT_LE(arc.width, 0.7 * 4.2 + 1e-9);
        const double step = 250 * 3.14159265 / 180 * 16.5 / (count - 1);
        EXPECT_LT(arc.width, step);  // neighbours do not touch
    }
}

TEST(SealGeometry, WalksTheEllipseInEqualLengths) {
    EXPECT_NEAR(oval_arc_length(16.4, 11.4, 230), 58.240, 0.001);
    const auto places = oval_arc(12, 16.4, 11.4, 230);
    ASSERT_EQ(places.size(), 12u);
    EXPECT_NEAR(places[0].x, -13.619, 0.001);
    EXPECT_NEAR(places[0].y, -6.351, 0.001);
    EXPECT_NEAR(places[0].turned, -133.98, 0.01);
    EXPECT_NEAR(places[5].x, -2.639, 0.003);  // the published figure was walked in coarser steps
    EXPECT_NEAR(places[5].y, 11.251, 0.001);
    EXPECT_NEAR(places[5].turned, -6.47, 0.01);
    EXPECT_NEAR(places[11].x, 13.619, 0.001);
}

TEST(SealGeometry, DrawsARegularStar) {
    const auto s = star(7);
    const SealPoint expected[] = {{0, 7},
                                  {-1.5716, 2.1631},
                                  {-6.6574, 2.1631},
                                  {-2.5429, -0.8262},
                                  {-4.1145, -5.6631},
                                  {0, -2.6738},
                                  {4.1145, -5.6631},
                                  {2.5429, -0.8262},
                                  {6.6574, 2.1631},
                                  {1.5716, 2.1631}};
    for (std::size_t i = 0; i < 10; ++i) {
        EXPECT_NEAR(s[i].x, expected[i].x, 0.0001) << i;
        EXPECT_NEAR(s[i].y, expected[i].y, 0.0001) << i;
    }
}

class SealPicture : public testing::Test {
  protected:
    static SealDesign round() { return {false, "示例市税务局", "业务专用章", "", 42, 42}; }
    static SealDesign oval() {
        return {true, "示例软件有限公司", "发票专用章", "91990000MADEM0011K", 40, 30};
    }
    const std::shared_ptr<const Typefaces> faces_ = Typefaces::load();
};

TEST_F(SealPicture, IsSmallAndHoldsNoText) {
    for (const SealDesign& design : {round(), oval()}) {
        const Picture picture = draw_seal(design, *faces_);
        EXPECT_NEAR(picture.width, design.width_mm * 72 / 25.4, 1e-9);
        EXPECT_NEAR(picture.height, design.height_mm * 72 / 25.4, 1e-9);
        const std::string content(as_text(picture.content));
        EXPECT_EQ(content.find("Tj"), std::string::npos);
        EXPECT_EQ(content.find("BT"), std::string::npos);
        EXPECT_NE(picture.resources.find("/Multiply"), std::string::npos);
        EXPECT_LT(small_deflate(as_bytes(content)).size(), 3500u);
    }
    EXPECT_LT(small_deflate(draw_seal(round(), *faces_).content).size(), 2400u);
}

TEST_F(SealPicture, IsTheSameForTheSameDesign) {
    EXPECT_EQ(draw_seal(round(), *faces_).content, draw_seal(round(), *faces_).content);
}

TEST_F(SealPicture, RefusesANameThatIsTooLongOrHasNoGlyph) {
    for (const auto& [name, rule] : {std::pair{std::string(), "length"},
                                     std::pair{std::string(29, 'x'), "length"},
                                     std::pair{std::string("局\xF4\x8F\xBF\xBD"), "glyph"}}) {
        SealDesign design = round();
        design.owner = name;
        try {
            draw_seal(design, *faces_);
            ADD_FAILURE() << name;
        } catch (const Error& e) {
            EXPECT_EQ(e.code(), ErrorCode::Invalid);
            EXPECT_EQ(e.fields().at(0).rule, rule);
        }
    }
}

}  // namespace
}  // namespace yinxin::pdf
