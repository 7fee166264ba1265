// SPDX-License-Identifier: Apache-2.0
#include "pdf/reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <iterator>
#include <limits>
#include <optional>
#include <string>

#include "tests/pdf/small_pdf.h"

namespace yinxin::pdf::reader {
namespace {

using test::one_page_pdf;
using test::pdf_of;
using test::stream_of;

Object parse(const std::string& text) {
    ValueBudget budget;
    return Lexer(as_bytes(text), 0, budget).object();
}

std::string deflated(const std::string& data) {
    std::string out(compressBound(data.size()), '\0');
    uLongf size = out.size();
    compress(reinterpret_cast<Bytef*>(out.data()),
             &size,
             reinterpret_cast<const Bytef*>(data.data()),
             data.size());
    out.resize(size);
    return out;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
    const std::size_t at = text.rfind(from);
    EXPECT_NE(at, std::string::npos) << from;
    return text.replace(at, from.size(), to);
}

TEST(Lexer, ReadsEachKindOfObject) {
    EXPECT_TRUE(parse("null").is_null());
    EXPECT_EQ(*parse("true").boolean(), true);
    EXPECT_EQ(*parse("-42").integer(), -42);
    EXPECT_EQ(*parse("+17").integer(), 17);
    EXPECT_DOUBLE_EQ(*parse("-.5").real(), -0.5);
    EXPECT_DOUBLE_EQ(*parse("4.").real(), 4.0);
    EXPECT_EQ(parse("/A#20B").name()->text, "A B");
    EXPECT_EQ(parse("(a\\(b\\)\\101\\\n(c))").string()->bytes, "a(b)A(c)");
    EXPECT_EQ(parse("<4 8 6>").string()->bytes, "H`");
    EXPECT_EQ(*parse("12 3 R").reference(), (Reference{12, 3}));
    const Object array = parse("[1 2 R 3 4 5 R %x\n]");
    EXPECT_EQ(array.array()->size(), 3U);
    const Object dict = parse("<</A/B/C<</D 1>>>>");
    EXPECT_TRUE(dict.dict()->find("A")->is_name("B"));
    EXPECT_EQ(dict.dict()->find("X"), nullptr);
}

TEST(Lexer, KnowsWhereEachValueStands) {
    const std::string text = "<< /ByteRange [0 10] /Contents <00FF> >>";
    const Object dict = parse(text);
    const Extent extent = dict.dict()->find("Contents")->extent();
    EXPECT_EQ(text.substr(extent.begin, extent.size()), "<00FF>");
    EXPECT_EQ(dict.extent(), (Extent{0, text.size()}));
}

TEST(Lexer, RefusesWhatTheGrammarDoesNotHave) {
    for (const char* bad : {"",
                            "--1",
                            "+-1",
                            "1-2",
                            "1.2.3",
                            ".",
                            "1e5",
                            "99999999999999999999",
                            "/A#2",
                            "/A#zz",
                            "(open",
                            "<4x>",
                            "<41",
                            "[1 2",
                            "<< /A >>",
                            "<< /A 1 /A 2 >>",
                            "<< /A 1 /#41 2 >>",
                            "<< A 1 >>",
                            "<< /A 1 > >",
                            "True",
                            "endobj",
                            ">>",
                            "]",
                            "{"}) {
        EXPECT_THROW(parse(bad), Error) << bad;
    }
    EXPECT_THROW(parse(std::string(200, '[') + std::string(200, ']')), Error);
}

TEST(Lexer, KnowsAReferenceFromNumbers) {
    const auto kinds = [](const std::string& text) {
        std::string out;
        for (const Object& each : *parse(text).array()) {
            out += each.reference() != nullptr ? 'R' : each.integer() != nullptr ? 'i' : '?';
        }
        return out;
    };
    EXPECT_EQ(kinds("[7 0 R 1\t\n2  R]"), "RR");
    EXPECT_EQ(kinds("[4294967295 65535 R 99999 99999 R]"), "RR");
    EXPECT_EQ(kinds("[7 8 9 0 R 10]"), "iiRi");
    EXPECT_EQ(kinds("[+7 0]"), "ii");
    for (const char* none : {"[4294967296 0 R]",
                             "[12345678901 0 R]",
                             "[1 123456 R]",
                             "[1 0 Rx]",
                             "[1 %x\n0 R]",
                             "[-1 0 R]"}) {
        EXPECT_THROW(parse(none), Error) << none;
    }
}

TEST(Lexer, RoundsNumbersOnce) {
    for (const char* text : {"0.1",
                             "-.3",
                             "123456.789",
                             "42.52",
                             "99999999999999.9",
                             "0.000000000000001",
                             "3.14159265358979323846",
                             "-0.30000000000000004",
                             "+123456789012345.678"}) {
        EXPECT_EQ(*parse(text).real(), std::strtod(text, nullptr)) << text;
    }
    EXPECT_EQ(*parse("-9223372036854775808").integer(), std::numeric_limits<std::int64_t>::min());
    EXPECT_EQ(*parse("+9223372036854775807").integer(), std::numeric_limits<std::int64_t>::max());
}

TEST(Lexer, ReadsHexadecimalDigitsHoweverMany) {
    for (const std::size_t count : {0u, 1u, 2u, 127u, 128u, 129u, 1000u}) {
        std::string bytes, upper, spaced;
        for (std::size_t i = 0; i < count; ++i) {
            const auto byte = static_cast<std::uint8_t>(i * 37);
            bytes += static_cast<char>(byte);
            const std::string pair = to_hex(ByteView(&byte, 1));
            std::transform(pair.begin(), pair.end(), std::back_inserter(upper), [](char c) {
                return c >= 'a' ? static_cast<char>(c - 32) : c;
            });
            spaced += pair + (i % 50 == 9 ? "\n" : "");
        }
        EXPECT_EQ(parse("<" + to_hex(as_bytes(bytes)) + ">").string()->bytes, bytes);
        EXPECT_EQ(parse("<" + upper + ">").string()->bytes, bytes);
        EXPECT_EQ(parse("<" + spaced + ">").string()->bytes, bytes);
        EXPECT_EQ(parse("<" + upper + "7>").string()->bytes, bytes + "p");
        for (const char wrong : {'g', 'G', '@', '`', '/', ':', '\xB0', '\x10'}) {
            EXPECT_THROW(parse("<" + upper + wrong + "0>"), Error) << count << wrong;
        }
    }
    for (int byte = 0; byte < 256; ++byte) {
        const auto each = static_cast<std::uint8_t>(byte);
        EXPECT_EQ(is_hexadecimal(ByteView(&each, 1)), byte < 128 && std::isxdigit(byte) != 0);
    }
}

TEST(Dict, HasEachKeyOnceHoweverMany) {
    for (int count = 1; count < 20; ++count) {
        std::string members;
        for (int i = 0; i < count; ++i) {
            members += "/K" + std::to_string(i * 7 % 20) + " " + std::to_string(i) + " ";
        }
        const Object dict = parse("<<" + members + "/Null null>>");
        for (int i = 0; i < count; ++i) {
            const Object* found = dict.dict()->find("K" + std::to_string(i * 7 % 20));
            ASSERT_NE(found, nullptr);
            EXPECT_EQ(*found->integer(), i);
        }
        EXPECT_EQ(dict.dict()->find("Null"), nullptr);
        EXPECT_EQ(dict.dict()->find("K"), nullptr);
        EXPECT_THROW(parse("<<" + members + "/K0 1>>"), Error) << count;
    }
}

TEST(Document, ReadsAFileObjectByObject) {
    const std::string file = one_page_pdf();
    const Document document = Document::open(as_bytes(file));
    EXPECT_EQ(document.revisions().size(), 1U);
    EXPECT_EQ(document.revisions()[0].end, file.size());
    const auto pages = document.pages(0);
    ASSERT_EQ(pages.size(), 1U);
    EXPECT_EQ(pages[0].id, (Reference{3, 0}));
    EXPECT_EQ(document.resolve(pages[0].media_box, 0).array()->size(), 4U);
    EXPECT_THAT(document.reachable(0), testing::ElementsAre(1, 2, 3, 4));
    EXPECT_EQ(as_text(document.decode(*document.load({4, 0}, 0), 0)), "0 0 m 9 9 l S");
    EXPECT_EQ(document.load({9, 0}, 0), nullptr);
    EXPECT_EQ(document.load({4, 1}, 0), nullptr);
}

TEST(Document, PagesInheritFromTheirParents) {
    const std::string file = pdf_of({"<< /Pages 2 0 R >>",
                                     "<< /Kids [3 0 R] /MediaBox [0 0 1 2] /Rotate -90 >>",
                                     "<< /Kids [4 0 R 5 0 R] >>",
                                     "<< /Type /Page >>",
                                     "<< /Type /Page /Rotate 0 /MediaBox [0 0 3 4] >>"});
    const Document document = Document::open(as_bytes(file));
    const auto pages = document.pages(0);
    ASSERT_EQ(pages.size(), 2U);
    EXPECT_EQ(pages[0].rotate, 270);
    EXPECT_EQ(pages[1].rotate, 0);
    EXPECT_EQ(pages[0].media_box.array()->at(3).number(), 2);
    EXPECT_EQ(pages[1].media_box.array()->at(3).number(), 4);
}

TEST(Document, RefusesToRepair) {
    const std::string good = one_page_pdf();
    const std::vector<std::pair<const char*, std::string>> bad = {
        {"junk in front", "x" + good},
        {"no startxref", replaced(good, "startxref", "startxref_")},
        {"no EOF mark", replaced(good, "%%EOF", "%%EOD")},
        {"far behind the mark", good + std::string(2000, ' ')},
        {"xref elsewhere", replaced(good, "xref\n0 5", "xreg\n0 5")},
        {"entry with one blank less", replaced(good, "00000 n \n", "00000 n\n")},
        {"entry with letters", replaced(good, "00000 n \n", "0000a n \n")},
        {"one entry too few", replaced(good, "xref\n0 5", "xref\n0 6")},
        {"no trailer", replaced(good, "trailer", "tr")},
        {"no Size", replaced(good, "/Size", "/Sice")},
        {"no Root", replaced(good, "/Root 1 0 R", "/Roof 1 0 R")},
        {"Prev to itself", replaced(good, "/Root", "/Prev 350 /Root")},
        {"Prev no number", replaced(good, "/Root", "/Prev (1) /Root")},
        {"an object twice", replaced(good, "xref\n0 5\n", "xref\n1 1\n0000000015 00000 n \n0 5\n")},
    };
    EXPECT_NO_THROW(Document::open(as_bytes(good)));
    for (const auto& [name, file] : bad) {
        try {
            Document::open(as_bytes(file));
            ADD_FAILURE() << name;
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), ErrorCode::Malformed) << name;
            EXPECT_THAT(error.what(), testing::StartsWith("byte ")) << name;
        }
    }
}

TEST(Document, RefusesObjectsThatAreNotAsTheySay) {
    const std::string good = one_page_pdf();
    const std::vector<std::pair<const char*, std::string>> bad = {
        {"a number elsewhere", replaced(good, "4 0 obj", "5 0 obj")},
        {"a generation elsewhere", replaced(good, "4 0 obj", "4 1 obj")},
        {"longer than Length", replaced(good, "/Length 13", "/Length 12")},
        {"shorter than Length", replaced(good, "/Length 13", "/Length 15")},
        {"Length beyond the file", replaced(good, "/Length 13", "/Length 9999999999")},
        {"Length negative", replaced(good, "/Length 13", "/Length -1")},
        {"Length of itself", replaced(good, "/Length 13", "/Length 4 0 R")},
        {"no endobj", replaced(good, "S\nendstream\nendobj", "S\nendstream\nendobk")},
        {"no endstream", replaced(good, "endstream", "endstreax")},
        {"stream with a lone CR", replaced(good, "stream\n0 0 m", "stream\r0 0 m")},
    };
    for (const auto& [name, file] : bad) {
        EXPECT_THROW(
            {
                const Document document = Document::open(as_bytes(file));
                document.reachable(0);
            },
            Error)
            << name;
    }
}

/// The file with a second revision: these bytes, then these cross-reference entries.
std::string with_revision(const std::string& file,
                          const std::string& bytes,
                          const std::string& entries) {
    const std::size_t start = file.size() + bytes.size();
    return file + bytes + "xref\n" + entries + "trailer\n<< /Size 5 /Root 1 0 R /Prev " +
           std::to_string(file.rfind("xref\n0 5")) + " >>\nstartxref\n" + std::to_string(start) +
           "\n%%EOF\n";
}

std::string entry(std::uint32_t number, std::size_t offset, int generation = 0) {
    char line[64];
    std::snprintf(line, sizeof line, "%u 1\n%010zu %05d n \n", number, offset, generation);
    return line;
}

TEST(Document, TheGenerationBelongsToThePlaceOfAnObject) {
    const std::string file = one_page_pdf();
    const std::size_t content = file.find("4 0 obj");
    const std::string later = with_revision(file, "", entry(4, content, 1));
    const Document document = Document::open(as_bytes(later));
    EXPECT_NE(document.place(4, 0), document.place(4, 1));
    EXPECT_NE(document.load({4, 0}, 0), nullptr);
    EXPECT_EQ(document.load({4, 0}, 1), nullptr);
    EXPECT_THROW(document.load({4, 1}, 1), Error);
}

TEST(Document, WhatWasReadOnceIsStillHeldAgainstTheNumberAndTheRevision) {
    const std::string file = one_page_pdf();
    const std::size_t content = file.find("4 0 obj");
    const std::string swapped = with_revision(file, "", entry(3, content));
    const Document two_numbers = Document::open(as_bytes(swapped));
    EXPECT_NE(two_numbers.load({4, 0}, 1), nullptr);
    EXPECT_THROW(two_numbers.load({3, 0}, 1), Error);

    // the first revision names a place behind its end, where the second one puts something
    const std::string moved = "4 0 obj\n" + stream_of("1 1 m 9 9 l S") + "\nendobj\n";
    char place[16];
    std::snprintf(place, sizeof place, "%010zu", content);
    char behind[16];
    std::snprintf(behind, sizeof behind, "%010zu", file.size());
    const std::string promised =
        with_revision(replaced(file, place, behind), moved, entry(1, file.find("1 0 obj")));
    const Document late = Document::open(as_bytes(promised));
    EXPECT_NE(late.load({4, 0}, 1), nullptr);
    EXPECT_THROW(late.load({4, 0}, 0), Error);
}

TEST(Document, RefusesAPageTreeThatContainsItself) {
    for (const char* kids : {"[2 0 R]", "[3 0 R]", "[4 0 R 4 0 R]", "[(x)]", "[9 0 R]"}) {
        const std::string file = pdf_of({"<< /Pages 2 0 R >>",
                                         std::string("<< /Kids ") + kids + " >>",
                                         "<< /Kids [2 0 R] >>",
                                         "<< /Type /Page >>"});
        const Document document = Document::open(as_bytes(file));
        EXPECT_THROW(document.pages(0), Error) << kids;
    }
}

TEST(Document, RefusesAnObjectThatIsAReference) {
    const std::string file = pdf_of(
        {"<< /Pages 2 0 R /Names 4 0 R >>", "<< /Kids [3 0 R] >>", "<< /Type /Page >>", "1 0 R"});
    const Document document = Document::open(as_bytes(file));
    EXPECT_THROW(document.reachable(0), Error);
}

TEST(Document, ReadsNoChainOfLengthsThatIsAsLongAsTheFile) {
    std::vector<std::string> bodies{"<< /Pages 2 0 R /Names 4 0 R >>", "<< /Kids [3 0 R] >>", "[]"};
    for (std::size_t next = 5; next < 40'000; ++next) {
        bodies.push_back("<< /Length " + std::to_string(next) + " 0 R >>\nstream\n\nendstream");
    }
    const std::string file = pdf_of(bodies);
    const Document document = Document::open(as_bytes(file));
    EXPECT_THROW(document.reachable(0), Error);
}

/// A file whose catalog and pages lie in an object stream, found through a cross-reference stream.
std::string stream_file(const std::string& index,
                        const std::string& head,
                        std::size_t extra_rows = 0,
                        const std::string& count = "3") {
    std::string out = "%PDF-1.5\n";
    const std::string objects = "<< /Pages 2 0 R >> << /Kids [3 0 R] >> << /Type /Page >>";
    const std::string packed = deflated(head + objects);
    const std::size_t container = out.size();
    out += "4 0 obj\n" +
           stream_of(packed,
                     "/Type /ObjStm /N " + count + " /First " + std::to_string(head.size()) +
                         " /Filter /FlateDecode") +
           "\nendobj\n";
    const std::size_t xref = out.size();
    std::string rows;
    const auto row = [&rows](int type, std::size_t second, int third) {
        rows += static_cast<char>(type);
        rows += static_cast<char>(second >> 8);
        rows += static_cast<char>(second & 0xFF);
        rows += static_cast<char>(third);
    };
    row(0, 0, 255);
    row(2, 4, 0);
    row(2, 4, 1);
    row(2, 4, 2);
    row(1, container, 0);
    row(1, xref, 0);
    rows += std::string(4 * extra_rows, '\0');
    return out + "5 0 obj\n" +
           stream_of(rows, "/Type /XRef /W [1 2 1] /Root 1 0 R /Size 6 " + index) +
           "\nendobj\nstartxref\n" + std::to_string(xref) + "\n%%EOF\n";
}

TEST(Document, ReadsObjectStreamsThroughCrossReferenceStreams) {
    const std::string file = stream_file("/Index [0 6]", "1 0 2 19 3 38 ");
    const Document document = Document::open(as_bytes(file));
    EXPECT_EQ(document.pages(0).size(), 1U);
    EXPECT_TRUE(document.load({1, 0}, 0)->compressed);
    EXPECT_EQ(document.place(2, 0),
              (Place{XrefEntry::Kind::Compressed, document.place(4, 0).offset, 1}));
}

TEST(Document, RefusesStreamsThatDoNotFitTheirDescription) {
    EXPECT_THROW(Document::open(as_bytes(stream_file("/Index [0 7]", "1 0 2 19 3 38 "))), Error);
    EXPECT_THROW(Document::open(as_bytes(stream_file("", "1 0 2 19 3 38 ", 1))), Error);
    EXPECT_THROW(Document::open(as_bytes(stream_file("/Index [0 6 0 6]", "1 0 2 19 3 38 ", 6))),
                 Error);
    EXPECT_THROW(Document::open(as_bytes(stream_file("/Index [0 99999999999]", "1 0 2 19 3 38 "))),
                 Error);
    for (const char* head : {"2 0 1 19 3 38 ", "1 0 2 19 3 99 ", "1 0 2 19 3 -1 ", "1 0 2 "}) {
        const std::string file = stream_file("", head);
        const Document document = Document::open(as_bytes(file));
        EXPECT_THROW(document.reachable(0), Error) << head;
    }
}

TEST(Document, RefusesAnObjectStreamThatIsNeededToReadItself) {
    const std::string file = stream_file("", "1 0 2 19 3 38 ", 0, "3 0 R");
    const Document document = Document::open(as_bytes(file));
    EXPECT_THROW(document.reachable(0), Error);
}

TEST(Filters, InflatingIsBounded) {
    const std::string bomb = deflated(std::string(8u << 20, 'x'));
    InflateBudget budget;
    try {
        inflate(as_bytes(bomb), budget, 0);
        FAIL() << "8 MiB out of " << bomb.size() << " bytes";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::TooLarge);
    }
    InflateBudget small{10};
    EXPECT_THROW(inflate(as_bytes(deflated("more than ten bytes")), small, 0), Error);
    InflateBudget enough;
    EXPECT_THROW(inflate(as_bytes(deflated("cut off").substr(0, 8)), enough, 0), Error);
    EXPECT_EQ(as_text(inflate(as_bytes(deflated("whole") + "\r\n"), enough, 0)), "whole");
    EXPECT_THROW(inflate(as_bytes(deflated("whole") + "x"), enough, 0), Error);
}

/// By zlib alone: nothing where it is not whole.
std::optional<std::string> inflated_by_zlib(const std::string& data) {
    std::string out(1u << 17, '\0');
    uLongf size = out.size();
    uLong used = data.size();
    const int result = uncompress2(reinterpret_cast<Bytef*>(out.data()),
                                   &size,
                                   reinterpret_cast<const Bytef*>(data.data()),
                                   &used);
    if (result != Z_OK || data.find_first_not_of(" \r\n", used) != std::string::npos) {
        return std::nullopt;
    }
    out.resize(size);
    return out;
}

void expect_as_by_zlib(const std::string& data) {
    const std::optional<std::string> expected = inflated_by_zlib(data);
    InflateBudget budget;
    try {
        const Bytes out = inflate(as_bytes(data), budget, 0);
        ASSERT_TRUE(expected) << to_hex(as_bytes(data));
        ASSERT_EQ(as_text(out), *expected);
        ASSERT_EQ(budget.left, limits::pdf_inflated_bytes_max - out.size());
    } catch (const Error& error) {
        ASSERT_EQ(error.code(), ErrorCode::Malformed);
        ASSERT_FALSE(expected) << to_hex(as_bytes(data)) << error.what();
    }
}

TEST(Filters, InflatingTakesWhatZlibTakes) {
    std::string mixed;
    for (unsigned i = 0; i < 300; ++i) {
        mixed += std::to_string(i * 7919 % 1000) + (i % 3 == 0 ? " Tm\n" : " ");
    }
    for (const std::string& plain : {std::string(), std::string("short"), mixed}) {
        const std::string whole = deflated(plain);
        for (std::size_t size = 0; size <= whole.size(); ++size) {
            expect_as_by_zlib(whole.substr(0, size));
        }
        for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
            std::string other = whole;
            other[bit / 8] = static_cast<char>(other[bit / 8] ^ 1 << bit % 8);
            expect_as_by_zlib(other);
        }
        for (const char* behind : {" ", "\r\n", "x", " x"}) {
            expect_as_by_zlib(whole + behind);
        }
        expect_as_by_zlib(whole + whole);
    }
    for (const std::size_t size : {16383, 16384, 16385, 65535, 65536, 65537, 100000}) {
        std::string plain;
        while (plain.size() < size) {
            plain += mixed.substr(plain.size() % 97);
        }
        const std::string whole = deflated(plain.substr(0, size));
        expect_as_by_zlib(whole);
        expect_as_by_zlib(whole.substr(0, whole.size() - 1));
        InflateBudget exact{size}, small{size - 1};
        EXPECT_EQ(inflate(as_bytes(whole), exact, 0).size(), size);
        EXPECT_THROW(inflate(as_bytes(whole), small, 0), Error);
    }
}

TEST(Document, GivesAnImagesDataAsItsOwnFormatHasIt) {
    const std::string file =
        test::pdf_of({"<< /Type /Catalog >>",
                      test::stream_of("4A504547>", "/Filter [/ASCIIHexDecode /DCTDecode]"),
                      test::stream_of("48>", "/Filter /ASCIIHexDecode"),
                      test::stream_of("48>", "/Filter [/ASCIIHexDecode /]")});
    const Document document = Document::open(as_bytes(file));
    const auto of = [&document](std::uint32_t number) {
        return document.unfilter(*document.load({number, 0}, 0), 0);
    };
    EXPECT_EQ(as_text(of(2).data), "JPEG");
    EXPECT_EQ(of(2).left, "DCTDecode");
    EXPECT_THROW(document.decode(*document.load({2, 0}, 0), 0), Error);
    EXPECT_EQ(as_text(of(3).data), "H");
    EXPECT_EQ(of(3).left, "");
    EXPECT_EQ(of(4).left, "?");
}

TEST(Filters, UndoPredictorsAndAscii) {
    const Bytes up{2, 1, 2, 3, 2, 1, 1, 1};
    EXPECT_EQ(undo_predictor(up, {12, 1, 8, 3}, 0), (Bytes{1, 2, 3, 2, 3, 4}));
    const Bytes sub{1, 1, 1, 1};
    EXPECT_EQ(undo_predictor(sub, {15, 1, 8, 3}, 0), (Bytes{1, 2, 3}));
    EXPECT_EQ(undo_predictor({1, 1, 1}, {2, 1, 8, 3}, 0), (Bytes{1, 2, 3}));
    EXPECT_THROW(undo_predictor({9, 1, 2, 3}, {12, 1, 8, 3}, 0), Error);
    EXPECT_THROW(undo_predictor({2, 1, 2}, {12, 1, 8, 3}, 0), Error);
    EXPECT_THROW(undo_predictor({2, 1, 2}, {12, 0, 8, 3}, 0), Error);
    EXPECT_EQ(as_text(decode_ascii_hex(as_bytes("48 65 7>"), 0)), "Hep");
    EXPECT_THROW(decode_ascii_hex(as_bytes("4x>"), 0), Error);
    EXPECT_EQ(as_text(decode_ascii85(as_bytes("87cURD]i,\"Ebo80~>"), 0)), "Hello World!");
    EXPECT_THROW(decode_ascii85(as_bytes("87cUR!~>"), 0), Error);
}

}  // namespace
}  // namespace yinxin::pdf::reader
