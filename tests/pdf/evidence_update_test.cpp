// SPDX-License-Identifier: Apache-2.0
#include "pdf/evidence_update.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/error.h"
#include "pdf/incremental_update.h"
#include "pdf/reader.h"
#include "tests/pdf/small_pdf.h"

namespace yinxin::pdf {
namespace {

using reader::Dict;
using reader::Document;
using testing::UnorderedElementsAre;

const std::string kVri = "0123456789ABCDEF0123456789ABCDEF01234567";

Bytes bytes_of(const std::string& text) {
    return to_bytes(as_bytes(text));
}

Evidence some() {
    return {{bytes_of("leaf"), bytes_of("ca")}, {bytes_of("ocsp")}, {bytes_of("crl")}};
}

const Dict& store_of(const Document& document) {
    const std::size_t newest = document.newest();
    return *document.value(document.catalog(newest), "DSS", newest).dict();
}

TEST(EvidenceUpdate, KeepsTheInputAsExactPrefixAndAddsOneRevision) {
    const Bytes input = bytes_of(test::one_page_pdf());
    const Bytes output = append_evidence(input, some(), kVri);
    ASSERT_GT(output.size(), input.size());
    EXPECT_TRUE(std::equal(input.begin(), input.end(), output.begin()));
    const Document document = Document::open(output);
    EXPECT_EQ(document.revisions().size(), 2U);
    EXPECT_NO_THROW(document.reachable(document.newest()));
}

TEST(EvidenceUpdate, HoldsEachValueAndNamesItForItsSignature) {
    const Bytes output = append_evidence(bytes_of(test::one_page_pdf()), some(), kVri);
    const Evidence found = evidence_of(output);
    EXPECT_THAT(found.certificates, UnorderedElementsAre(bytes_of("leaf"), bytes_of("ca")));
    EXPECT_THAT(found.ocsp_responses, UnorderedElementsAre(bytes_of("ocsp")));
    EXPECT_THAT(found.crls, UnorderedElementsAre(bytes_of("crl")));
    const Document document = Document::open(output);
    const std::size_t newest = document.newest();
    const Dict& vri = *document.value(store_of(document), "VRI", newest).dict();
    const Dict& entry = *document.value(vri, kVri, newest).dict();
    EXPECT_EQ(document.value(entry, "Cert", newest).array()->size(), 2U);
    EXPECT_EQ(document.value(entry, "OCSP", newest).array()->size(), 1U);
    EXPECT_EQ(document.value(entry, "CRL", newest).array()->size(), 1U);
}

TEST(EvidenceUpdate, AddsToWhatIsThereAndWritesNothingTwice) {
    const Bytes first = append_evidence(bytes_of(test::one_page_pdf()), some(), kVri);
    Evidence more = some();
    more.certificates.push_back(bytes_of("tsa"));
    more.certificates.push_back(bytes_of("tsa"));
    const std::string other = "F" + kVri.substr(1);
    const Bytes second = append_evidence(first, more, other);
    EXPECT_THAT(evidence_of(second).certificates,
                UnorderedElementsAre(bytes_of("leaf"), bytes_of("ca"), bytes_of("tsa")));
    EXPECT_THAT(evidence_of(second).ocsp_responses, UnorderedElementsAre(bytes_of("ocsp")));
    const Document document = Document::open(second);
    const std::size_t newest = document.newest();
    EXPECT_EQ(document.value(store_of(document), "Certs", newest).array()->size(), 3U);
    const Dict& vri = *document.value(store_of(document), "VRI", newest).dict();
    EXPECT_EQ(vri.members().size(), 2U);
    const Dict& entry = *document.value(vri, other, newest).dict();
    EXPECT_EQ(document.value(entry, "Cert", newest).array()->size(), 4U);
    EXPECT_NO_THROW(document.reachable(newest));
}

TEST(EvidenceUpdate, WhatIsThereAlreadyNeedsNoRevision) {
    const Bytes first = append_evidence(bytes_of(test::one_page_pdf()), some(), kVri);
    EXPECT_EQ(append_evidence(first, some(), ""), first);
    EXPECT_NE(append_evidence(first, some(), kVri), first) << "its VRI is written";
}

TEST(EvidenceUpdate, TakesAStoreThatStandsInTheCatalog) {
    const std::string pdf = test::pdf_of(
        {"<< /Type /Catalog /Pages 2 0 R /DSS << /Certs 5 0 R /VRI << >> /Keep (me) >> >>",
         "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
         "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] >>",
         test::stream_of("old"),
         "[4 0 R]"});
    const Bytes output = append_evidence(bytes_of(pdf), some(), kVri);
    EXPECT_THAT(evidence_of(output).certificates,
                UnorderedElementsAre(bytes_of("old"), bytes_of("leaf"), bytes_of("ca")));
    const Document document = Document::open(output);
    EXPECT_NE(store_of(document).find("Keep"), nullptr);
    EXPECT_NO_THROW(document.reachable(document.newest()));
}

TEST(EvidenceUpdate, FollowsACertification) {
    SignatureSpec spec;
    spec.field_name = "Seal";
    spec.contents_bytes = 16;
    spec.certify = true;
    const Bytes sealed = append_signature(bytes_of(test::one_page_pdf()), spec).pdf;
    EXPECT_NO_THROW(append_evidence(sealed, some(), ""));
    EXPECT_THROW(append_signature(sealed, spec), Error);
    spec.kind = SignatureSpec::Kind::DocTimeStamp;
    spec.sub_filter = "ETSI.RFC3161";
    spec.certify = false;
    const PreparedRevision stamped = append_signature(sealed, spec);
    const std::string added(as_text(stamped.pdf).substr(sealed.size()));
    EXPECT_THAT(added, testing::HasSubstr("/Type/DocTimeStamp"));
    EXPECT_THAT(added, testing::HasSubstr("/Rect[0 0 0 0]"));
    EXPECT_THAT(added, testing::Not(testing::HasSubstr("/M(")));
}

TEST(EvidenceUpdate, RefusesWhatCannotBeRead) {
    try {
        append_evidence(as_bytes(std::string_view("no PDF")), some(), "");
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::Refused);
        EXPECT_THAT(error.what(), testing::StartsWith("unreadable: "));
    }
}

}  // namespace
}  // namespace yinxin::pdf
