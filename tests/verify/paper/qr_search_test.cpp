// SPDX-License-Identifier: Apache-2.0
#include "verify/paper/qr_search.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "tests/verify/paper/pictures.h"

namespace yinxin::verify::paper {
namespace {

using test::kAddress;
using test::kPrefix;
using test::sheet_with;
using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> found_in(const GreyPicture& picture) {
    QrSearch search(kPrefix);
    search.look_at(picture);
    return search.texts();
}

GreyPicture with_noise(GreyPicture picture, double sigma) {
    std::mt19937 dice(5);
    std::normal_distribution<double> noise(0, sigma);
    for (int y = 0; y < picture.height(); ++y) {
        for (int x = 0; x < picture.width(); ++x) {
            picture.row(y)[x] =
                static_cast<std::uint8_t>(std::clamp(picture.row(y)[x] + noise(dice), 0.0, 255.0));
        }
    }
    return picture;
}

TEST(QrSearch, ReadsASymbolOfAnySize) {
    for (const int dots : {2, 3, 6, 12}) {
        EXPECT_THAT(found_in(sheet_with(kAddress, dots)), ElementsAre(kAddress)) << dots;
    }
}

TEST(QrSearch, ReadsWhatIsBlurredAndNoisy) {
    const GreyPicture blurred = test::blurred(sheet_with(kAddress, 3), 1.5);
    EXPECT_THAT(found_in(with_noise(blurred, 5)), ElementsAre(kAddress));
}

TEST(QrSearch, ReadsASlantedSymbolInTheShade) {
    const GreyPicture sheet = sheet_with(kAddress, 6);
    const double w = sheet.width(), h = sheet.height();
    GreyPicture slanted = upright(
        sheet, {{{0, 0.1 * h}, {w, -0.05 * h}, {0.9 * w, h}, {-0.05 * w, 0.9 * h}}}, 900, 0);
    for (int y = 0; y < slanted.height(); ++y) {
        for (int x = 0; x < slanted.width(); ++x) {
            const double light = x + y < 860 ? 0.25 : 0.9;  // its edge cuts no finder pattern
            slanted.row(y)[x] = static_cast<std::uint8_t>(20 + slanted.row(y)[x] * light * 0.9);
        }
    }
    EXPECT_THAT(found_in(slanted), ElementsAre(kAddress));
}

TEST(QrSearch, GoesOnAfterASymbolThatIsNotWanted) {
    const GreyPicture wanted = test::blurred(sheet_with(kAddress, 3), 1.4);
    const GreyPicture other = sheet_with("01,32,,26999000000000000001,113.00,20260101,,7ADE", 6);
    GreyPicture both(std::max(wanted.width(), other.width()), wanted.height() + other.height());
    for (int y = 0; y < both.height(); ++y) {
        const GreyPicture& from = y < wanted.height() ? wanted : other;
        const std::uint8_t* row = from.row(y < wanted.height() ? y : y - wanted.height());
        std::copy(row, row + from.width(), both.row(y));
    }
    EXPECT_THAT(found_in(both), testing::Contains(kAddress));
}

TEST(QrSearch, CountsTextsThatAreNotPlain) {
    QrSearch search(kPrefix);
    search.look_at(sheet_with("印信", 4));
    EXPECT_THAT(search.texts(), IsEmpty());
    EXPECT_EQ(search.others(), 1);
}

TEST(QrSearch, FindsNothingInNoise) {
    EXPECT_THAT(found_in(with_noise(GreyPicture(800, 600, 128), 80)), IsEmpty());
    EXPECT_THAT(found_in(GreyPicture(1, 1)), IsEmpty());
    EXPECT_THAT(found_in(GreyPicture(3000, 2)), IsEmpty());
}

}  // namespace
}  // namespace yinxin::verify::paper
