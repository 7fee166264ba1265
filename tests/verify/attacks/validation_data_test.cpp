// SPDX-License-Identifier: Apache-2.0
// What is smuggled in under the name of validation data (rows 2 to 5), and seals below other files
// (rows 3, 12).
#include <gtest/gtest.h>

#include "tests/verify/attacks/editing.h"
#include "tests/verify/attacks/targets.h"

namespace yinxin::tests {
namespace {

using pdf::reader::Document;
using verify::Integrity;
using verify::Trust;
using verify::Verdict;

const SealedFiles& own() {
    return makers().own();
}

TEST(ValidationData, MayFollowACertification) {
    const Bytes good = own().certified();
    const std::string der(as_text(own().root()));
    Update update(good);
    const Reference certificate = update.add(test::stream_of(der));
    update.edit(update.catalog(), {{"DSS", "<< /Type /DSS /Certs [" + ref(certificate) + "] >>"}});
    const Bytes more = update.done();
    EXPECT_EQ(own().check(more).integrity, Integrity::Intact);
    EXPECT_EQ(own().check_as_own(more).integrity, Integrity::Intact);
    // what it brought in may not be taken away, nor used to smuggle
    EXPECT_EQ(own().check(with_catalog(more, {{"DSS", ""}})).integrity, Integrity::Altered);
    Update smuggled(good);
    smuggled.add(test::stream_of(der));
    smuggled.put({4, 0}, test::stream_of("1 1 m 9 9 l S"));
    smuggled.edit(smuggled.catalog(), {{"DSS", "<< /Certs [4 0 R] >>"}});
    EXPECT_EQ(own().check(smuggled.done()).integrity, Integrity::Altered);
}

TEST(ValidationData, MayNotMoveIntoAnObjectOfThePage) {
    // a second step lets /DSS name an object the page is made of, and writes that one anew
    const Bytes good =
        own().seal(as_bytes(test::pdf_of({"<< /Type /Catalog /Pages 2 0 R >>",
                                          "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
                                          "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] "
                                          "/Contents 4 0 R /Resources 5 0 R >>",
                                          test::stream_of("0 0 m 9 9 l S"),
                                          "<< /ProcSet [/PDF] >>"})),
                   true);
    Update update(good);
    const Reference dss = update.add("<< /Certs [] >>");
    update.edit(update.catalog(), {{"DSS", ref(dss)}});
    const Bytes more = update.done();
    ASSERT_EQ(own().check_as_own(more).integrity, Integrity::Intact);
    Update contents(more);
    contents.put({4, 0}, test::stream_of("1 1 m 9 9 l S", "/Certs []"));
    contents.edit(contents.catalog(), {{"DSS", "4 0 R"}});
    EXPECT_EQ(own().check(contents.done()).integrity, Integrity::Altered);
    Update resources(more);
    resources.put({5, 0}, "<< /Certs [] >>");
    resources.edit(resources.catalog(), {{"DSS", "5 0 R"}});
    EXPECT_EQ(own().check(resources.done()).integrity, Integrity::Altered);
    EXPECT_EQ(own().check_as_own(resources.done()).integrity, Integrity::Altered);
}

TEST(ValidationData, AnObjectNobodyRefersTo) {
    // of no effect elsewhere, not ours in our own
    Update update(own().certified());
    update.add("(nothing)");
    EXPECT_EQ(own().check(update.done()).integrity, Integrity::Intact);
    EXPECT_EQ(own().check_as_own(update.done()).integrity, Integrity::Altered);
}

TEST(ValidationData, ARevisionOfNothingIsNotOurs) {
    for (const Bytes& good : {own().certified(), makers().archived(own().certified())}) {
        const Bytes empty = with_table(good, "", {});
        EXPECT_EQ(makers().check(empty).integrity, Integrity::Intact);
        const auto report = makers().check(empty, true);
        EXPECT_EQ(report.integrity, Integrity::Altered);
        EXPECT_TRUE(has_finding(report, "revision_empty"));
        Update same(good);
        same.edit(same.catalog(), {});
        EXPECT_EQ(makers().check(same.done(), true).integrity, Integrity::Altered);
    }
}

TEST(ValidationData, BytesBetweenTheObjectsOfOurUpdates) {
    const Bytes good = own().certified();
    Update update(good);
    const Reference certificate = update.add(test::stream_of(std::string(as_text(own().root()))));
    update.edit(update.catalog(), {{"DSS", "<< /Certs [" + ref(certificate) + "] >>"}});
    std::string text(as_text(update.done()));
    ASSERT_EQ(makers().check(as_bytes(text), true).integrity, Integrity::Intact);
    // in front of its first object: every offset behind it moves
    const std::size_t at = good.size();
    const std::string tail = text.substr(at);
    for (const char* between : {"word\n", "4 0 obj\n<< >>\nendobj\n"}) {
        const Document document = Document::open(as_bytes(text));
        std::vector<Entry> entries;
        std::string body = between;
        for (const Reference id : {update.catalog(), certificate}) {
            const auto& object = *document.load(id, document.newest());
            entries.push_back({id.number, behind(good) + body.size()});
            body += std::string(as_text(
                        document.bytes().subspan(object.extent.begin, object.extent.size()))) +
                    "\n";
        }
        const Bytes changed = with_table(good, body, entries, certificate.number + 1);
        const auto report = makers().check(changed, true);
        EXPECT_EQ(report.integrity, Integrity::Altered) << between;
        EXPECT_TRUE(has_finding(report, "bytes_between")) << between;
        EXPECT_EQ(makers().check(changed).integrity,
                  std::string(between) == "word\n" ? Integrity::Intact : Integrity::Altered);
    }
}

TEST(ValidationData, ASealBelowAnotherFileProvesNothingThere) {
    // the whole signed file with the page exchanged and a second seal by nobody in particular over
    // it
    const Bytes changed = appended(own().approved(), {{{4, 0}, test::stream_of("1 1 m 9 9 l S")}});
    const SealedFiles forger;
    const auto report = own().check(forger.seal(changed, false));
    EXPECT_EQ(report.integrity, Integrity::Altered);
    ASSERT_EQ(report.signatures.size(), 2U);
    EXPECT_EQ(report.signatures[0].verdict, Verdict::Modified);
    EXPECT_EQ(report.signatures[1].verdict, Verdict::Intact);
    EXPECT_EQ(report.signatures[1].signer.value().trusted, Trust::No);
}

TEST(ValidationData, ASealExchangedForAnothersIsMissed) {
    // the same field, the same object number, another signature over all of it
    Update update(makers().by_other("", false));
    update.put({9, 0}, signature_dictionary("adbe.pkcs7.detached"));
    const Person nobody("EC", makers().wish("Signer"));
    const Bytes file = filled(std::string(as_text(update.done())),
                              [&](ByteView covered) { return make_cms(nobody, covered); });
    const auto report = makers().check(file);
    EXPECT_EQ(report.integrity, Integrity::Altered);
    EXPECT_TRUE(has_finding(report, "signature_removed"));
    EXPECT_EQ(report.signatures.size(), 2U);
}

}  // namespace
}  // namespace yinxin::tests
