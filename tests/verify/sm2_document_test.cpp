// SPDX-License-Identifier: Apache-2.0
// Documents under SM2: seals of GB/T 38540, SM2 in CMS, and two seals on one document.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "keys/crypto/digest.h"
#include "pdf/reader.h"
#include "pdf/revision_writer.h"
#include "signer/ses_signer.h"
#include "tests/signer/ses_fixture.h"
#include "tests/support/der.h"
#include "tests/verify/sealed_file.h"
#include "tests/verify/sm2_signing.h"

namespace yinxin::verify {
namespace {

using namespace yinxin::tests;
using keys::KeyAlgorithm;

/// An SM2 authority with its seal, and one of the other world beside it.
struct TwoWorlds {
    SesFixture sm2;
    TestPki international{sm2.now};
    std::unique_ptr<keys::SoftwareKey> p256 =
        international.key(keys::CertificateUse::Seal, KeyAlgorithm::EcdsaP256);
    signer::SesSigner ses{*sm2.key, sm2.seal()};
    signer::PadesSigner sm2_cms{*sm2.key};
    signer::PadesSigner pades{*p256};
    TrustStore trust{{sm2.pki.root(), international.root()}, {sm2.key->chain().at(1)}};
    Policy own{{keys::Certificate::from_der(sm2.key->chain().front()).sha256,
                keys::Certificate::from_der(p256->chain().front()).sha256}};

    signer::SealOrder order() const {
        signer::SealOrder order;
        order.subject = "test";
        order.signing_time = sm2.now;
        order.certify = false;
        return order;
    }
    signer::SealOrder visible() const {
        signer::SealOrder shown = order();
        shown.seal =
            pdf::VisibleSeal{0,
                             {100, 100, 150, 150},
                             {50, 50, to_bytes(as_bytes("0 0 50 50 re f")), "", std::nullopt}};
        return shown;
    }
    Bytes plain() const { return to_bytes(as_bytes(test::one_page_pdf())); }
    Bytes c() const { return ses.seal(plain(), visible()); }
    DocumentReport check(ByteView file) const { return verify_document(file, trust, {}, sm2.now); }
    DocumentReport check_as_own(ByteView file) const {
        return verify_document(file, trust, own, sm2.now);
    }
};

const TwoWorlds& made() {
    static const TwoWorlds worlds;
    return worlds;
}

Bytes appended(const Bytes& file,
               const std::vector<std::pair<pdf::reader::Reference, std::string>>& objects) {
    const auto document = pdf::reader::Document::open(file);
    pdf::RevisionWriter writer(document);
    for (const auto& [id, body] : objects) {
        writer.put(id, body);
    }
    std::size_t ignored = 0;
    return writer.finish({}, ignored);
}

TEST(GmSeal, OfThisInstanceIsIntactAndItsIssuerTrusted) {
    for (const bool by_digest : {false, true}) {
        const signer::SesSigner signer(*made().sm2.key, made().sm2.seal(by_digest));
        const auto report = made().check(signer.seal(made().plain(), made().order()));
        EXPECT_EQ(report.integrity, Integrity::Intact);
        ASSERT_EQ(report.signatures.size(), 1U);
        const SignatureReport& seal = report.signatures[0];
        EXPECT_EQ(seal.sub_filter, "GM.sm2seal");
        EXPECT_EQ(seal.indication, "TOTAL_PASSED");
        EXPECT_EQ(seal.level, "");
        EXPECT_FALSE(seal.certifies);
        EXPECT_EQ(seal.claimed_time, made().sm2.now);
        EXPECT_EQ(seal.signer.value().trusted, Trust::Yes);
        EXPECT_TRUE(seal.signer.value().valid_at_sealing);
        EXPECT_EQ(seal.signer.value().certificate_sha256, made().own.own_certificate_sha256[0]);
    }
}

TEST(GmSeal, FilterSaysNothing) {
    const signer::SesSigner signer(
        *made().sm2.key, made().sm2.seal(), {.filter = "Gomain.GMPkiLite"});
    EXPECT_EQ(made().check(signer.seal(made().plain(), made().order())).integrity,
              Integrity::Intact);
}

TEST(GmSeal, ChainOfThreeNeedsTheIntermediateFromSomewhere) {
    const Bytes sealed = made().c();
    const TrustStore root_only({made().sm2.pki.root()});
    const auto without = verify_document(sealed, root_only, {}, made().sm2.now);
    EXPECT_EQ(without.integrity, Integrity::Intact);
    EXPECT_EQ(without.signatures.at(0).signer.value().trusted, Trust::No);
    // the file brings it in its validation data
    const std::string catalog =
        "<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [5 0 R] /SigFlags 3 >> /DSS << /Certs "
        "[20 0 R] >> >>";
    const Bytes with =
        appended(sealed,
                 {{{20, 0}, test::stream_of(std::string(as_text(made().sm2.key->chain().at(1))))},
                  {{1, 0}, catalog}});
    const auto report = verify_document(with, root_only, {}, made().sm2.now);
    EXPECT_EQ(report.integrity, Integrity::Intact);
    EXPECT_EQ(report.signatures.at(0).signer.value().trusted, Trust::Yes);
}

TEST(GmSeal, OfAnUntrustedMakerIsIntactAndNotTrusted) {
    const SesFixture stranger{made().sm2.now};
    signer::SesSeal content = made().sm2.content();
    const Bytes seal = signer::make_ses_seal(content, *stranger.maker);
    const auto report =
        made().check(signer::SesSigner(*made().sm2.key, seal).seal(made().plain(), made().order()));
    EXPECT_EQ(report.integrity, Integrity::Intact);
    EXPECT_EQ(report.signatures.at(0).signer.value().trusted, Trust::No);
    EXPECT_EQ(report.signatures.at(0).indication, "INDETERMINATE");
    EXPECT_TRUE(has_finding(report, "seal_maker_path"));
}

TEST(GmSeal, AChangedPageIsNoticed) {
    std::string text(as_text(made().c()));
    text.replace(text.find("0 0 m 9 9 l S"), 13, "0 0 m 9 8 l S");
    const auto report = made().check(as_bytes(text));
    EXPECT_EQ(report.integrity, Integrity::Invalid);
    EXPECT_TRUE(has_finding(report, "digest"));
    const Bytes later = appended(made().c(), {{{4, 0}, test::stream_of("1 1 m 9 9 l S")}});
    EXPECT_EQ(made().check(later).integrity, Integrity::Altered);
    EXPECT_EQ(made().check_as_own(later).integrity, Integrity::Altered);
}

TEST(GmSeal, OnAnotherDocumentIsNoticed) {
    const auto prepared = made().ses.prepare(made().plain(), made().order());
    const Bytes signature = made().sm2.key->sign(
        {keys::KeyPurpose::Document, "t", prepared.digest, prepared.signed_attrs});
    auto other = made().ses.prepare(
        as_bytes(test::pdf_of({"<< /Type /Catalog /Pages 2 0 R >>",
                               "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
                               "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>"})),
        made().order());
    other.signed_attrs = prepared.signed_attrs;
    const auto report = made().check(made().ses.complete(std::move(other), signature));
    EXPECT_EQ(report.integrity, Integrity::Invalid);
    EXPECT_TRUE(has_finding(report, "digest"));
    EXPECT_FALSE(has_finding(report, "signature_value"));
}

TEST(GmSeal, WhatIsNeitherIsMalformed) {
    pdf::SignatureSpec spec;
    spec.field_name = "x";
    spec.sub_filter = "GM.sm2seal";
    spec.contents_bytes = 100;
    for (const Bytes& value : {der(kSequence, {}),
                               der(kSequence, {der(kSequence, {})}),
                               der(kSequence, {der_sm2_with_sm3()}),
                               der_text(kOctets, "x")}) {
        auto prepared = pdf::append_signature(made().plain(), spec);
        pdf::fill_contents(prepared, value);
        EXPECT_EQ(made().check(prepared.pdf).integrity, Integrity::Invalid) << to_hex(value);
    }
}

/// Every byte with one bit turned; the case of a hexadecimal digit is the same value.
TEST(GmSeal, NoChangedByteIsIntact) {
    const Bytes good = made().c();
    const auto digits = contents_digits(good);
    Bytes file = good;
    for (std::size_t at = 0; at < good.size(); ++at) {
        const bool digit = at >= digits.begin && at < digits.end;
        file[at] = static_cast<std::uint8_t>(good[at] ^ (digit ? 1 << at % 5 : 1 << at % 8));
        EXPECT_NE(made().check(file).integrity, Integrity::Intact) << at;
        file[at] = good[at];
    }
}

TEST(Sm2Cms, OfThisInstanceIsIntactAndNoPades) {
    const Bytes sealed = made().sm2_cms.seal(made().plain(), made().order());
    const auto report = made().check(sealed);
    EXPECT_EQ(report.integrity, Integrity::Intact);
    const SignatureReport& seal = report.signatures.at(0);
    EXPECT_EQ(seal.sub_filter, "adbe.pkcs7.detached");
    EXPECT_EQ(seal.indication, "TOTAL_PASSED");
    EXPECT_EQ(seal.level, "");
    EXPECT_EQ(seal.signer.value().trusted, Trust::Yes);
    EXPECT_FALSE(has_finding(report, "sm2_empty_id"));
    // it brings its chain
    const TrustStore root_only({made().sm2.pki.root()});
    EXPECT_EQ(verify_document(sealed, root_only, {}, made().sm2.now)
                  .signatures.at(0)
                  .signer.value()
                  .trusted,
              Trust::Yes);

    signer::SealOrder certified = made().order();
    certified.certify = true;
    const auto first = made().check_as_own(made().sm2_cms.seal(made().plain(), certified));
    EXPECT_EQ(first.integrity, Integrity::Intact);
    EXPECT_EQ(first.signatures.at(0).doc_mdp, 1);
}

/// SignedData as others write it.
struct CmsByHand {
    bool gb = false;          ///< content types of GB/T 35275
    bool parameters = false;  ///< NULL behind the algorithms
    bool sm2_sign = false;    ///< 1.2.156.10197.1.301.1, not ...1.501
    bool empty_id = false, raw = false;

    Bytes write(const keys::SoftwareKey& key, const Bytes& digest) const {
        const Bytes data = from_hex(gb ? "060a2a811ccf550601040201" : "06092a864886f70d010701");
        const Bytes signed_data =
            from_hex(gb ? "060a2a811ccf550601040202" : "06092a864886f70d010702");
        const Bytes null = parameters ? from_hex("0500") : Bytes{};
        const Bytes sm3 = der(kSequence, {from_hex("06082a811ccf55018311"), null});
        const Bytes algorithm = sm2_sign ? from_hex("06092a811ccf5501822d01") : der_sm2_with_sm3();
        const Bytes attributes = joined(
            {der(kSequence, {from_hex("06092a864886f70d010903"), der(0x31, {data})}),
             der(kSequence,
                 {from_hex("06092a864886f70d010904"), der(0x31, {der(kOctets, {digest})})})});
        const Bytes signature = sign(key, der(0x31, {attributes}), empty_id);
        const auto certificate = keys::Certificate::from_der(key.chain().front());
        const Bytes signer =
            der(kSequence,
                {der_number(1),
                 der(kSequence, {certificate.issuer_name, certificate.serial_number}),
                 sm3,
                 der(0xA0, {attributes}),
                 der(kSequence, {algorithm, null}),
                 der(kOctets, {raw ? raw_signature(signature) : signature})});
        const Bytes body = der(kSequence,
                               {der_number(1),
                                der(0x31, {sm3}),
                                der(kSequence, {data}),
                                der(0xA0, {key.chain().front(), key.chain().at(1)}),
                                der(0x31, {signer})});
        return der(kSequence, {signed_data, der(0xA0, {body})});
    }
    DocumentReport check(const std::string& sub_filter, const keys::SoftwareKey& key) const {
        pdf::SignatureSpec spec;
        spec.field_name = "x";
        spec.sub_filter = sub_filter;
        spec.contents_bytes = 3000;
        auto prepared = pdf::append_signature(made().plain(), spec);
        const Bytes digest =
            keys::Sm3().update(prepared.first_part()).update(prepared.second_part()).finish();
        pdf::fill_contents(prepared, write(key, digest));
        return made().check(prepared.pdf);
    }
};

TEST(Sm2Cms, OfEitherFamilyOfIdentifiersIsIntact) {
    for (const char* sub_filter : {"adbe.pkcs7.detached", "GM.sm2seal", "GM.SM2"}) {
        for (const bool gb : {false, true}) {
            for (const bool other : {false, true}) {
                const CmsByHand cms{gb, other, other, false, other};
                const auto report = cms.check(sub_filter, *made().sm2.key);
                EXPECT_EQ(report.integrity, Integrity::Intact) << sub_filter << gb << other;
                EXPECT_EQ(report.signatures.at(0).signer.value().trusted, Trust::Yes);
                EXPECT_TRUE(has_finding(report, "not_pades"));
                EXPECT_FALSE(has_finding(report, "sm2_empty_id"));
            }
        }
    }
}

TEST(Sm2Cms, WithTheEmptyIdentifierIsIntactAndSaidToHaveIt) {
    const auto report = CmsByHand{.empty_id = true}.check("adbe.pkcs7.detached", *made().sm2.key);
    EXPECT_EQ(report.integrity, Integrity::Intact);
    EXPECT_TRUE(has_finding(report, "sm2_empty_id"));
}

TEST(Sm2Cms, OfAKeyOfAnotherKindIsBroken) {
    // ecdsa made with SM3 and called SM2
    const auto report = CmsByHand{.empty_id = true}.check("adbe.pkcs7.detached", *made().p256);
    EXPECT_EQ(report.integrity, Integrity::Invalid);
    EXPECT_TRUE(has_finding(report, "algorithms_disagree"));
}

TEST(Sm2Cms, ADamagedCertificateOfTheChainIsNoticed) {
    const Bytes sealed = made().sm2_cms.seal(made().plain(), made().order());
    const std::string hex = to_hex(made().sm2.key->chain().at(1));
    std::string text(as_text(sealed));
    const std::size_t at = text.find(hex);
    ASSERT_NE(at, std::string::npos);
    char& digit = text[at + hex.size() - 1];  // the last one of its signature
    digit = digit == '0' ? '1' : '0';
    const auto report = made().check(as_bytes(text));
    EXPECT_EQ(report.integrity, Integrity::Invalid);
    EXPECT_TRUE(has_finding(report, "certificate_damaged"));
}

TEST(Sm2Chain, WithTheEmptyIdentifierIsSaidToHaveIt) {
    // an authority that did not think of the identifier: its own certificate and what it issued
    const auto root = keys::SoftwareKey::generate("r", KeyAlgorithm::Sm2);
    const auto leaf = keys::SoftwareKey::generate("l", KeyAlgorithm::Sm2);
    keys::OpenSslRandom random;
    const auto issue = [&](keys::CertificateUse use, const keys::SoftwareKey& key) {
        keys::CertificateOrder order;
        order.use = use;
        order.subject.common_name = key.id();
        order.spki = key.spki();
        order.not_before = made().sm2.now - std::chrono::hours(1);
        order.not_after = made().sm2.now + std::chrono::hours(1);
        const auto certificate = keys::from_der<keys::X509Ptr, d2i_X509>(
            keys::write_certificate(order, *root, random), "certificate");
        keys::openssl_check(X509_sign(certificate.get(), root->handle(), EVP_sm3()) > 0, "signing");
        return keys::to_der<i2d_X509>(certificate.get());
    };
    root->set_chain({issue(keys::CertificateUse::Root, *root)});
    leaf->set_chain({issue(keys::CertificateUse::Seal, *leaf), root->chain().front()});
    const Bytes sealed = signer::PadesSigner(*leaf).seal(made().plain(), made().order());
    const TrustStore trust({root->chain().front()});
    const auto report = verify_document(sealed, trust, {}, made().sm2.now);
    EXPECT_EQ(report.integrity, Integrity::Intact);
    EXPECT_EQ(report.signatures.at(0).signer.value().trusted, Trust::Yes);
    EXPECT_TRUE(has_finding(report, "sm2_empty_id"));
}

// The design: C first and visible, then A, invisible; approval signatures both.
TEST(TwoSeals, AreBothIntactAndThisInstancesOwn) {
    const Bytes both = made().pades.seal(made().c(), made().order());
    EXPECT_THAT(std::string(as_text(both)), testing::Not(testing::HasSubstr("DocMDP")));
    for (const auto& report : {made().check(both), made().check_as_own(both)}) {
        EXPECT_EQ(report.integrity, Integrity::Intact);
        ASSERT_EQ(report.signatures.size(), 2U);
        EXPECT_EQ(report.signatures[0].sub_filter, "GM.sm2seal");
        EXPECT_EQ(report.signatures[1].sub_filter, "ETSI.CAdES.detached");
        EXPECT_EQ(report.signatures[1].level, "B-B");
        for (const SignatureReport& seal : report.signatures) {
            EXPECT_EQ(seal.verdict, Verdict::Intact);
            EXPECT_EQ(seal.indication, "TOTAL_PASSED");
        }
        EXPECT_EQ(report.signatures[1].signed_bytes, both.size());
    }
}

TEST(TwoSeals, TheSecondInOurOwnDocumentMustBeOursAndInvisible) {
    const Bytes shown = made().pades.seal(made().c(), made().visible());
    EXPECT_EQ(made().check(shown).integrity, Integrity::Intact);
    EXPECT_EQ(made().check_as_own(shown).integrity, Integrity::Altered);

    TestPki others(made().sm2.now);
    const auto key = others.key(keys::CertificateUse::Seal, KeyAlgorithm::EcdsaP256);
    const Bytes theirs = signer::PadesSigner(*key).seal(made().c(), made().order());
    EXPECT_EQ(made().check(theirs).integrity, Integrity::Intact);
    EXPECT_EQ(made().check_as_own(theirs).integrity, Integrity::Altered);
}

TEST(TwoSeals, NoThirdFollowsAndNoneAfterAnotherRevision) {
    const Bytes both = made().pades.seal(made().c(), made().order());
    const Bytes three = made().pades.seal(both, made().order());
    EXPECT_EQ(made().check(three).integrity, Integrity::Intact);
    const auto report = made().check_as_own(three);
    EXPECT_EQ(report.integrity, Integrity::Altered);
    EXPECT_EQ(report.signatures.at(0).verdict, Verdict::Modified);
    EXPECT_EQ(report.signatures.at(1).verdict, Verdict::Modified);

    const Bytes two_gm = made().ses.seal(made().c(), made().order());
    EXPECT_EQ(made().check_as_own(two_gm).integrity, Integrity::Altered);
    const Bytes wrong_order =
        made().ses.seal(made().pades.seal(made().plain(), made().order()), made().order());
    EXPECT_EQ(made().check(wrong_order).integrity, Integrity::Intact);
    EXPECT_EQ(made().check_as_own(wrong_order).integrity, Integrity::Altered);
}

TEST(TwoSeals, ASecondThatChangesMoreIsNoSecond) {
    // the page's content in the same revision: the forger has no own key, so his seal is not own;
    // with a seal of ours that is broken by it nothing is allowed either
    const Bytes both = made().pades.seal(made().c(), made().order());
    std::string text(as_text(both));
    const std::size_t second = text.rfind("/ByteRange");
    text.replace(text.find("/Rect[0 0 0 0]", made().c().size()), 14, "/Rect[0 0 9 9]");
    ASSERT_NE(second, std::string::npos);
    const auto report = made().check_as_own(as_bytes(text));
    EXPECT_EQ(report.integrity, Integrity::Invalid);
    EXPECT_EQ(report.signatures.at(0).verdict, Verdict::Modified);
    EXPECT_EQ(report.signatures.at(1).verdict, Verdict::Broken);

    const Bytes changed = appended(made().c(), {{{4, 0}, test::stream_of("1 1 m 9 9 l S")}});
    EXPECT_EQ(made().check_as_own(made().pades.seal(changed, made().order())).integrity,
              Integrity::Altered);
}

TEST(TwoSeals, ValidationDataMayFollowBoth) {
    const Bytes both = made().pades.seal(made().c(), made().order());
    const auto document = pdf::reader::Document::open(both);
    const auto id = document.catalog_id(document.newest());
    const auto& catalog = *document.load(id, document.newest());
    const Bytes more = appended(
        both,
        {{{30, 0}, test::stream_of(std::string(as_text(made().sm2.key->chain().at(1))))},
         {id,
          pdf::edited_dict(catalog, *catalog.value.dict(), {{"DSS", "<< /Certs [30 0 R] >>"}})}});
    EXPECT_EQ(made().check_as_own(more).integrity, Integrity::Intact);
}

}  // namespace
}  // namespace yinxin::verify
