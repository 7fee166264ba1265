// SPDX-License-Identifier: Apache-2.0
#include "verify/document_verifier.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <nlohmann/json.hpp>

#include "keys/crypto/digest.h"
#include "pdf/reader.h"
#include "pdf/revision_writer.h"
#include "tests/verify/cms_editor.h"
#include "tests/verify/sealed_file.h"

namespace yinxin::verify {
namespace {

using pdf::RevisionWriter;
using pdf::reader::Document;
using pdf::reader::Reference;
using tests::has_finding;
using tests::SealedFiles;

const SealedFiles& files() {
    static const SealedFiles made;
    return made;
}

Bytes replaced(ByteView file, std::string_view from, const std::string& to) {
    std::string text(as_text(file));
    const std::size_t at = text.rfind(from);
    EXPECT_NE(at, std::string::npos) << from;
    return to_bytes(as_bytes(text.replace(at, from.size(), to)));
}

/// One more revision with these objects.
Bytes appended(const Bytes& file, const std::vector<std::pair<Reference, std::string>>& objects) {
    const Document document = Document::open(file);
    RevisionWriter writer(document);
    for (const auto& [id, body] : objects) {
        writer.put(id, body);
    }
    std::size_t ignored = 0;
    return writer.finish({}, ignored);
}

Reference next_number(const Bytes& file) {
    return RevisionWriter(Document::open(file)).new_object();
}

/// The catalog as it is now with one member more.
std::string catalog_with(const Bytes& file, const std::string& key, const std::string& value) {
    const Document document = Document::open(file);
    const auto& catalog = *document.load(document.catalog_id(document.newest()), document.newest());
    return pdf::edited_dict(catalog, *catalog.value.dict(), {{key, value}});
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

TEST(DocumentVerifier, FilesWithoutSealAreUnsignedAndRubbishIsUnreadable) {
    EXPECT_EQ(files().check(as_bytes(test::one_page_pdf())).integrity, Integrity::Unsigned);
    EXPECT_EQ(files().check({}).integrity, Integrity::Unreadable);
    EXPECT_EQ(files().check(as_bytes("%PDF-1.7 and nothing")).integrity, Integrity::Unreadable);
}

struct Attack {
    const char* name;
    Bytes file;
    Integrity integrity;
    const char* finding;
};

// Numbers are the rows of the list of attacks in verify/README.md.
TEST(DocumentVerifier, AttacksOnTheSignatureItself) {
    const Bytes good = files().certified();
    const auto text = std::string(as_text(good));
    const auto range_at = text.rfind("/ByteRange [");
    const std::string range = text.substr(range_at, text.find(']', range_at) + 1 - range_at);
    const auto digits = tests::contents_digits(good);
    const std::string blank = std::string(range.size() - std::string("/ByteRange []").size(), ' ');
    Bytes padding = good;
    padding[digits.end - 1] = '1';
    Bytes spaced = good;
    spaced[digits.end - 1] = ' ';
    Bytes damaged = good;
    damaged[digits.begin + 200] = damaged[digits.begin + 200] == '0' ? '1' : '0';
    const std::vector<Attack> attacks = {
        {"1 ByteRange empty",
         replaced(good, range, "/ByteRange [" + blank + "]"),
         Integrity::Invalid,
         "byte_range"},
        {"1 ByteRange renamed",
         replaced(good, "/ByteRange", "/ByteRabge"),
         Integrity::Invalid,
         "byte_range"},
        {"1 Contents empty",
         replaced(good, "/Contents <", "/Contents <> %"),
         Integrity::Unreadable,
         "unreadable"},
        {"1 Contents renamed",
         replaced(good, "/Contents", "/Contemts"),
         Integrity::Invalid,
         "contents"},
        {"11 something in the padding", padding, Integrity::Invalid, "contents_padding"},
        {"11 a space among the digits", spaced, Integrity::Invalid, "contents"},
        {"27 junk in front", to_bytes(as_bytes("\n" + text)), Integrity::Unreadable, "unreadable"},
        {"2 bytes behind", to_bytes(as_bytes(text + "tail")), Integrity::Altered, "bytes_behind"},
        {"the page's content",
         replaced(good, "0 0 m 9 9 l S", "0 0 m 9 8 l S"),
         Integrity::Invalid,
         "digest"},
        {"a digit of a certificate", damaged, Integrity::Invalid, nullptr},
    };
    for (const Attack& attack : attacks) {
        const auto report = files().check(attack.file);
        EXPECT_EQ(report.integrity, attack.integrity)
            << attack.name << ": " << to_text(report.integrity);
        EXPECT_TRUE(attack.finding == nullptr || has_finding(report, attack.finding))
            << attack.name;
    }
}

TEST(DocumentVerifier, LaterRevisionsOfACertifiedFile) {
    const Bytes good = files().certified();
    const Reference fresh = next_number(good);
    const std::string page =
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 300] /Contents 4 0 R >>";
    const std::vector<Attack> attacks = {
        {"2 content exchanged",
         appended(good, {{{4, 0}, test::stream_of("1 1 m 9 9 l S")}}),
         Integrity::Altered,
         "object_overridden"},
        {"2 page exchanged", appended(good, {{{3, 0}, page}}), Integrity::Altered, "page_changed"},
        {"6 another page tree",
         appended(good, {{{2, 0}, "<< /Type /Pages /Kids [3 0 R] /Count 1 /Rotate 90 >>"}}),
         Integrity::Altered,
         "object_overridden"},
        {"32 metadata",
         appended(good, {{{1, 0}, catalog_with(good, "Metadata", "4 0 R")}}),
         Integrity::Altered,
         "catalog_changed"},
        {"33 open action",
         appended(good, {{{1, 0}, catalog_with(good, "OpenAction", "[3 0 R /Fit]")}}),
         Integrity::Altered,
         "catalog_changed"},
        {"form exchanged",
         appended(good, {{{1, 0}, catalog_with(good, "AcroForm", "<< /Fields [] /SigFlags 3 >>")}}),
         Integrity::Altered,
         "fields_changed"},
        {"the seal's own dictionary",
         appended(
             good,
             {{{6, 0}, "<< /Type /Sig /Filter /Adobe.PPKLite /SubFilter /ETSI.CAdES.detached >>"}}),
         Integrity::Invalid,
         "byte_range"},
    };
    for (const Attack& attack : attacks) {
        for (const auto& report : {files().check(attack.file), files().check_as_own(attack.file)}) {
            EXPECT_EQ(report.integrity, attack.integrity)
                << attack.name << ": " << to_text(report.integrity);
            EXPECT_TRUE(attack.finding == nullptr || has_finding(report, attack.finding))
                << attack.name;
        }
    }
    // an object nobody refers to: of no effect elsewhere, not ours in our own
    const Bytes unused = appended(good, {{fresh, "(nothing)"}});
    EXPECT_EQ(files().check(unused).integrity, Integrity::Intact);
    EXPECT_EQ(files().check_as_own(unused).integrity, Integrity::Altered);
}

TEST(DocumentVerifier, AllowsValidationDataAfterACertification) {
    const Bytes good = files().certified();
    const Reference certificate = next_number(good);
    const std::string der(as_text(files().root()));
    const std::string dss = "<< /Type /DSS /Certs [" + pdf::reference_text(certificate) + "] >>";
    const Bytes more = appended(
        good, {{certificate, test::stream_of(der)}, {{1, 0}, catalog_with(good, "DSS", dss)}});
    EXPECT_EQ(files().check(more).integrity, Integrity::Intact);
    EXPECT_EQ(files().check_as_own(more).integrity, Integrity::Intact);
    // what it brought in may not be taken away, nor used to smuggle
    const Bytes less = appended(more, {{{1, 0}, catalog_with(more, "DSS", "")}});
    EXPECT_EQ(files().check(less).integrity, Integrity::Altered);
    const Bytes smuggled = appended(good,
                                    {{certificate, test::stream_of(der)},
                                     {{4, 0}, test::stream_of("1 1 m 9 9 l S")},
                                     {{1, 0}, catalog_with(good, "DSS", "<< /Certs [4 0 R] >>")}});
    EXPECT_EQ(files().check(smuggled).integrity, Integrity::Altered);
}

TEST(DocumentVerifier, ValidationDataMayNotMoveIntoAnObjectOfThePage) {
    // 2, 5: a second step lets /DSS name an object the page is made of, and writes that one anew
    const Bytes good = files().seal(
        as_bytes(test::pdf_of(
            {"<< /Type /Catalog /Pages 2 0 R >>",
             "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
             "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] /Contents 4 0 R /Resources 5 0 "
             "R >>",
             test::stream_of("0 0 m 9 9 l S"),
             "<< /ProcSet [/PDF] >>"})),
        true);
    const Reference dss = next_number(good);
    const Bytes more = appended(
        good,
        {{dss, "<< /Certs [] >>"}, {{1, 0}, catalog_with(good, "DSS", pdf::reference_text(dss))}});
    ASSERT_EQ(files().check_as_own(more).integrity, Integrity::Intact);
    const Bytes contents =
        appended(more,
                 {{{4, 0}, test::stream_of("1 1 m 9 9 l S", "/Certs []")},
                  {{1, 0}, catalog_with(more, "DSS", pdf::reference_text({4, 0}))}});
    EXPECT_EQ(files().check(contents).integrity, Integrity::Altered);
    const Bytes resources =
        appended(more,
                 {{{5, 0}, "<< /Certs [] >>"},
                  {{1, 0}, catalog_with(more, "DSS", pdf::reference_text({5, 0}))}});
    EXPECT_EQ(files().check(resources).integrity, Integrity::Altered);
    EXPECT_EQ(files().check_as_own(resources).integrity, Integrity::Altered);
}

TEST(DocumentVerifier, ANumberThePageRefersToIsNotFreeForValidationData) {
    // 4: the signed page names an object that does not exist yet; the update brings it as "new"
    const Bytes good = files().seal(
        as_bytes(test::pdf_of(
            {"<< /Type /Catalog /Pages 2 0 R >>",
             "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
             "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] /Contents [4 0 R 50 0 R] >>",
             test::stream_of("0 0 m 9 9 l S")})),
        true);
    ASSERT_EQ(files().check(good).integrity, Integrity::Intact);
    const Bytes shown = appended(good,
                                 {{{50, 0}, test::stream_of("1 1 m 9 9 l S")},
                                  {{1, 0}, catalog_with(good, "DSS", "<< /Certs [50 0 R] >>")}});
    EXPECT_EQ(files().check(shown).integrity, Integrity::Altered);
    EXPECT_EQ(files().check_as_own(shown).integrity, Integrity::Altered);
}

TEST(DocumentVerifier, AReferenceOfAnotherGenerationHidesNoObject) {
    // 4: "4 1 R" is null; it must not make the walk pass by object 4 itself
    for (const char* order : {"[4 0 R 4 1 R]", "[4 1 R 4 0 R]"}) {
        const Bytes good = files().seal(
            as_bytes(test::pdf_of(
                {"<< /Type /Catalog /Pages 2 0 R >>",
                 "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
                 std::string("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] /Contents ") +
                     order + " >>",
                 test::stream_of("0 0 m 9 9 l S")})),
            false);
        const Bytes changed = appended(good, {{{4, 0}, test::stream_of("1 1 m 9 9 l S")}});
        EXPECT_EQ(files().check(changed).integrity, Integrity::Altered) << order;
    }
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

TEST(DocumentVerifier, ASealBelowAnotherFileProvesNothingThere) {
    // 3, 12: the whole signed file with the page exchanged and a second seal by nobody in
    // particular over it
    const Bytes changed =
        appended(files().approved(), {{{4, 0}, test::stream_of("1 1 m 9 9 l S")}});
    const SealedFiles forger;
    const auto report = files().check(forger.seal(changed, false));
    EXPECT_EQ(report.integrity, Integrity::Altered);
    ASSERT_EQ(report.signatures.size(), 2U);
    EXPECT_EQ(report.signatures[0].verdict, Verdict::Modified);
    EXPECT_EQ(report.signatures[1].verdict, Verdict::Intact);
    EXPECT_EQ(report.signatures[1].signer.value().trusted, Trust::No);
}

TEST(DocumentVerifier, DecompressionBombsAreNotDecided) {
    std::string nested;
    for (int i = 0; i < 5000; ++i) {
        nested += "[";
    }
    const std::string deep = test::pdf_of({"<< /Type /Catalog /Pages 2 0 R /Deep " + nested + " >>",
                                           "<< /Type /Pages /Kids [] /Count 0 >>"});
    const auto report = files().check(as_bytes(deep));
    EXPECT_EQ(report.integrity, Integrity::NotChecked);
    EXPECT_TRUE(has_finding(report, "limit"));
}

/// What takes quadratic time takes many times this.
constexpr unsigned kCpuSeconds = 3;

/// In a process of its own, which ends well when this is the answer.
[[noreturn]] void check_in_time(const Bytes& file, Integrity expected) {
    const rlimit cpu{kCpuSeconds, kCpuSeconds};
    ::setrlimit(RLIMIT_CPU, &cpu);
    std::_Exit(files().check(file).integrity == expected ? 0 : 1);
}

TEST(DocumentVerifier, VeryManyKeysAreComparedInTime) {
    std::string keys;
    for (int i = 0; i < 100'000; ++i) {
        keys += "/Key" + std::to_string(i) + " 0 ";
    }
    const Bytes sealed = files().seal(
        as_bytes(test::pdf_of({"<< /Type /Catalog /Pages 2 0 R " + keys + ">>",
                               "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
                               "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] >>"})),
        false);
    const Bytes file = appended(sealed, {{{1, 0}, catalog_with(sealed, "Key99999", "1")}});
    EXPECT_EXIT(check_in_time(file, Integrity::Altered), testing::ExitedWithCode(0), "");
}

/// One page and a form whose one field has these members and so many fields below it.
Bytes with_fields(const std::string& members, int count, const std::string& each) {
    std::vector<std::string> objects{
        "<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [4 0 R] >> >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] >>",
        ""};
    std::string kids;
    for (int i = 0; i < count; ++i) {
        objects.push_back(each);
        kids += std::to_string(objects.size()) + " 0 R ";
    }
    objects[3] = "<< " + members + " /Kids [" + kids + "] >>";
    return to_bytes(as_bytes(test::pdf_of(objects)));
}

TEST(DocumentVerifier, ALongNameIsNotCopiedForEachFieldBelowIt) {
    const Bytes file =
        with_fields("/T (" + std::string(6u << 20, 'x') + ")", 45'000, "<< /FT /Tx >>");
    EXPECT_EXIT(check_in_time(file, Integrity::Unsigned), testing::ExitedWithCode(0), "");
}

TEST(DocumentVerifier, ManyMoreSignaturesThanAnybodyMakesAreNotDecided) {
    const std::string signature = "<< /V << /ByteRange [0 1 2 3] >> >>";
    EXPECT_EQ(files().check(with_fields("/FT /Sig", 100, signature)).integrity, Integrity::Invalid);
    const auto report = files().check(with_fields("/FT /Sig", 101, signature));
    EXPECT_EQ(report.integrity, Integrity::NotChecked);
    EXPECT_TRUE(has_finding(report, "limit"));
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
