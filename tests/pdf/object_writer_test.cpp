// SPDX-License-Identifier: Apache-2.0
#define POINTERHOLDER_TRANSITION 4
#include "pdf/object_writer.h"

#include <gtest/gtest.h>

#include <qpdf/QPDF.hh>

#include "common/error.h"
#include "pdf/color_profile.h"
#include "pdf/fingerprint.h"

namespace yinxin::pdf {
namespace {

std::string number(double v) {
    std::string out;
    append_number(out, v);
    return out;
}

TEST(ObjectWriter, WritesNumbersWithoutExponentAndTrailingZeros) {
    EXPECT_EQ(number(0), "0");
    EXPECT_EQ(number(12), "12");
    EXPECT_EQ(number(-0.5), "-0.5");
    EXPECT_EQ(number(1.0005), "1.001");
    EXPECT_EQ(number(595.276), "595.276");
    EXPECT_EQ(number(0.1), "0.1");
    EXPECT_EQ(number(1e-9), "0");
    EXPECT_EQ(number(0.045), "0.045");
    std::string out;
    for (const long long value : {-20LL, -1'000LL, 7LL, 120'340LL}) {
        append_thousandths(out, value);
        out += ' ';
    }
    EXPECT_EQ(out, "-0.02 -1 0.007 120.34 ");
}

TEST(ObjectWriter, MakesAFileThatAnotherReaderAccepts) {
    ObjectWriter writer;
    const int pages = writer.reserve();
    const int content = writer.add_stream("", "0 0 m 10 10 l S", Squeeze::Steady);
    const int page =
        writer.add("<</Type/Page/Parent 1 0 R/MediaBox[0 0 99 99]/Resources<<>>/Contents " +
                   std::to_string(content) + " 0 R>>");
    writer.put(pages, "<</Type/Pages/Count 1/Kids[" + std::to_string(page) + " 0 R]>>");
    const int root = writer.add("<</Type/Catalog/Pages 1 0 R>>");
    const int info = writer.add("<</Title(x)>>");
    const auto [file, streams] = std::move(writer).finish(root, info);
    QPDF reader;
    reader.setAttemptRecovery(false);
    reader.processMemoryFile("test", reinterpret_cast<const char*>(file.data()), file.size());
    EXPECT_EQ(reader.getAllPages().size(), 1u);
    EXPECT_FALSE(reader.anyWarnings());
    EXPECT_GT(file.at(10), 127);    // ISO 19005-3, 6.1.2
    ASSERT_EQ(streams.size(), 3u);  // content, objects, cross-reference
    EXPECT_EQ(as_text(streams[0].plain), "0 0 m 10 10 l S");
    EXPECT_EQ(with_streams_closed(with_streams_open(file, streams), file.size()), file);
}

TEST(ObjectWriter, GoesOnAfterWhatWasWrittenBefore) {
    ObjectWriter first;
    first.add("<</A 1>>");
    first.add_stream("", "0 g", Squeeze::Not);
    ObjectWriter second(first.written(), ContentStart(first.written().bytes));
    EXPECT_EQ(second.add("<</B 3>>"), 3);
    const Bytes begin = first.written().bytes;
    const auto [file, streams] = std::move(second).finish(1, 3);
    EXPECT_EQ(as_text(file).substr(0, begin.size()), as_text(begin));
    EXPECT_NE(as_text(streams.at(0).plain).find("1 0 3 9 <</A 1>>\n<</B 3>>\n"),
              std::string_view::npos);
}

TEST(ObjectWriter, RefusesToFinishWithAReservedObjectMissing) {
    ObjectWriter writer;
    writer.reserve();
    EXPECT_THROW(std::move(writer).finish(1, 1), Error);
}

TEST(ObjectWriter, FingerprintsDifferWhenContentsDo) {
    EXPECT_NE(fingerprint(as_bytes("a")), fingerprint(as_bytes("b")));
    EXPECT_NE(fingerprint(as_bytes("")), fingerprint(as_bytes(std::string_view("\0", 1))));
    EXPECT_EQ(fingerprint(as_bytes("abc")), fingerprint(as_bytes("abc")));
}

TEST(Fingerprint, IsTheSameFromACommonStartOn) {
    const std::string all = "a content that others begin with, too, and what is its own";
    for (std::size_t common = 0; common <= all.size(); ++common) {
        const ContentStart start(as_bytes(std::string_view(all).substr(0, common)));
        EXPECT_EQ(fingerprint(start, as_bytes(all)), fingerprint(as_bytes(all))) << common;
    }
    EXPECT_EQ(fingerprint(ContentStart(), as_bytes(all)), fingerprint(as_bytes(all)));
}

TEST(ColorProfile, IsAWholeVersion2Profile) {
    const Bytes icc = srgb_profile();
    const auto word = [&icc](std::size_t at) {
        return static_cast<std::size_t>(icc.at(at)) << 24 |
               static_cast<std::size_t>(icc.at(at + 1)) << 16 |
               static_cast<std::size_t>(icc.at(at + 2)) << 8 | icc.at(at + 3);
    };
    EXPECT_EQ(word(0), icc.size());
    EXPECT_EQ(icc.at(8), 2);
    EXPECT_EQ(as_text(icc).substr(12, 12), "mntrRGB XYZ ");
    EXPECT_EQ(as_text(icc).substr(36, 4), "acsp");
    ASSERT_EQ(word(128), 9u);
    for (std::size_t i = 0; i < 9; ++i) {
        const std::size_t at = word(132 + 12 * i + 4), size = word(132 + 12 * i + 8);
        EXPECT_EQ(at % 4, 0u);
        EXPECT_LE(at + size, icc.size());
    }
}

}  // namespace
}  // namespace yinxin::pdf
