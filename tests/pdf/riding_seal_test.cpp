// SPDX-License-Identifier: Apache-2.0
#include "pdf/riding_seal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/error.h"
#include "pdf/geometry.h"
#include "pdf/incremental_update.h"
#include "tests/pdf/small_pdf.h"

namespace yinxin::pdf {
namespace {

using reader::Dict;
using reader::Document;
using testing::HasSubstr;

constexpr double kSize = 42 * points_per_mm;

Picture picture() {
    Picture out;
    out.width = out.height = kSize;
    out.content = to_bytes(as_bytes("1 0 0 rg 0 0 119 119 re f"));
    return out;
}

SignatureSpec riding_spec() {
    SignatureSpec spec;
    spec.contents_bytes = 64;
    spec.riding = picture();
    return spec;
}

/// Pages that have their resources and content in every way there is.
std::string three_pages() {
    return test::pdf_of(
        {"<< /Type /Catalog /Pages 2 0 R >>",
         "<< /Type /Pages /Kids [3 0 R 4 0 R 5 0 R] /Count 3 /MediaBox [0 0 600 800] /Resources << "
         "/Font << /F 9 0 R >> /XObject 10 0 R >> >>",
         "<< /Type /Page /Parent 2 0 R /Contents 6 0 R >>",
         "<< /Type /Page /Parent 2 0 R /Contents [6 0 R 7 0 R] /Resources 8 0 R /Rotate 90 >>",
         "<< /Type /Page /Parent 2 0 R >>",
         test::stream_of("0 0 m 9 9 l S"),
         test::stream_of("1 1 m 9 9 l S"),
         "<< /ProcSet [/PDF] >>",
         "<< /Type /Font >>",
         "<< /RidingSeal 11 0 R >>",
         test::stream_of("", "/Subtype /Form /BBox [0 0 1 1]")});
}

std::string text_of(const Document& document, const reader::Object& stream) {
    const std::size_t newest = document.newest();
    return std::string(
        as_text(document.decode(*document.load(*stream.reference(), newest), newest)));
}

TEST(RidingSeal, OneStripForEachPageFromTheLeft) {
    const auto strips = riding_strips(5, kSize);
    ASSERT_EQ(strips.size(), 5U);
    for (int i = 0; i < 5; ++i) {
        EXPECT_EQ(strips[static_cast<std::size_t>(i)].strip, i);
        EXPECT_EQ(strips[static_cast<std::size_t>(i)].strips, 5);
    }
}

TEST(RidingSeal, ManyPagesMakeSeveralWholeSeals) {
    const auto strips = riding_strips(45, kSize);
    ASSERT_EQ(strips.size(), 45U);
    std::vector<int> sizes;
    for (const RidingStrip& each : strips) {
        EXPECT_LE(each.strips, 20);
        if (each.strip == 0) {
            sizes.push_back(each.strips);
        }
    }
    EXPECT_THAT(sizes, testing::ElementsAre(15, 15, 15));
    // 2 mm is the least a strip may have
    EXPECT_EQ(riding_strips(10, 10 * points_per_mm).front().strips, 5);
}

TEST(RidingSeal, OnePageHasNone) {
    EXPECT_THROW(riding_strips(1, kSize), Error);
    EXPECT_THROW(riding_strips(2, 3 * points_per_mm), Error);
}

TEST(RidingSeal, IsDrawnBehindThePagesContentWithItsResourcesKept) {
    const std::string file = three_pages();
    const PreparedRevision prepared = append_signature(as_bytes(file), riding_spec());
    EXPECT_TRUE(as_text(prepared.pdf).starts_with(file));
    const Document document = Document::open(prepared.pdf);
    const auto pages = document.pages(1);
    ASSERT_EQ(pages.size(), 3U);
    const std::size_t parts[] = {3, 4, 2};
    for (std::size_t i = 0; i < 3; ++i) {
        const Dict& page = *pages[i].object->value.dict();
        const auto& content = *document.value(page, "Contents", 1).array();
        ASSERT_EQ(content.size(), parts[i]);
        EXPECT_THAT(text_of(document, content.front()), HasSubstr("q"));
        const std::string strip = text_of(document, content.back());
        EXPECT_TRUE(strip.starts_with("Q\nq ")) << strip;
        const Dict& resources = *document.value(page, "Resources", 1).dict();
        const Dict& objects = *document.value(resources, "XObject", 1).dict();
        const std::string name = i == 1 ? "RidingSeal" : "RidingSeal2";
        EXPECT_NE(objects.find(name), nullptr);
        EXPECT_THAT(strip, HasSubstr("/" + name + " Do"));
        EXPECT_NE(resources.find(i == 1 ? "ProcSet" : "Font"), nullptr);
    }
}

TEST(RidingSeal, StripsTouchTheEdgeThatIsSeen) {
    const PreparedRevision prepared = append_signature(as_bytes(three_pages()), riding_spec());
    const Document document = Document::open(prepared.pdf);
    const auto pages = document.pages(1);
    const auto last = [&](std::size_t i) {
        return text_of(
            document,
            document.value(*pages[i].object->value.dict(), "Contents", 1).array()->back());
    };
    // 14 mm of three, at the right edge of 600 points; the first strip of the picture
    EXPECT_THAT(last(0), HasSubstr("560.315 340.472 39.685 119.055 re W n"));
    EXPECT_THAT(last(0), HasSubstr("560.315 340.472 cm"));
    // the second, on a page turned by 90 degrees: 800 points wide
    EXPECT_THAT(last(1), HasSubstr("0.000000 1.000000 -1.000000 0.000000 600.000000 0.000000 cm"));
    EXPECT_THAT(last(1), HasSubstr("760.315 240.472 39.685 119.055 re W n"));
    EXPECT_THAT(last(1), HasSubstr("720.63 240.472 cm"));
    EXPECT_THAT(last(2), HasSubstr("480.945 340.472 cm"));
}

TEST(RidingSeal, IsNotDrawnOverSignaturesThatAreThere) {
    SignatureSpec first;
    first.contents_bytes = 64;
    const PreparedRevision before = append_signature(as_bytes(three_pages()), first);
    try {
        append_signature(before.pdf, riding_spec());
        FAIL() << "drew over a signature";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::Invalid);
        EXPECT_EQ(error.fields().at(0).pointer, "/riding");
    }
}

TEST(RidingSeal, APictureOfPixelsGoesInWithItsTransparency) {
    SignatureSpec spec = riding_spec();
    spec.riding->image = PictureImage{2, 1, Bytes{255, 0, 0, 0, 0, 0}, Bytes{255, 0}};
    const PreparedRevision prepared = append_signature(as_bytes(three_pages()), spec);
    const Document document = Document::open(prepared.pdf);
    const Dict& page = *document.pages(1)[1].object->value.dict();
    const Dict& objects =
        *document.value(*document.value(page, "Resources", 1).dict(), "XObject", 1).dict();
    const Dict& form = *document.value(objects, "RidingSeal", 1).dict();
    const Dict& images =
        *document.value(*document.value(form, "Resources", 1).dict(), "XObject", 1).dict();
    const auto* image = document.load(*images.find("Image")->reference(), 1);
    EXPECT_EQ(document.decode(*image, 1), (Bytes{255, 0, 0, 0, 0, 0}));
    const auto* mask = document.load(*image->value.dict()->find("SMask")->reference(), 1);
    EXPECT_EQ(document.decode(*mask, 1), (Bytes{255, 0}));
}

}  // namespace
}  // namespace yinxin::pdf
