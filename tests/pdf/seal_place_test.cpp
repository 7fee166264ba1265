// SPDX-License-Identifier: Apache-2.0
#include "pdf/seal_place.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pdf/page_marks.h"
#include "pdf/page_view.h"
#include "tests/pdf/small_pdf.h"

namespace yinxin::pdf {
namespace {

using reader::Document;

constexpr double kSize = 42 * points_per_mm;
constexpr double kMargin = 10 * points_per_mm;

/// One page of these members with this content.
std::string page_pdf(const std::string& members, const std::string& content) {
    return test::pdf_of({"<< /Type /Catalog /Pages 2 0 R >>",
                         "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
                         "<< /Type /Page /Parent 2 0 R /Contents 4 0 R " + members + " >>",
                         test::stream_of(content)});
}

std::optional<PlacedSeal> placed(const std::string& file, const WantedPlace& wanted = {}) {
    const Document document = Document::open(as_bytes(file));
    return place_seal(document, wanted, kSize, kSize);
}

void expect_rect(const Rect& rect, const Rect& wanted) {
    EXPECT_NEAR(rect.left, wanted.left, 0.01);
    EXPECT_NEAR(rect.bottom, wanted.bottom, 0.01);
    EXPECT_NEAR(rect.right, wanted.right, 0.01);
    EXPECT_NEAR(rect.top, wanted.top, 0.01);
}

TEST(SealPlace, TheLowerRightCornerComesFirst) {
    const auto found = placed(page_pdf("/MediaBox [0 0 600 800]", ""));
    ASSERT_TRUE(found);
    EXPECT_TRUE(found->free);
    expect_rect(found->rect, {600 - kMargin - kSize, kMargin, 600 - kMargin, kMargin + kSize});
}

TEST(SealPlace, ACornerWithTextLinesImagesOrAnnotationsIsNotFree) {
    const std::string box = "/MediaBox [0 0 600 800]";
    for (const std::string content : {"BT /F 12 Tf 500 60 Td (stamp here) Tj ET",
                                      "500 60 m 560 60 l S",
                                      "q 50 0 0 50 500 60 cm BI /W 1 /H 1 ID x EI Q",
                                      "1 0 0 1 100 0 cm 400 60 20 20 re f",
                                      "BT 1 0 0 1 500 60 Tm /F 12 Tf [(a) -200 (b)] TJ ET"}) {
        const auto found = placed(page_pdf(box, content));
        ASSERT_TRUE(found) << content;
        EXPECT_TRUE(found->free) << content;
        EXPECT_LT(found->rect.left, 300) << content;
        EXPECT_LT(found->rect.bottom, 400) << content;
    }
    const auto annotated =
        placed(page_pdf(box + " /Annots [<< /Subtype /Text /Rect [500 60 520 80] >>]", ""));
    EXPECT_LT(annotated->rect.left, 300);
}

TEST(SealPlace, WhatDoesNotShowIsNoMark) {
    for (const std::string content : {"1 g 0 0 600 800 re f",
                                      "1 1 1 rg 0 0 600 800 re f",
                                      "0 0 600 800 re W n",
                                      "BT 3 Tr /F 12 Tf 500 60 Td (scanned) Tj ET"}) {
        const auto found = placed(page_pdf("/MediaBox [0 0 600 800]", content));
        EXPECT_TRUE(found->free) << content;
        EXPECT_GT(found->rect.left, 300) << content;
    }
}

TEST(SealPlace, AFormIsLookedInto) {
    const std::string file = test::pdf_of(
        {"<< /Type /Catalog /Pages 2 0 R >>",
         "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
         "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 4 0 R /Resources << "
         "/XObject << /X 5 0 R >> >> >>",
         test::stream_of("/X Do"),
         test::stream_of("0 0 m 20 20 l S",
                         "/Subtype /Form /BBox [0 0 600 800] /Matrix [1 0 0 1 500 60]")});
    EXPECT_LT(placed(file)->rect.left, 300);
}

TEST(SealPlace, AFullPageTakesTheCornerWithTheLeastAndSaysSo) {
    const auto found = placed(page_pdf("/MediaBox [0 0 600 800]",
                                       "0 0 600 800 re f 400 0 200 800 re f 0 0 300 300 re f"));
    EXPECT_FALSE(found->free);
    EXPECT_LT(found->rect.left, 300);
    EXPECT_GT(found->rect.bottom, 400);
}

TEST(SealPlace, OnATurnedPageTheCornerIsThatOfWhatIsSeen) {
    // Turned clockwise, the lower right corner that is seen is the upper right one of the page.
    const auto found = placed(page_pdf("/MediaBox [0 0 600 800] /Rotate 90", ""));
    expect_rect(found->rect,
                {600 - kMargin - kSize, 800 - kMargin - kSize, 600 - kMargin, 800 - kMargin});
    const auto half = placed(page_pdf("/MediaBox [0 0 600 800] /Rotate 180", ""));
    expect_rect(half->rect, {kMargin, 800 - kMargin - kSize, kMargin + kSize, 800 - kMargin});
    const auto left = placed(page_pdf("/MediaBox [0 0 600 800] /Rotate 270", ""));
    expect_rect(left->rect, {kMargin, kMargin, kMargin + kSize, kMargin + kSize});
}

TEST(SealPlace, OddBoxesAndUnitsCount) {
    const auto found =
        placed(page_pdf("/MediaBox [100 900 -500 100] /CropBox [-400 200 0 850]", ""));
    expect_rect(found->rect, {-20 - kSize, 200 + kMargin, -20, 200 + kMargin + kSize});
    const auto large = placed(page_pdf("/MediaBox [0 0 300 400] /UserUnit 2", ""));
    expect_rect(
        large->rect,
        {300 - (kMargin + kSize) / 2, kMargin / 2, 300 - kMargin / 2, (kMargin + kSize) / 2});
}

TEST(SealPlace, ASmallPageMakesTheSealSmaller) {
    const auto found = placed(page_pdf("/MediaBox [0 0 50 100]", ""));
    EXPECT_NEAR(found->rect.width(), 45, 0.01);
    EXPECT_NEAR(found->rect.height(), 45, 0.01);
}

TEST(SealPlace, APlaceIsGivenFromTheUpperLeftCorner) {
    WantedPlace wanted{WantedPlace::Kind::At, 1, 20, 30};
    const auto found = placed(page_pdf("/MediaBox [0 0 600 800]", ""), wanted);
    const double left = 20 * points_per_mm, top = 800 - 30 * points_per_mm;
    expect_rect(found->rect, {left, top - kSize, left + kSize, top});
    wanted.x_mm = 500;
    EXPECT_THROW(placed(page_pdf("/MediaBox [0 0 600 800]", ""), wanted), Error);
    EXPECT_THROW(placed(page_pdf("", ""), {WantedPlace::Kind::Corner, 2, 0, 0}), Error);
    EXPECT_FALSE(placed(page_pdf("", ""), {WantedPlace::Kind::Invisible, 0, 0, 0}));
}

TEST(ImagesOn, AreTheImagesThatAreDrawnAndWhere) {
    const std::string file = test::pdf_of(
        {"<< /Type /Catalog /Pages 2 0 R >>",
         "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
         "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 4 0 R /Resources << "
         "/XObject << /A 5 0 R /F 6 0 R /Unused 5 0 R >> >> >>",
         test::stream_of("q 100 0 0 50 10 20 cm /A Do Q /F Do /Missing Do"),
         test::stream_of("x", "/Subtype /Image /Width 1 /Height 1"),
         test::stream_of("2 0 0 2 300 400 cm /A Do",
                         "/Subtype /Form /Resources << /XObject << /A 5 0 R >> >>")});
    const Document document = Document::open(as_bytes(file));
    const auto images = images_on(document, document.pages(0).front(), 0);
    ASSERT_EQ(images.size(), 2U);
    expect_rect(images[0].box, {10, 20, 110, 70});
    expect_rect(images[1].box, {300, 400, 302, 402});
    EXPECT_EQ(images[0].image, images[1].image);
    EXPECT_EQ(images[0].image->id.number, 5U);
}

TEST(PageView, GoesThereAndBack) {
    for (const char* turned : {"0", "90", "180", "270"}) {
        const std::string file =
            page_pdf("/MediaBox [10 20 310 420] /UserUnit 1.5 /Rotate " + std::string(turned), "");
        const Document document = Document::open(as_bytes(file));
        const PageView view(document, document.pages(0).front(), 0);
        const Rect shown{5, 7, 50, 90};
        expect_rect(view.to_shown(view.to_page(shown)), shown);
        EXPECT_NEAR(view.width() * view.height(), 300 * 400 * 2.25, 0.1);
    }
}

TEST(SealPlace, FormsThatDrawFormsEndTheSearchForMarks) {
    constexpr int kLevels = 8;
    std::string draws;
    for (int i = 0; i < 1000; ++i) {
        draws += "/F Do ";
    }
    std::vector<std::string> bodies{"<< /Pages 2 0 R >>",
                                    "<< /Kids [3 0 R] >>",
                                    "<< /Type /Page /Parent 2 0 R /Contents 4 0 R /Resources << "
                                    "/XObject << /F 5 0 R >> >> >>",
                                    test::stream_of(draws)};
    for (int level = 1; level <= kLevels; ++level) {
        bodies.push_back(test::stream_of(draws,
                                         "/Subtype /Form /Resources << /XObject << /F " +
                                             std::to_string(5 + level) + " 0 R >> >>"));
    }
    bodies.push_back(test::stream_of("", "/Subtype /Form"));
    EXPECT_TRUE(placed(test::pdf_of(bodies))->free);
}

}  // namespace
}  // namespace yinxin::pdf
