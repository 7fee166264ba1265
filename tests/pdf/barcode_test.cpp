// SPDX-License-Identifier: Apache-2.0
#include "pdf/barcode.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/error.h"
#include "common/limits.h"
#include "tests/pdf/drawn_qr.h"

namespace yinxin::pdf {
namespace {

using test::read_back;

TEST(Barcode, ReadsBackWhatItWrites) {
    for (const std::string& text :
         {std::string("https://v.example.gov.cn/v/7K3M9Q2T5W8X4Y6Y#abc-_XYZ"),
          std::string("01,32,,26999000000000000001,113.00,20260101,,7ADE"),
          std::string(251, 'q')}) {
        EXPECT_EQ(read_back(make_qr(text), 3), text);
    }
}

TEST(Barcode, TheLongestAddressAndTokenTakeSixtyOneModules) {
    EXPECT_EQ(make_qr(std::string(limits::qr_text_bytes_max, 'a')).modules, limits::qr_modules_max);
    EXPECT_GT(make_qr(std::string(limits::qr_text_bytes_max + 1, 'a')).modules,
              limits::qr_modules_max);
}

TEST(Barcode, PacksAModuleAsOneByteOnEightRows) {
    const QrSymbol qr = make_qr("X");
    ASSERT_EQ(qr.modules, 21);
    const Bytes bits = qr.packed();
    ASSERT_EQ(bits.size(), 21u * 21u * 8u);
    for (std::size_t row = 0; row < 8; ++row) {
        for (std::size_t x = 0; x < 8; ++x) {  // the finder's edge: seven dark modules, one light
            EXPECT_EQ(bits[row * 21 + x], x < 7 ? 0xFF : 0x00);
        }
    }
    EXPECT_EQ(bits[8 * 21], 0xFF);
    EXPECT_EQ(bits[8 * 21 + 1], 0x00);
}

TEST(Barcode, FindsNothingWhereNothingIs) {
    EXPECT_EQ(read_qr(Bytes(100 * 100, 255), 100, 100), std::nullopt);
    EXPECT_EQ(read_qr(Bytes(10, 0), 100, 100), std::nullopt);
}

TEST(Barcode, ReadsEverySymbolOfAPicture) {
    constexpr int kSide = 700;
    Bytes grey(kSide * kSide, 255);
    const auto draw = [&grey](const QrSymbol& qr, int left, int top, int dots) {
        for (int y = 0; y < qr.modules * dots; ++y) {
            for (int x = 0; x < qr.modules * dots; ++x) {
                if (qr.at(x / dots, y / dots)) {
                    grey.at(static_cast<std::size_t>((top + y) * kSide + left + x)) = 0;
                }
            }
        }
    };
    const QrSymbol first = make_qr("first"), second = make_qr(std::string(200, 's'));
    draw(first, 50, 60, 5);
    draw(second, 300, 300, 5);
    for (const QrThreshold threshold : {QrThreshold::Local, QrThreshold::Middle}) {
        EXPECT_THAT(read_all_qr(grey, kSide, kSide, threshold),
                    testing::UnorderedElementsAre("first", std::string(200, 's')));
    }
    EXPECT_TRUE(read_all_qr({}, 10, 10, QrThreshold::Local).empty());
}

TEST(Barcode, ReadsWhatWasDrawnWithSomeWrongModules) {
    constexpr int kDots = 4;
    const std::string text(200, 's');
    const QrSymbol qr = make_qr(text);
    const int side = (qr.modules + 8) * kDots;
    Bytes grey(static_cast<std::size_t>(side * side), 255);
    for (int y = 0; y < qr.modules * kDots; ++y) {
        for (int x = 0; x < qr.modules * kDots; ++x) {
            const bool wrong = x / kDots > 10 && x / kDots % 9 == 0 && y / kDots % 9 == 4;
            if (qr.at(x / kDots, y / kDots) != wrong) {
                grey.at(static_cast<std::size_t>((y + 4 * kDots) * side + x + 4 * kDots)) = 0;
            }
        }
    }
    EXPECT_EQ(read_drawn_qr(grey, side, side), text);
}

TEST(Barcode, RefusesWhatNoSymbolHolds) {
    EXPECT_THROW(make_qr(std::string(5000, 'a')), Error);
}

}  // namespace
}  // namespace yinxin::pdf
