// SPDX-License-Identifier: Apache-2.0
#include "pdf/incremental_update.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pdf/reader.h"
#include "tests/pdf/small_pdf.h"
#include "tests/support/expect_error.h"

namespace yinxin::pdf {
namespace {

using reader::Dict;
using reader::Document;
using reader::Object;
using test::one_page_pdf;

SignatureSpec plain_spec() {
    SignatureSpec spec;
    spec.field_name = "Seal";
    spec.signing_time = "D:20260131090000+08'00'";
    spec.contents_bytes = 64;
    return spec;
}

Bytes bytes_of(const std::string& text) {
    return to_bytes(as_bytes(text));
}

const Dict& signature_of(const Document& document) {
    const std::size_t newest = document.newest();
    const Dict& form = *document.value(document.catalog(newest), "AcroForm", newest).dict();
    const Dict& field =
        *document.resolve(document.value(form, "Fields", newest).array()->back(), newest).dict();
    return *document.value(field, "V", newest).dict();
}

TEST(IncrementalUpdate, KeepsTheInputAsExactPrefixAndAddsOneRevision) {
    const Bytes input = bytes_of(one_page_pdf());
    const PreparedRevision prepared = append_signature(input, plain_spec());
    ASSERT_GT(prepared.pdf.size(), input.size());
    EXPECT_TRUE(std::equal(input.begin(), input.end(), prepared.pdf.begin()));
    const Document document = Document::open(prepared.pdf);
    ASSERT_EQ(document.revisions().size(), 2U);
    EXPECT_EQ(document.revisions().front().end, input.size());
    EXPECT_EQ(document.revisions().back().end, prepared.pdf.size());
}

/// A reference that leads nowhere is null (7.3.10), and must not become one to what is added.
TEST(IncrementalUpdate, GivesNoNewObjectTheNumberOfAMissingOne) {
    const Bytes input = bytes_of(test::pdf_of(
        {"<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [5 0 R] >> >>",
         "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
         "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] /Contents 4 0 R /Annots [5 0 R 9 0 "
         "R] >>",
         test::stream_of("0 0 m 9 9 l S"),
         "<< /Type /Annot /Subtype /Widget /FT /Sig /T (A) /Rect [0 0 0 0] /V 6 0 R >>"}));
    const PreparedRevision prepared = append_signature(input, plain_spec());
    const Document document = Document::open(prepared.pdf);
    for (const std::uint32_t missing : {6U, 7U, 8U, 9U}) {
        EXPECT_EQ(document.load({missing, 0}, document.newest()), nullptr) << missing;
    }
    EXPECT_NE(document.load({10, 0}, document.newest()), nullptr);
    const Bytes none_left =
        bytes_of(test::pdf_of({"<< /Type /Catalog /Pages 2 0 R /X 4294967290 0 R >>",
                               "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
                               "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] >>"}));
    EXPECT_ERROR(append_signature(none_left, plain_spec()), Refused, "no room");
}

TEST(IncrementalUpdate, WritesByteRangeAroundTheContentsToken) {
    const Bytes input = bytes_of(one_page_pdf());
    const PreparedRevision prepared = append_signature(input, plain_spec());
    const Document document = Document::open(prepared.pdf);
    const Dict& signature = signature_of(document);
    const auto& range = *signature.find("ByteRange")->array();
    ASSERT_EQ(range.size(), 4U);
    for (std::size_t i = 0; i < 4; ++i) {
        EXPECT_EQ(static_cast<std::uint64_t>(*range[i].integer()), prepared.byte_range.at(i));
    }
    const auto& token = signature.find("Contents")->extent();
    EXPECT_EQ(token.begin, prepared.byte_range[1]);
    EXPECT_EQ(token.end, prepared.byte_range[2]);
    EXPECT_EQ(prepared.byte_range[2] + prepared.byte_range[3], prepared.pdf.size());
    EXPECT_EQ(signature.find("Contents")->string()->bytes, std::string(64, '\0'));
}

TEST(IncrementalUpdate, PrevIsWhatStartxrefSaidWhiteSpaceAndAll) {
    std::string file = one_page_pdf();
    const std::size_t at = file.rfind("\nxref\n");
    const std::string given = "startxref\n" + std::to_string(at + 1);
    file.replace(file.find(given), given.size(), "startxref\n" + std::to_string(at));
    const PreparedRevision prepared = append_signature(as_bytes(file), plain_spec());
    EXPECT_THAT(std::string(as_text(prepared.pdf).substr(file.size())),
                testing::HasSubstr("/Prev " + std::to_string(at) + " "));
    EXPECT_EQ(Document::open(prepared.pdf).revisions().size(), 2U);
}

TEST(IncrementalUpdate, ChangesOnlyCatalogPageFieldAndSignature) {
    const Bytes input = bytes_of(one_page_pdf());
    const PreparedRevision prepared = append_signature(input, plain_spec());
    const Document document = Document::open(prepared.pdf);
    std::vector<std::uint32_t> numbers;
    for (const auto& entry : document.revisions().back().section().entries) {
        numbers.push_back(entry.number);
    }
    EXPECT_THAT(numbers, testing::ElementsAre(1, 3, 5, 6));
}

TEST(IncrementalUpdate, CertifiesOnlyAsTheFirstSignature) {
    SignatureSpec spec = plain_spec();
    spec.certify = true;
    const Bytes input = bytes_of(one_page_pdf());
    PreparedRevision first = append_signature(input, spec);
    EXPECT_TRUE(first.certifies);
    const Document document = Document::open(first.pdf);
    const Dict& perms = *document.value(document.catalog(1), "Perms", 1).dict();
    EXPECT_EQ(perms.members().size(), 1U);
    EXPECT_NE(perms.find("DocMDP"), nullptr);

    const PreparedRevision approval = append_signature(input, plain_spec());
    EXPECT_FALSE(append_signature(approval.pdf, spec).certifies);
}

TEST(IncrementalUpdate, RefusesASecondSealOverACertificationThatForbidsIt) {
    SignatureSpec spec = plain_spec();
    spec.certify = true;
    const PreparedRevision certified = append_signature(bytes_of(one_page_pdf()), spec);
    try {
        append_signature(certified.pdf, plain_spec());
        FAIL() << "sealed a certified file";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::Refused);
        EXPECT_THAT(error.what(), testing::StartsWith("certified"));
    }
}

TEST(IncrementalUpdate, RefusesWithTheReasonAsFirstWord) {
    const std::string good = one_page_pdf();
    const std::vector<std::pair<std::string, std::string>> bad = {
        {"", "unreadable"},
        {"hello", "unreadable"},
        {"\n" + good, "unreadable"},
        {good.substr(0, good.size() / 2), "unreadable"},
        {test::pdf_of(
             {"<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [2 0 R] /Count 1 >>"}),
         "unreadable"},
        {test::pdf_of(
             {"<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [] /Count 0 >>"}),
         "unreadable"},
        {test::pdf_of({"<< /Type /Catalog /Pages 2 0 R >>",
                       "<< /Type /Pages /Kids [] /Count 0 >>",
                       "<< /Filter /Standard >>"},
                      "/Encrypt 3 0 R"),
         "encrypted"},
    };
    for (const auto& [file, reason] : bad) {
        try {
            append_signature(as_bytes(file), plain_spec());
            FAIL() << "sealed: " << file;
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), ErrorCode::Refused) << file;
            EXPECT_THAT(error.what(), testing::StartsWith(reason)) << file;
        }
    }
}

TEST(IncrementalUpdate, MakesAFreeFieldName) {
    PreparedRevision first = append_signature(bytes_of(one_page_pdf()), plain_spec());
    const PreparedRevision second = append_signature(first.pdf, plain_spec());
    const Document document = Document::open(second.pdf);
    const std::size_t newest = document.newest();
    const Dict& form = *document.value(document.catalog(newest), "AcroForm", newest).dict();
    std::vector<std::string> names;
    for (const Object& field : *document.value(form, "Fields", newest).array()) {
        names.push_back(
            document.value(*document.resolve(field, newest).dict(), "T", newest).string()->bytes);
    }
    EXPECT_THAT(names, testing::ElementsAre("Seal", "Seal_2"));
    EXPECT_EQ(*document.value(form, "SigFlags", newest).integer(), 3);
}

TEST(IncrementalUpdate, KeepsTheFirstIdElementAndChangesTheSecond) {
    const PreparedRevision prepared = append_signature(bytes_of(one_page_pdf()), plain_spec());
    const Document document = Document::open(prepared.pdf);
    const auto& before = *document.trailer(0).find("ID")->array();
    const auto& after = *document.trailer(1).find("ID")->array();
    EXPECT_EQ(after[0].string()->bytes, before[0].string()->bytes);
    EXPECT_NE(after[1].string()->bytes, before[1].string()->bytes);
}

TEST(IncrementalUpdate, DrawsAVisibleSealAsWidgetAppearance) {
    SignatureSpec spec = plain_spec();
    VisibleSeal seal;
    seal.rect = {20, 30, 60, 70};
    seal.picture.width = seal.picture.height = 119.055;
    seal.picture.content = to_bytes(as_bytes("1 0 0 rg 0 0 10 10 re f"));
    seal.picture.resources = "<< >>";
    spec.seal = seal;
    const PreparedRevision prepared = append_signature(bytes_of(one_page_pdf()), spec);
    const Document document = Document::open(prepared.pdf);
    const auto pages = document.pages(1);
    const auto& annotations = *document.value(*pages[0].object->value.dict(), "Annots", 1).array();
    const Dict& widget = *document.resolve(annotations[0], 1).dict();
    EXPECT_EQ(*widget.find("F")->integer(), 132);
    const Object* normal = widget.find("AP")->dict()->find("N");
    const auto* picture = document.load(*normal->reference(), 1);
    EXPECT_EQ(as_text(document.decode(*picture, 1)), "1 0 0 rg 0 0 10 10 re f");
}

TEST(IncrementalUpdate, WritesTextsThatReadBackAsTheyWere) {
    SignatureSpec spec = plain_spec();
    spec.reason = "签发 (a\\b)";
    spec.name = "Plain (brackets) \\";
    const PreparedRevision prepared = append_signature(bytes_of(one_page_pdf()), spec);
    const Document document = Document::open(prepared.pdf);
    const Dict& signature = signature_of(document);
    EXPECT_EQ(signature.find("Name")->string()->bytes, spec.name);
    EXPECT_EQ(signature.find("Reason")->string()->bytes.substr(0, 6),
              std::string("\xFE\xFF\x7B\x7E\x53\xD1", 6));
}

TEST(IncrementalUpdate, FillsContentsAndNeverCuts) {
    PreparedRevision prepared = append_signature(bytes_of(one_page_pdf()), plain_spec());
    const Bytes der{0x30, 0x03, 0x02, 0x01, 0x07};
    const std::size_t size = prepared.pdf.size();
    fill_contents(prepared, der);
    EXPECT_EQ(prepared.pdf.size(), size);
    const Document document = Document::open(prepared.pdf);
    std::string expected(64, '\0');
    std::copy(der.begin(), der.end(), expected.begin());
    EXPECT_EQ(signature_of(document).find("Contents")->string()->bytes, expected);
    const Bytes before = prepared.pdf;
    EXPECT_THROW(fill_contents(prepared, Bytes(65, 1)), Error);
    EXPECT_EQ(prepared.pdf, before);
}

TEST(IncrementalUpdate, RefusesFieldsNestedAsDeeplyAsThereAreObjects) {
    std::vector<std::string> bodies{"<< /Pages 2 0 R /AcroForm << /Fields [4 0 R] >> >>",
                                    "<< /Kids [3 0 R] >>",
                                    "<< /Type /Page /Parent 2 0 R >>"};
    for (std::size_t next = 5; next < 45'000; ++next) {
        bodies.push_back("<< /Kids [" + std::to_string(next) + " 0 R] >>");
    }
    const std::string file = test::pdf_of(bodies);
    EXPECT_ERROR(append_signature(as_bytes(file), plain_spec()), Refused, "nested too deeply");
}

}  // namespace
}  // namespace yinxin::pdf
