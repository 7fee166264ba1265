// SPDX-License-Identifier: Apache-2.0
#include "pdf/typeface.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <string>

#include "common/error.h"
#include "common/utf8.h"
#include "pdf/glyph_program.h"
#include "pdf/typeface_embed.h"
#include "pdf/typesetter.h"
#include "tests/pdf/charstring_path.h"
#include "tests/support/temporary_folder.h"

namespace yinxin::pdf {
namespace {

class Typeface : public testing::Test {
  protected:
    static void SetUpTestSuite() { loaded_ = Typefaces::load(); }
    static void TearDownTestSuite() { loaded_.reset(); }
    static const FaceSet& faces() { return face_set(*loaded_); }
    static Glyphs shape(std::u32string_view text, FaceId face = FaceId::Serif) {
        std::vector<char32_t> missing;
        Glyphs out = Typesetter(faces()).shape(text, face, missing);
        EXPECT_TRUE(missing.empty());
        return out;
    }
    static std::vector<std::string> lines(std::u32string_view text, double ems) {
        const Glyphs glyphs = shape(text);
        std::vector<std::string> out;
        for (const LineRange& line : break_lines(glyphs, ems)) {
            std::u32string words;
            for (std::size_t i = line.first; i < line.second; ++i) {
                words += glyphs[i].character;
            }
            out.push_back(to_utf8(words));
        }
        return out;
    }
    static std::string to_utf8(const std::u32string& text) {
        std::string out;
        for (const char32_t c : text) {
            if (c < 0x80) {
                out += static_cast<char>(c);
            } else if (c < 0x800) {
                out += static_cast<char>(0xC0 | (c >> 6));
                out += static_cast<char>(0x80 | (c & 63));
            } else {
                out += static_cast<char>(0xE0 | (c >> 12));
                out += static_cast<char>(0x80 | ((c >> 6) & 63));
                out += static_cast<char>(0x80 | (c & 63));
            }
        }
        return out;
    }

  private:
    static inline std::shared_ptr<const Typefaces> loaded_;
};

TEST_F(Typeface, ReachesTheRareCharactersOfNames) {
    for (const char32_t c : std::u32string_view(U"𬭎䶮㛃𠮷çã·—⊗¥（）")) {
        EXPECT_TRUE(faces().find(FaceId::Serif, c)) << code_point_name(c);
    }
    EXPECT_FALSE(faces().find(FaceId::Serif, 0x10FFFD));
}

TEST_F(Typeface, FallsBackToTheNextFaceOfTheChain) {
    const auto found = faces().find(FaceId::Mono, U'税');
    ASSERT_TRUE(found);
    EXPECT_EQ(found->face, FaceId::Serif);
}

TEST_F(Typeface, ShapesUtf8BehindWhatIsThere) {
    const Typesetter typesetter(faces());
    std::vector<char32_t> missing;
    Glyphs out = shape(U"税");
    typesetter.shape("务\n1\x01", FaceId::Kai, out, missing);
    ASSERT_EQ(out.size(), 4u);
    EXPECT_EQ(out[1].character, U'务');
    EXPECT_EQ(out[1].face, FaceId::Kai);
    EXPECT_EQ(out[2].character, U'\n');
    EXPECT_EQ(out[3].glyph.id, faces().face(FaceId::Kai).glyph(U'1')->id);
    EXPECT_EQ(missing, std::vector<char32_t>{1});
    EXPECT_THROW(typesetter.shape("\xFF", FaceId::Kai, out, missing), Error);
}

TEST_F(Typeface, NamesThePackageOfAMissingFont) {
    const tests::TemporaryFolder empty;
    try {
        Typefaces::load({empty.path()});
        ADD_FAILURE();
    } catch (const Error& e) {
        EXPECT_EQ(e.code(), ErrorCode::Unavailable);
        EXPECT_THAT(e.what(), testing::HasSubstr("fonts-noto-cjk"));
    }
}

TEST_F(Typeface, TakesTheHeaviestKaiUnderEitherOfItsNames) {
    namespace fs = std::filesystem;
    std::map<std::string, fs::path> installed;
    for (const auto& each : fs::recursive_directory_iterator("/usr/share/fonts")) {
        installed.emplace(each.path().filename().string(), each.path());
    }
    for (const std::string name : {"LXGWWenKai-Bold", "LXGWWenKai-Medium"}) {
        const tests::TemporaryFolder folder;
        for (std::size_t id = 0; id < kFaceCount; ++id) {
            const auto face = static_cast<FaceId>(id);
            const std::string& file = faces().face(face).source().file;
            fs::create_symlink(installed.at(file),
                               folder.path() / (face == FaceId::KaiBold ? name + ".ttf" : file));
        }
        const auto other = Typefaces::load({folder.path()});
        EXPECT_EQ(face_set(*other).face(FaceId::KaiBold).source().file, name + ".ttf");
    }
}

TEST_F(Typeface, GivesAllDigitsOneWidth) {
    const auto width = faces().find(FaceId::Serif, U'0')->glyph.advance;
    for (char32_t c = U'1'; c <= U'9'; ++c) {
        EXPECT_EQ(faces().find(FaceId::Serif, c)->glyph.advance, width);
    }
    EXPECT_EQ(faces().find(FaceId::Serif, U'税')->glyph.advance, kUnitsPerEm);
}

TEST_F(Typeface, EmbedsTheOutlinesOfTheFace) {
    struct Row {
        FaceId face;
        std::u32string_view text;
        double tolerance;
    };
    // what thinning and the grid may do together
    for (const Row& row : {Row{FaceId::Serif, U"税务局壹𠮷𬭎gQ%", 0.013},
                           Row{FaceId::Kai, U"购买方信息票", 0.015},
                           Row{FaceId::Mono, U"7K-Q", 0.013},
                           Row{FaceId::Rare, U"𬭎", 0.013}}) {
        for (const char32_t c : row.text) {
            const Face& face = faces().face(row.face);
            const auto glyph = face.glyph(c);
            ASSERT_TRUE(glyph) << code_point_name(c);
            const Bytes font =
                compact_font("T", {&face.program(glyph->id)}, face.source().metrics.bbox);
            const test::CffReader reader(font);
            ASSERT_EQ(reader.glyphs(), 2u);
            const auto embedded = reader.glyph(1);
            EXPECT_NEAR(embedded.width * kUnitsPerEm, glyph->advance, 1e-9);
            const Path original = face.outline(glyph->id);
            EXPECT_LT(test::strays(original, embedded.path, 0), row.tolerance)
                << code_point_name(c);
            EXPECT_LT(test::strays(embedded.path, original, 0), row.tolerance)
                << code_point_name(c);
        }
    }
}

TEST_F(Typeface, CentresADigitInItsWidth) {
    const Face& face = faces().face(FaceId::Serif);
    const auto one = face.glyph(U'1');
    const Bytes font = compact_font("T", {&face.program(one->id)}, face.source().metrics.bbox);
    const auto embedded = test::CffReader(font).glyph(1);
    double left = 9, right = -9;
    for (const auto& p : test::points_along(embedded.path)) {
        left = std::min(left, p.x), right = std::max(right, p.x);
    }
    EXPECT_NEAR(left, embedded.width - right, 0.06);
}

TEST_F(Typeface, TwoCharactersOfOneGlyphKeepTheirOwnCodes) {
    UsedGlyphs used;
    used.use(U'A', 7), used.use(U'B', 7), used.use(U'A', 7);
    used.number();
    EXPECT_EQ(used.code(U'A', 7), 1);
    EXPECT_EQ(used.code(U'B', 7), 2);
}

TEST_F(Typeface, GivesLibharuAFontItCanRead) {
    const Face& kai = faces().face(FaceId::Kai);
    const Bytes font = kai.truetype_for({kai.glyph(U'税')->id, kai.glyph(U'务')->id}, "Carrier");
    EXPECT_EQ(as_text(font).substr(0, 4), std::string_view("\0\1\0\0", 4));
    EXPECT_LT(font.size(), 6000u);
}

TEST_F(Typeface, BreaksLinesByTheRulesOfChineseAndKeepsWordsWhole) {
    using testing::ElementsAre;
    EXPECT_THAT(lines(U"示例市税务局第一税务所", 5), ElementsAre("示例市税务", "局第一税务", "所"));
    EXPECT_THAT(lines(U"税务机关，备注。", 4), ElementsAre("税务机", "关，备", "注。"));
    EXPECT_THAT(lines(U"税务（所）", 3), ElementsAre("税务", "（所）"));
    EXPECT_THAT(lines(U"Maria da Silva", 5), ElementsAre("Maria da", "Silva"));
    EXPECT_THAT(lines(U"2025-01 至 2025-12", 5), ElementsAre("2025-01 至", "2025-12"));
    EXPECT_THAT(lines(U"甲\n乙", 9), ElementsAre("甲", "乙"));
    EXPECT_THAT(lines(U"", 9), ElementsAre(""));
    // a word alone wider than the line breaks where it must, and nothing is lost
    const auto pieces = lines(U"12345678901234567890", 3);
    EXPECT_GT(pieces.size(), 2u);
    std::string all;
    for (const auto& p : pieces) {
        all += p;
    }
    EXPECT_EQ(all, "12345678901234567890");
}

TEST_F(Typeface, ATextIsNeverMadeSmallerThanAllowed) {
    const Typesetter typesetter(faces());
    TextStyle style;
    style.sizes = {9, 7};
    std::vector<PlacedText> out;
    EXPECT_TRUE(typesetter.place(shape(U"税务局"), {0, 0, 10, 5}, style, 100, out));
    EXPECT_EQ(out.back().size, 9);
    EXPECT_TRUE(typesetter.place(shape(U"税务局所"), {0, 0, 10, 5}, style, 100, out));
    EXPECT_EQ(out.back().size, 7);
    EXPECT_FALSE(typesetter.place(shape(U"税务局所所"), {0, 0, 10, 5}, style, 100, out));
    style.lines = 2;
    EXPECT_TRUE(typesetter.place(shape(U"税务局所所"), {0, 0, 10, 8}, style, 100, out));
    EXPECT_FALSE(typesetter.place(shape(U"税务局所所"), {0, 0, 10, 4}, style, 100, out));
}

}  // namespace
}  // namespace yinxin::pdf
