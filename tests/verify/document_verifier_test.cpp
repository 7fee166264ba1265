// SPDX-License-Identifier: Apache-2.0
#include "verify/document_verifier.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "keys/crypto/digest.h"
#include "tests/verify/attacks/editing.h"
#include "tests/verify/cms_editor.h"
#include "tests/verify/sealed_file.h"
#include "verify/path_check.h"

namespace yinxin::verify {
namespace {

using tests::appended;
using tests::has_finding;
using tests::replaced;
using tests::SealedFiles;

const SealedFiles& files() {
    static const SealedFiles made;
    return made;
}

TEST(DocumentVerifier, CallsOwnSealsIntactAndTheirIssuerTrusted) {
    for (const bool certify : {true, false}) {
        const auto report = files().check(certify ? files().certified() : files().approved());
        EXPECT_EQ(report.integrity, Integrity::Intact);
        ASSERT_EQ(report.signatures.size(), 1U);
        const SignatureReport& seal = report.signatures[0];
        EXPECT_EQ(seal.indication, "TOTAL_PASSED");
        EXPECT_EQ(seal.level, "B-B");
        EXPECT_EQ(seal.certifies, certify);
        EXPECT_EQ(seal.doc_mdp, certify ? std::optional(1) : std::nullopt);
        EXPECT_EQ(to_rfc3339(seal.claimed_time.value()), "2026-01-31T01:00:00Z");
        EXPECT_EQ(seal.signer.value().trusted, Trust::Yes);
        EXPECT_TRUE(seal.signer.value().valid_at_sealing);
        EXPECT_EQ(report.pages, 1);
        EXPECT_EQ(report.revision_ends.size(), 2U);
        EXPECT_EQ(seal.signed_bytes, report.revision_ends.back());
    }
}

TEST(DocumentVerifier, IntegrityDoesNotDependOnTrust) {
    const Bytes file = files().certified();
    const TrustStore nobody({});
    const auto unknown = verify_document(file, nobody, {}, files().now());
    EXPECT_EQ(unknown.integrity, Integrity::Intact);
    EXPECT_EQ(unknown.signatures.at(0).signer.value().trusted, Trust::Unknown);
    // another authority of the same name
    const SealedFiles others;
    const auto stranger = others.check(file);
    EXPECT_EQ(stranger.integrity, Integrity::Intact);
    EXPECT_EQ(stranger.signatures.at(0).signer.value().trusted, Trust::No);
    EXPECT_EQ(stranger.signatures.at(0).indication, "INDETERMINATE");
}

TEST(DocumentVerifier, OnlyASignatureThatHoldsNamesAnIssuer) {
    const auto issuer_of = [](const DocumentReport& report) {
        const auto json = to_json(report);
        return json.contains("issuer") ? json.at("issuer").at("trusted").get<std::string>()
                                       : "nobody";
    };
    const Bytes good = files().certified();
    Bytes padding = good;
    padding[tests::contents_digits(good).end - 1] = '1';
    const Bytes broken = replaced(good, "0 0 m 9 9 l S", "0 0 m 9 8 l S");
    for (const Bytes& file : {broken, padding}) {
        const auto report = files().check(file);
        ASSERT_EQ(report.integrity, Integrity::Invalid);
        // who it claims to be from may be said, but not that he is trusted
        EXPECT_EQ(report.signatures.at(0).signer.value().trusted, Trust::Unknown);
        EXPECT_EQ(issuer_of(report), "nobody");
    }
    const auto modified = files().check(appended(good, {{{4, 0}, test::stream_of("1 1 m S")}}));
    EXPECT_EQ(modified.integrity, Integrity::Altered);
    EXPECT_EQ(modified.signatures.at(0).signer.value().trusted, Trust::Yes);
    EXPECT_EQ(issuer_of(modified), "yes");
    EXPECT_EQ(issuer_of(files().check(good)), "yes");
}

TEST(DocumentVerifier, AContainerWrittenAnewIsAsGood) {
    const Bytes good = files().certified();
    for (const auto& [name, file] : tests::new_containers(good)) {
        EXPECT_NE(file, good) << name;
        EXPECT_EQ(files().check_as_own(file).integrity, Integrity::Intact) << name;
    }
}

TEST(DocumentVerifier, SaysWhereTheSignedBytesAre) {
    const Bytes good = files().certified();
    const auto digits = tests::contents_digits(good);
    const auto report = report_from_json(to_json(files().check(good)));
    const SignatureReport& seal = report.signatures.at(0);
    EXPECT_EQ(seal.gap_begin, digits.begin - 1);
    EXPECT_EQ(seal.gap_end, digits.end + 1);
    EXPECT_EQ(seal.signed_bytes, good.size());
}

TEST(DocumentVerifier, AnExpiredCertificateWithoutProvenTimeIsNotDecided) {
    const auto report = verify_document(
        files().certified(), files().trust(), {}, files().now() + std::chrono::hours(24 * 800));
    EXPECT_EQ(report.integrity, Integrity::Intact);
    EXPECT_EQ(report.signatures.at(0).signer.value().trusted, Trust::Unknown);
    EXPECT_TRUE(report.signatures.at(0).signer.value().valid_at_sealing);
}

TEST(DocumentVerifier, SaysTheSameOfASealerItHasGotToKnow) {
    SealedFiles own, other;
    const Bytes sealed = own.certified(), strange = other.certified();
    const std::vector<Bytes> chain = own.key().chain();
    const Time expired = *parse_rfc3339("2090-01-01T00:00:00Z");
    const Bytes rubbish = to_bytes(as_bytes("rubbish"));
    using Chain = std::vector<Bytes>;
    for (const Chain& anchors : {Chain{own.root()}, Chain{other.root()}, Chain{}}) {
        const TrustStore fresh(anchors), known(anchors);
        for (const Chain& each :
             {chain, Chain{chain.front()}, Chain{chain.back()}, Chain{rubbish}, Chain{}}) {
            for (const Time at : {expired, own.now()}) {
                get_to_know(each, known, at);
            }
        }
        for (const Bytes& file : {sealed, strange}) {
            for (const Time at : {own.now(), expired}) {
                EXPECT_EQ(to_json(verify_document(file, known, own.own(), at)),
                          to_json(verify_document(file, fresh, own.own(), at)));
            }
        }
    }
}

TEST(DocumentVerifier, FilesWithoutSealAreUnsignedAndRubbishIsUnreadable) {
    EXPECT_EQ(files().check(as_bytes(test::one_page_pdf())).integrity, Integrity::Unsigned);
    EXPECT_EQ(files().check({}).integrity, Integrity::Unreadable);
    EXPECT_EQ(files().check(as_bytes("%PDF-1.7 and nothing")).integrity, Integrity::Unreadable);
}

TEST(DocumentVerifier, SecondSealsNestAndBothStayIntact) {
    const Bytes twice = files().seal(files().approved(), false);
    const auto report = files().check(twice);
    EXPECT_EQ(report.integrity, Integrity::Intact);
    ASSERT_EQ(report.signatures.size(), 2U);
    EXPECT_LT(report.signatures[0].signed_bytes, report.signatures[1].signed_bytes);
    // for an own document nothing but evidence may follow
    EXPECT_EQ(files().check_as_own(twice).integrity, Integrity::Altered);
}

TEST(DocumentVerifier, EncryptedFilesAreNotDecided) {
    const std::string file =
        test::pdf_of({"<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [] /Count 0 >>"},
                     "/Encrypt << /Filter /Standard >>");
    EXPECT_EQ(files().check(as_bytes(file)).integrity, Integrity::NotChecked);
    // what comes before the encryption can still be looked for
    EXPECT_EQ(files().check(as_bytes(file)).revision_ends, std::vector<std::size_t>{file.size()});
}

}  // namespace
}  // namespace yinxin::verify
