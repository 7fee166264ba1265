// SPDX-License-Identifier: Apache-2.0
#include "pdf/qr_plate.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <random>
#include <set>

#include "common/error.h"
#include "common/limits.h"
#include "pdf/qr_layout.h"
#include "pdf/qr_stream.h"
#include "tests/pdf/drawn_qr.h"

namespace yinxin::pdf {
namespace {

std::string text_of(std::size_t length, unsigned seed) {
    std::mt19937 random(seed);
    std::string out = "https://v.example.org/v/";
    while (out.size() < length) {
        out += "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"[random() % 64];
    }
    return out.substr(0, length);
}

constexpr int kDots = 3;

/// Level and mask (ISO/IEC 18004, 7.9).
std::vector<bool> format_of(const QrSymbol& qr) {
    return {qr.at(0, 8), qr.at(1, 8), qr.at(2, 8), qr.at(3, 8), qr.at(4, 8)};
}

// One length of each version at its least and at its most, and both lengths of the header.
constexpr std::size_t kLengths[] = {1,   14,  15,  26,  27,  42,  43,  62,  63,  84,  85, 106,
                                    107, 122, 123, 152, 153, 180, 181, 213, 214, 240, 251};

TEST(QrPlate, WhatItDrawsReadsAsTheText) {
    for (const std::size_t length : kLengths) {
        const QrPlate plate(length);
        for (unsigned seed = 0; seed < 3; ++seed) {
            const std::string text = text_of(length, seed);
            EXPECT_EQ(test::read_back(plate.symbol(text), kDots), text);
            EXPECT_EQ(qr_text(plate.symbol(text)), text);
        }
    }
}

TEST(QrText, IsWhatZxingWroteInEveryMask) {
    std::set<int> formats;
    for (unsigned seed = 0; seed < 200; ++seed) {
        const std::string text = text_of(200, seed);
        const QrSymbol drawn = make_qr(text);
        EXPECT_EQ(qr_text(drawn), text);
        formats.insert(qr_format(drawn));
    }
    EXPECT_EQ(formats.size(), 8u);
}

TEST(QrText, IsReadFromTheModulesAndNothingElse) {
    const std::string text = text_of(200, 1);
    QrSymbol symbol = make_verification_qr(text);
    const QrLayout& layout = qr_layout((symbol.modules - 17) / 4);
    const std::size_t a_bit_of_the_text = layout.places[8 * 40];
    symbol.dark[a_bit_of_the_text] ^= 1;
    EXPECT_NE(qr_text(symbol), text);
    symbol.dark[a_bit_of_the_text] ^= 1;
    EXPECT_EQ(qr_text(symbol), text);
    symbol.dark[8 * static_cast<std::size_t>(symbol.modules)] ^= 1;  // of the level
    EXPECT_EQ(qr_text(symbol), std::nullopt);
    EXPECT_EQ(qr_text(make_qr("HTTPS://V.EXAMPLE.ORG/V/7K3M9Q2T5W8X4Y6Y")), std::nullopt)
        << "is not written as bytes";
    EXPECT_EQ(qr_text({20, std::vector<std::uint8_t>(400)}), std::nullopt);
}

TEST(QrPlate, DrawsWhatZxingDrawsInTheSameMask) {
    for (const std::size_t length : kLengths) {
        const QrPlate plate(length);
        int compared = 0;
        for (unsigned seed = 0; compared < 3 && seed < 500; ++seed) {
            std::string text = text_of(length, seed);
            text.back() = 'a';  // a letter, so that it is written as bytes
            const QrSymbol own = plate.symbol(text), zxing = make_qr(text);
            ASSERT_EQ(own.modules, zxing.modules);
            if (format_of(own) == format_of(zxing)) {
                EXPECT_EQ(own.dark, zxing.dark) << text;
                ++compared;
            }
            if (length < 25) {
                break;  // all texts are the same one here
            }
        }
    }
}

TEST(QrPlate, OneWrongBitIsAnotherSymbol) {
    const std::string text = text_of(200, 1);
    const QrPlate plate(text.size());
    std::string other = text;
    other[100] ^= 1;
    const QrSymbol a = plate.symbol(text), b = plate.symbol(other);
    int different = 0;
    for (std::size_t i = 0; i < a.dark.size(); ++i) {
        different += a.dark[i] != b.dark[i] ? 1 : 0;
    }
    EXPECT_GT(different, 20);  // a bit and about half of its block's correction
}

TEST(QrPlate, TakesNoOtherLength) {
    EXPECT_THROW(QrPlate(0), Error);
    EXPECT_THROW(QrPlate(limits::qr_text_bytes_max + 1), Error);
    EXPECT_THROW(QrPlate(20).symbol("short"), Error);
}

TEST(QrPlate, WhatIsNotWrittenAsBytesZxingDraws) {
    for (const std::string& text :
         {std::string("ABC 123"), std::string("中文"), std::string(300, 'a')}) {
        EXPECT_EQ(make_verification_qr(text).dark, make_qr(text).dark) << text;
    }
    const std::string address = text_of(170, 5);
    EXPECT_EQ(test::read_back(make_verification_qr(address), kDots), address);
}

TEST(QrStream, UnpacksToTheImage) {
    for (const std::size_t length : kLengths) {
        const QrSymbol symbol = make_qr(text_of(length, 7));
        const Bytes stream = zlib_of_packed(symbol);
        Bytes image(symbol.packed().size() + 1);
        uLongf size = static_cast<uLongf>(image.size());
        ASSERT_EQ(uncompress(image.data(), &size, stream.data(), static_cast<uLong>(stream.size())),
                  Z_OK);
        image.resize(size);
        EXPECT_EQ(image, symbol.packed()) << length;
        EXPECT_LT(stream.size(), 950u);
    }
}

}  // namespace
}  // namespace yinxin::pdf
