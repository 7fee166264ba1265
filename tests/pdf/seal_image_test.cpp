// SPDX-License-Identifier: Apache-2.0
#include "pdf/seal_image.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <cmath>
#include <map>
#include <numbers>

#include "common/error.h"
#include "pdf/typeface.h"

namespace yinxin::pdf {
namespace {

/// A PNG of two-bit palette dots without filters, read back; checks every chunk's sum.
struct Image {
    std::uint32_t width = 0, height = 0;
    std::map<std::string, Bytes> chunks;
    Bytes rows;

    explicit Image(const Bytes& png) {
        const auto number = [&](std::size_t at) {
            return static_cast<std::uint32_t>(png.at(at)) << 24 | png.at(at + 1) << 16 |
                   png.at(at + 2) << 8 | png.at(at + 3);
        };
        EXPECT_EQ(to_hex(ByteView(png).first(8)), "89504e470d0a1a0a");
        for (std::size_t at = 8; at < png.size();) {
            const std::size_t size = number(at);
            const ByteView body = ByteView(png).subspan(at + 4, size + 4);
            EXPECT_EQ(number(at + 8 + size), crc32(0, body.data(), static_cast<uInt>(body.size())));
            chunks[std::string(as_text(body.first(4)))] = to_bytes(body.subspan(4));
            at += size + 12;
        }
        width = number(16);
        height = number(20);
        uLongf size = height * (1 + (width + 3) / 4);
        rows.resize(size);
        const Bytes& packed = chunks.at("IDAT");
        EXPECT_EQ(uncompress(rows.data(), &size, packed.data(), static_cast<uLong>(packed.size())),
                  Z_OK);
        EXPECT_EQ(size, rows.size());
    }
    /// 0 clear to 3 full; from the top left.
    int dot(std::size_t x, std::size_t y) const {
        const std::uint8_t byte = rows.at(y * (1 + (width + 3) / 4) + 1 + x / 4);
        return byte >> (6 - 2 * (x % 4)) & 3;
    }
    double inked() const {
        double sum = 0;
        for (std::size_t y = 0; y < height; ++y) {
            for (std::size_t x = 0; x < width; ++x) {
                sum += dot(x, y) / 3.0;
            }
        }
        return sum;
    }
};

Picture picture(double width, double height, std::string_view content) {
    return {width, height, to_bytes(as_bytes(content)), "", std::nullopt};
}

TEST(SealImage, FillsWhatThePathEncloses) {
    const Image image(
        seal_image(picture(36, 72, ".5 0 0 rg 9 18 m 27 18 l 27 36 l 9 36 l f\n"), 72));
    EXPECT_EQ(image.width, 36U);
    EXPECT_EQ(image.height, 72U);
    EXPECT_EQ(image.dot(9, 72 - 36), 3) << "y is up in a picture and down in an image";
    EXPECT_EQ(image.dot(26, 72 - 19), 3);
    EXPECT_EQ(image.dot(8, 72 - 30), 0);
    EXPECT_EQ(image.dot(27, 72 - 30), 0);
    EXPECT_EQ(image.dot(20, 72 - 37), 0);
    EXPECT_DOUBLE_EQ(image.inked(), 18 * 18);
    EXPECT_EQ(to_hex(image.chunks.at("IHDR")), "0000002400000048" + std::string("0203000000"));
    EXPECT_EQ(to_hex(image.chunks.at("PLTE")), "800000800000800000800000");
    EXPECT_EQ(to_hex(image.chunks.at("tRNS")), "0055aaff");
    EXPECT_EQ(to_hex(image.chunks.at("pHYs")), "00000b1300000b1301") << "2835 dots a metre";
}

TEST(SealImage, LeavesOutWhatRunsTheOtherWay) {
    const Image image(seal_image(
        picture(40, 40, "0 0 m 40 0 l 40 40 l 0 40 l 10 10 m 10 30 l 30 30 l 30 10 l f"), 72));
    EXPECT_EQ(image.dot(20, 20), 0);
    EXPECT_DOUBLE_EQ(image.inked(), 40 * 40 - 20 * 20);
}

TEST(SealImage, StrokesACircle) {
    // radius 40, border 4, made of four curves
    const double k = 0.5522847498 * 40;
    std::string content = "4 w 1 0 0 1 50 50 cm 40 0 m ";
    const auto curve = [&](std::initializer_list<double> numbers) {
        for (const double number : numbers) {
            content += std::to_string(number) + " ";
        }
        content += "c ";
    };
    curve({40, k, k, 40, 0, 40});
    curve({-k, 40, -40, k, -40, 0});
    curve({-40, -k, -k, -40, 0, -40});
    curve({k, -40, 40, -k, 40, 0});
    const Image image(seal_image(picture(100, 100, content + "s"), 144));
    EXPECT_NEAR(image.inked(), 4 * std::numbers::pi * (42 * 42 - 38 * 38), 20);
    EXPECT_EQ(image.dot(100, 100), 0);
    EXPECT_EQ(image.dot(100 + 80, 100), 3);
    EXPECT_EQ(image.dot(100 + 70, 100), 0);
}

TEST(SealImage, TurnsAndRestoresTheMatrix) {
    // a quarter turn about the corner, then a plain rectangle: one each
    const Image image(seal_image(
        picture(20,
                20,
                "q 0 1 -1 0 20 0 cm 0 0 m 5 0 l 5 10 l 0 10 l f Q 0 15 m 4 15 l 4 20 l 0 20 l f"),
        72));
    EXPECT_EQ(image.dot(11, 19), 3);
    EXPECT_EQ(image.dot(11, 14), 0);
    EXPECT_EQ(image.dot(9, 19), 0);
    EXPECT_EQ(image.dot(0, 0), 3);
    EXPECT_DOUBLE_EQ(image.inked(), 50 + 20);
}

TEST(SealImage, OfADrawnSealIsSmallAndInPlace) {
    const auto faces = Typefaces::load();
    const SealDesign round{false, "示例市税务局", "业务专用章", "", 42, 42};
    const Bytes png = seal_image(draw_seal(round, *faces));
    EXPECT_LT(png.size(), 12'000U) << "it stands in every document";
    const Image image(png);
    EXPECT_EQ(image.width, 496U);
    EXPECT_EQ(image.height, 496U);
    EXPECT_EQ(image.dot(248, 248), 3) << "the star";
    EXPECT_EQ(image.dot(248, 3), 3) << "the ring";
    EXPECT_EQ(image.dot(0, 0), 0);
    EXPECT_EQ(image.dot(248, 248 - 130), 0) << "between star and name";
    EXPECT_EQ(to_hex(ByteView(image.chunks.at("PLTE")).first(3)), "dc0000");
    EXPECT_EQ(seal_image(draw_seal(round, *faces)), png);

    const SealDesign oval{true, "示例软件有限公司", "发票专用章", "91990000MADEM0011K", 40, 30};
    const Image other(seal_image(draw_seal(oval, *faces)));
    EXPECT_EQ(other.width, 472U);
    EXPECT_EQ(other.height, 354U);
}

TEST(SealImage, RefusesOperatorsNoSealHas) {
    EXPECT_THROW(seal_image(picture(9, 9, "BT")), Error);
    EXPECT_THROW(seal_image(picture(9, 9, "1 l")), Error);
    EXPECT_THROW(seal_image(picture(9, 9, "Q")), Error);
    EXPECT_THROW(seal_image(picture(99999, 9, "")), Error);
}

}  // namespace
}  // namespace yinxin::pdf
