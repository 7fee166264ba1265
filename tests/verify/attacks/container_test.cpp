// SPDX-License-Identifier: Apache-2.0
// Rows 13 to 18, 21, 34 and 37: what a signature container says, and who may say it. The signatures
// here are real; only what they claim is wrong.
#include <gtest/gtest.h>

#include "tests/verify/attacks/editing.h"
#include "tests/verify/attacks/targets.h"
#include "tests/verify/cms_editor.h"

namespace yinxin::tests {
namespace {

using verify::DocumentReport;
using verify::Integrity;
using verify::Trust;

DocumentReport sealed_with(const CmsWish& wish) {
    return makers().check(makers().by_other("", false, wish));
}

/// One page with an ETSI signature of somebody.
Bytes pades_by(const Person& signer, const CmsWish& wish = {}) {
    const std::string pdf = test::pdf_of(
        {"<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [4 0 R] /SigFlags 3 >> >>",
         "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
         "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] /Annots [4 0 R] >>",
         "<< /Type /Annot /Subtype /Widget /FT /Sig /T (S) /F 132 /P 3 0 R /Rect [0 0 0 0] /V 5 0 "
         "R >>",
         signature_dictionary("ETSI.CAdES.detached", "/M (D:20260101000000Z)")});
    return filled(pdf, [&](ByteView covered) { return make_cms(signer, covered, wish); });
}

Trust trust_in(const Person& signer, const std::vector<Bytes>& anchors) {
    const verify::TrustStore trust(anchors);
    const auto report = verify_document(pades_by(signer), trust, {}, makers().now());
    EXPECT_EQ(report.integrity, Integrity::Intact);
    return report.signatures.at(0).signer.value().trusted;
}

TEST(Container, AsItShouldBeIsIntact) {
    for (const CmsWish& wish : {CmsWish{}, CmsWish{.digest = "SHA384"}}) {
        const auto report = sealed_with(wish);
        EXPECT_EQ(report.integrity, Integrity::Intact);
        EXPECT_EQ(report.signatures.at(0).signer.value().trusted, Trust::Yes);
    }
    EXPECT_EQ(makers().check(pades_by(makers().other())).integrity, Integrity::Intact);
}

TEST(Container, Row13ContentOfItsOwn) {
    const Bytes other = makers().own().certified();
    for (const Bytes& content : {Bytes{}, Bytes{'x'}, to_bytes(ByteView(other).first(400))}) {
        const auto report = sealed_with({.content = content});
        EXPECT_EQ(report.integrity, Integrity::Invalid);
        EXPECT_TRUE(has_finding(report, "encapsulated_content"));
    }
}

TEST(Container, Row14UnsortedAttributesAreAWarningAndMissingOnesAreNot) {
    const auto unsorted = sealed_with({.sorted = false});
    EXPECT_EQ(unsorted.integrity, Integrity::Intact);
    EXPECT_TRUE(has_finding(unsorted, "attributes_unsorted"));
    const auto without = sealed_with({.attributes = false});
    EXPECT_EQ(without.integrity, Integrity::Invalid);
    EXPECT_TRUE(has_finding(without, "signed_attributes_missing"));
}

TEST(Container, Row15AnotherCertificateOfTheSameKey) {
    const Person twin(makers().other(), makers().wish("Somebody else"), makers().other_authority());
    // what is signed names the twin; what stands there is the signer's, and the other way round
    const auto report =
        makers().check(pades_by(twin, {.other_certificate = makers().other().certificate()}));
    EXPECT_NE(report.integrity, Integrity::Intact);
    const Bytes good = pades_by(makers().other());
    ASSERT_EQ(makers().check(good).integrity, Integrity::Intact);
    const Bytes exchanged = with_container(good, [&](ByteView cms) {
        OpenedCms opened(cms);
        const OpenedCms other(make_cms(twin, {}));
        opened.certificates() = other.data.at(3);
        opened.signer.at(1) = other.signer.at(1);
        return opened.closed();
    });
    const auto changed = makers().check(exchanged);
    EXPECT_EQ(changed.integrity, Integrity::Invalid);
    EXPECT_TRUE(has_finding(changed, "signing_certificate"));
}

TEST(Container, Row15WithoutTheAttribute) {
    const auto pades = makers().check(pades_by(makers().other(), {.signing_certificate = false}));
    EXPECT_EQ(pades.integrity, Integrity::Invalid);
    EXPECT_TRUE(has_finding(pades, "signing_certificate_missing"));
    const auto pkcs7 = sealed_with({.signing_certificate = false});
    EXPECT_EQ(pkcs7.integrity, Integrity::Intact);
    EXPECT_TRUE(has_finding(pkcs7, "not_pades"));
}

TEST(Container, Row16And34WeakDigestsAreNotDecided) {
    for (const char* digest : {"SHA1", "MD5"}) {
        const auto report = sealed_with({.digest = digest});
        EXPECT_EQ(report.integrity, Integrity::NotChecked) << digest;
        EXPECT_TRUE(has_finding(report, "algorithm_outdated")) << digest;
    }
    // two files of one SHA-1: neither is ever called intact, nor what was changed in one
    const Bytes file = makers().by_other("", false, {.digest = "SHA1"});
    const auto changed = makers().check(replaced(file, "Amount: 100", "Amount: 900"));
    EXPECT_EQ(changed.integrity, Integrity::Invalid);
}

TEST(Container, Row16ShortKeys) {
    const Person fair("RSA:1024", makers().wish("Fair"), &makers().other_authority());
    const auto warned = makers().check(pades_by(fair));
    EXPECT_EQ(warned.integrity, Integrity::Intact);
    EXPECT_TRUE(has_finding(warned, "short_key"));
    EXPECT_EQ(warned.signatures.at(0).signer.value().trusted, Trust::No);
    const Person brief("RSA:768", makers().wish("Brief"), &makers().other_authority());
    const auto undecided = makers().check(pades_by(brief));
    EXPECT_EQ(undecided.integrity, Integrity::NotChecked);
    EXPECT_TRUE(has_finding(undecided, "short_key"));
}

TEST(Container, Row16Contradictions) {
    const auto digest = sealed_with({.digest_oid = "2.16.840.1.101.3.4.2.3"});
    EXPECT_EQ(digest.integrity, Integrity::Invalid);
    for (const char* signature : {"1.2.840.113549.1.1.12",   // with SHA-384
                                  "1.2.840.10045.4.3.2"}) {  // of another kind of key
        const auto report = sealed_with({.signature_oid = signature});
        EXPECT_EQ(report.integrity, Integrity::Invalid) << signature;
    }
    for (const CmsWish& wish : {CmsWish{.digest_oid = "1.3.6.1.4.1.99999.2"},
                                CmsWish{.signature_oid = "1.3.6.1.4.1.99999.3"}}) {
        const auto report = sealed_with(wish);
        EXPECT_EQ(report.integrity, Integrity::NotChecked);
        EXPECT_TRUE(has_finding(report, "algorithm_unknown"));
    }
}

TEST(Container, Row17WhoMaySign) {
    const auto by = [](std::vector<std::pair<std::string, std::string>> extensions) {
        CertificateWish wish = makers().wish("Signer");
        wish.extensions = std::move(extensions);
        return Person("EC", wish, &makers().other_authority());
    };
    const std::vector<Bytes> anchors{makers().other_authority().certificate()};
    EXPECT_EQ(trust_in(by({}), anchors), Trust::Yes);
    EXPECT_EQ(trust_in(by({{"keyUsage", "digitalSignature"}}), anchors), Trust::Yes);
    EXPECT_EQ(trust_in(by({{"keyUsage", "nonRepudiation"}}), anchors), Trust::Yes);
    EXPECT_EQ(trust_in(by({{"keyUsage", "keyEncipherment"}}), anchors), Trust::No);
    EXPECT_EQ(trust_in(by({{"keyUsage", "keyCertSign,cRLSign"}}), anchors), Trust::No);
    EXPECT_EQ(trust_in(by({{"extendedKeyUsage", "emailProtection"}}), anchors), Trust::Yes);
    EXPECT_EQ(trust_in(by({{"extendedKeyUsage", "1.3.6.1.5.5.7.3.36"}}), anchors), Trust::Yes);
    EXPECT_EQ(trust_in(by({{"extendedKeyUsage", "serverAuth"}}), anchors), Trust::No);
    EXPECT_EQ(trust_in(by({{"extendedKeyUsage", "timeStamping"}}), anchors), Trust::No);
}

TEST(Container, Row17WhoMayCertify) {
    const auto authority = [](std::vector<std::pair<std::string, std::string>> extensions,
                              const Person* above) {
        CertificateWish wish = makers().wish(above == nullptr ? "Above" : "Between");
        wish.extensions = std::move(extensions);
        wish.extensions.emplace_back("subjectKeyIdentifier", "hash");
        return Person("EC", wish, above);
    };
    const std::pair<std::string, std::string> ca{"basicConstraints", "critical,CA:TRUE"};
    const Person root = authority({ca}, nullptr);
    const auto trusted = [&](const Person& between) {
        return trust_in(Person("EC", makers().wish("Signer"), &between), {root.certificate()});
    };
    EXPECT_EQ(trusted(authority({ca}, &root)), Trust::Yes);
    EXPECT_EQ(trusted(authority({}, &root)), Trust::No);
    EXPECT_EQ(trusted(authority({{"basicConstraints", "critical,CA:FALSE"}}, &root)), Trust::No);
    EXPECT_EQ(trusted(authority({ca, {"keyUsage", "critical,digitalSignature"}}, &root)),
              Trust::No);
    const Person narrow = authority({{"basicConstraints", "critical,CA:TRUE,pathlen:0"}}, &root);
    EXPECT_EQ(trusted(narrow), Trust::Yes);
    EXPECT_EQ(trusted(authority({ca}, &narrow)), Trust::No);  // one more than its path may have
    EXPECT_EQ(
        trusted(authority({ca, {"nameConstraints", "critical,permitted;dirName:names"}}, &root)),
        Trust::No);
}

TEST(Container, Row18TheTimeIsNotTheSignersToChoose) {
    const Time now = makers().now();
    const auto in = [&](Time from, Time to) {
        CertificateWish wish = makers().wish("Signer");
        wish.from = from;
        wish.to = to;
        return Person("EC", wish, &makers().other_authority());
    };
    const std::vector<Bytes> anchors{makers().other_authority().certificate()};
    // /M says 2026-01-01, when this one still was good
    const Person expired = in(now - std::chrono::hours(24 * 300), now - std::chrono::hours(24));
    EXPECT_NE(trust_in(expired, anchors), Trust::Yes);
    const Person early = in(now + std::chrono::hours(24), now + std::chrono::hours(48));
    EXPECT_NE(trust_in(early, anchors), Trust::Yes);
}

TEST(Container, Row21ATokenOfAnotherSignature) {
    const Bytes first = makers().archived(makers().by_other("", false));
    const auto seal = last_seal(first);
    const Bytes padded =
        from_hex(as_text(first).substr(seal->gap_begin + 1, seal->gap_end - seal->gap_begin - 2));
    verify::TlvReader reader(padded);
    const Bytes token = to_bytes(reader.next().whole);
    const auto report = sealed_with({.token = token});
    EXPECT_EQ(report.integrity, Integrity::Invalid);
    EXPECT_TRUE(has_finding(report, "timestamp"));
    // the document time stamp itself over another file
    const auto moved = makers().check(with_container(
        makers().archived(makers().by_other("/Name (x)", false)), [&](ByteView) { return token; }));
    EXPECT_EQ(moved.integrity, Integrity::Invalid);
}

TEST(Container, Row37AnAuthorityOfTheSameName) {
    CertificateWish same = makers().wish("Authority");
    same.extensions = {{"basicConstraints", "critical,CA:TRUE"}, {"subjectKeyIdentifier", "hash"}};
    const Person impostor("RSA:2048", same);
    const Person signer("EC", makers().wish("Signer"), &impostor);
    EXPECT_EQ(trust_in(signer, {makers().other_authority().certificate()}), Trust::No);
    CertificateWish bare = makers().wish("Signer");
    bare.extensions.clear();
    const auto report = makers().check(pades_by(Person("EC", bare, &impostor)));
    EXPECT_TRUE(report.signatures.at(0).signer->trusted != Trust::Yes);
}

}  // namespace
}  // namespace yinxin::tests
