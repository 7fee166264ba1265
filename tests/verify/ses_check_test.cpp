// SPDX-License-Identifier: Apache-2.0
#include "verify/ses_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "common/error.h"
#include "keys/crypto/digest.h"
#include "signer/ses_signature.h"
#include "tests/signer/ses_fixture.h"
#include "tests/support/der.h"
#include "tests/support/openssl_tsa.h"
#include "tests/verify/sm2_signing.h"
#include "verify/ses_reader.h"

namespace yinxin::verify {
namespace {

using namespace yinxin::tests;

/// What a signature with a seal is made of, each part to be written otherwise. Not written by
/// signer: other versions, and what others do.
struct Made {
    explicit Made(Time now = *parse_rfc3339("2026-01-31T01:00:00Z"))
        : pki{now},
          trust({pki.pki.root()}, {pki.key->chain().at(1)}),
          maker(pki.maker.get()),
          signer(pki.key.get()),
          maker_certificate(pki.maker->chain().front()),
          listed(pki.key->chain().front()),
          certificate(pki.key->chain().front()) {}

    SesFixture pki;
    TrustStore trust;
    std::uint8_t version = 4;
    const keys::SoftwareKey* maker;
    const keys::SoftwareKey* signer;
    Bytes maker_certificate, listed, certificate;
    std::string_view identifier = "1234567812345678";
    bool by_digest = false, seal_signed_whole = false, raw_values = false;
    std::string valid_from = "20260101000000Z", valid_to = "20270101000000Z";
    std::string time = "20260131010000Z";
    Bytes extensions, extensions_of_signature;  ///< with their tags
    Bytes hash = keys::sm3(as_bytes("a document"));
    std::optional<Bytes> time_stamp;
    Bytes algorithm = der_sm2_with_sm3();

    bool flat() const { return version != 1; }
    Bytes value_of(const keys::SoftwareKey& key, ByteView message) const {
        const Bytes signature = sign(key, message, identifier.empty());
        return der_bits(raw_values ? raw_signature(signature) : signature);
    }
    Bytes time_of(const std::string& text) const {
        return flat() ? der_text(kTime, text) : der_text(kUtcTime, text.substr(2));
    }
    Bytes info() const {
        const Bytes list =
            by_digest ? der(kSequence,
                            {der(kSequence,
                                 {der_text(kPrintable, "SM3"), der(kOctets, {keys::sm3(listed)})})})
                      : der(kSequence, {der(kOctets, {listed})});
        const Bytes list_type = flat() ? der_number(by_digest ? 2 : 1) : Bytes{};
        return der(
            kSequence,
            {der(kSequence, {der_text(kIa5, "ES"), der_number(version), der_text(kIa5, "other")}),
             der_text(kIa5, "33020000000001"),
             der(kSequence,
                 {der_number(15),
                  der_text(kUtf8, "示例市税务局"),
                  list_type,
                  list,
                  time_of(valid_from),
                  time_of(valid_from),
                  time_of(valid_to)}),
             der(kSequence,
                 {der_text(kIa5, "ofd"),
                  der_text(kOctets, "a package"),
                  der_number(30),
                  der_number(20)}),
             extensions});
    }
    Bytes seal() const {
        const Bytes of_maker = der(kOctets, {maker_certificate});
        const Bytes whole = der(kSequence, {info(), of_maker, algorithm});
        if (flat()) {
            return der(kSequence,
                       {info(),
                        of_maker,
                        algorithm,
                        value_of(*maker, seal_signed_whole ? whole : info())});
        }
        return der(kSequence,
                   {info(), der(kSequence, {of_maker, algorithm, value_of(*maker, whole)})});
    }
    Bytes signature(const Bytes& to_sign, const Bytes& value) const {
        if (!flat()) {
            return der(kSequence, {to_sign, value});
        }
        return der(kSequence,
                   {to_sign,
                    der(kOctets, {certificate}),
                    algorithm,
                    value,
                    time_stamp ? der(0xA0, {der_bits(*time_stamp)}) : Bytes{}});
    }
    Bytes to_sign() const {
        if (flat()) {
            return der(kSequence,
                       {der_number(version),
                        seal(),
                        der_text(kTime, time),
                        der_bits(hash),
                        der_text(kIa5, "/Doc_0/Signs/Sign_0/Signature.xml"),
                        extensions_of_signature});
        }
        return der(kSequence,
                   {der_number(version),
                    seal(),
                    der_bits(to_bytes(as_bytes(time))),
                    der_bits(hash),
                    der_text(kIa5, "0,1,2,3"),
                    der(kOctets, {certificate}),
                    algorithm});
    }
    Bytes write() const {
        const Bytes covered = to_sign();
        return signature(covered, value_of(*signer, covered));
    }
};

struct Checked {
    Assessment assessment;
    SesAnswer answer;

    bool has(const std::string& code) const {
        return std::any_of(assessment.findings().begin(),
                           assessment.findings().end(),
                           [&](const Finding& finding) { return finding.code == code; });
    }
};

Checked check(const Made& made, const Bytes& bytes, std::optional<Time> now = std::nullopt) {
    Checked checked;
    SesQuestion question;
    question.data_hash = keys::sm3(as_bytes("a document"));
    question.now = now.value_or(made.pki.now);
    try {
        TlvReader reader(bytes);
        const Tlv value = reader.next();
        reader.finish("it");
        checked.answer = check_ses(value, question, made.trust, checked.assessment);
    } catch (const Error& error) {  // not even one value: coverage.h says so of a document
        EXPECT_EQ(static_cast<int>(error.code()), static_cast<int>(ErrorCode::Malformed));
        checked.assessment.malformed("contents_value", error.what());
    }
    return checked;
}
Checked check(const Made& made) {
    return check(made, made.write());
}

class EveryVersion : public testing::TestWithParam<int> {
  protected:
    EveryVersion() { made_.version = static_cast<std::uint8_t>(GetParam()); }
    Made made_;
};
INSTANTIATE_TEST_SUITE_P(SesCheck, EveryVersion, testing::Values(1, 4, 5));

TEST_P(EveryVersion, Holds) {
    const Checked checked = check(made_);
    EXPECT_EQ(checked.assessment.verdict(), Verdict::Intact);
    EXPECT_EQ(checked.answer.seal.trust, Trust::Yes);
    EXPECT_EQ(checked.answer.certificate, made_.certificate);
    EXPECT_EQ(to_rfc3339(checked.answer.claimed.value()), "2026-01-31T01:00:00Z");
    EXPECT_EQ(checked.answer.proven, std::nullopt);
    ASSERT_EQ(checked.assessment.findings().size(), 1U);
    EXPECT_THAT(checked.assessment.findings()[0].detail,
                testing::HasSubstr("\"示例市税务局\", 33020000000001, version " +
                                   std::to_string(GetParam())));
}

TEST_P(EveryVersion, HoldsWithRawValues) {
    made_.raw_values = true;
    EXPECT_EQ(check(made_).assessment.verdict(), Verdict::Intact);
    // one bit of either number
    Bytes bytes = made_.write();
    bytes.back() ^= 1;
    EXPECT_TRUE(check(made_, bytes).has("signature_value"));
}

TEST_P(EveryVersion, HoldsWithAnExplicitFalse) {
    const Bytes extension =
        der(kSequence, {der_sm2_with_sm3(), from_hex("010100"), der_text(kOctets, "x")});
    made_.extensions = der(kSequence, {extension});
    if (made_.flat()) {
        made_.extensions_of_signature = der(0xA0, {der(kSequence, {extension, extension})});
    }
    const Checked checked = check(made_);
    EXPECT_EQ(checked.assessment.verdict(), Verdict::Intact);
    EXPECT_FALSE(checked.has("seal_extension"));

    made_.extensions =
        der(kSequence,
            {der(kSequence, {der_sm2_with_sm3(), from_hex("0101ff"), der_text(kOctets, "x")})});
    EXPECT_TRUE(check(made_).has("seal_extension"));
}

TEST_P(EveryVersion, WithAnotherDocumentIsBroken) {
    made_.hash = keys::sm3(as_bytes("another"));
    const Checked checked = check(made_);
    EXPECT_EQ(checked.assessment.verdict(), Verdict::Broken);
    EXPECT_EQ(checked.assessment.sub_indication(), "HASH_FAILURE");
    EXPECT_TRUE(checked.has("digest"));
    EXPECT_FALSE(checked.has("signature_value"));
}

TEST_P(EveryVersion, BySomebodyTheSealDoesNotListIsBroken) {
    const auto other = made_.pki.pki.key(keys::CertificateUse::Seal, keys::KeyAlgorithm::Sm2);
    made_.listed = other->chain().front();
    const Checked checked = check(made_);
    EXPECT_EQ(checked.assessment.verdict(), Verdict::Broken);
    EXPECT_TRUE(checked.has("seal_certificate_list"));
    EXPECT_FALSE(checked.has("signature_value"));
}

TEST_P(EveryVersion, WithASealThatItsMakerDidNotSignIsBroken) {
    const auto other = made_.pki.pki.key(keys::CertificateUse::SealMaker, keys::KeyAlgorithm::Sm2);
    made_.maker = other.get();
    const Checked checked = check(made_);
    EXPECT_EQ(checked.assessment.verdict(), Verdict::Broken);
    EXPECT_TRUE(checked.has("seal_signature"));
    EXPECT_FALSE(checked.has("signature_value"));
}

TEST_P(EveryVersion, SignedByAnotherKeyThanItSaysIsBroken) {
    const auto other = made_.pki.pki.key(keys::CertificateUse::Seal, keys::KeyAlgorithm::Sm2);
    made_.signer = other.get();
    const Checked checked = check(made_);
    EXPECT_EQ(checked.assessment.verdict(), Verdict::Broken);
    EXPECT_TRUE(checked.has("signature_value"));
    EXPECT_FALSE(checked.has("seal_signature"));
}

TEST_P(EveryVersion, WithTheEmptyIdentifierIsBroken) {
    made_.identifier = "";
    const Checked checked = check(made_);
    EXPECT_EQ(checked.assessment.verdict(), Verdict::Broken);
    EXPECT_TRUE(checked.has("signature_value"));
    EXPECT_TRUE(checked.has("seal_signature"));
}

TEST_P(EveryVersion, OfAnAlgorithmNobodyKnowsHereIsUndecided) {
    made_.algorithm = from_hex("06092a864886f70d01010b");  // sha256WithRSAEncryption
    const Checked checked = check(made_);
    EXPECT_EQ(checked.assessment.verdict(), Verdict::Undecided);
    EXPECT_TRUE(checked.has("algorithm_unknown"));
    made_.algorithm = from_hex("06092a811ccf5501822d01");  // SM2 signing: as good as with SM3
    EXPECT_EQ(check(made_).assessment.verdict(), Verdict::Intact);
}

TEST_P(EveryVersion, UsedOutsideItsValidityIsNotBelieved) {
    for (const auto& [from, to] : {std::pair{"20260201000000Z", "20270101000000Z"},
                                   std::pair{"20250101000000Z", "20260130000000Z"}}) {
        made_.valid_from = from;
        made_.valid_to = to;
        const Checked checked = check(made_);
        EXPECT_EQ(checked.assessment.verdict(), Verdict::Intact);
        EXPECT_TRUE(checked.has("seal_validity"));
        EXPECT_EQ(checked.answer.seal.trust, Trust::No);
    }
    // expired since: what counts is when it was used
    made_.valid_from = "20260101000000Z";
    made_.valid_to = "20260131020000Z";
    const Checked later = check(made_, made_.write(), made_.pki.now + std::chrono::hours(24 * 100));
    EXPECT_FALSE(later.has("seal_validity"));
    EXPECT_EQ(later.answer.seal.trust, Trust::Yes);
    made_.valid_to = "2027010100Z";
    EXPECT_EQ(check(made_).answer.seal.trust, Trust::Unknown) << "unreadable";
}

TEST_P(EveryVersion, OfAMakerNobodyKnowsIsNotBelieved) {
    SesFixture stranger{made_.pki.now};
    made_.maker = stranger.maker.get();
    made_.maker_certificate = stranger.maker->chain().front();
    const Checked checked = check(made_);
    EXPECT_EQ(checked.assessment.verdict(), Verdict::Intact);
    EXPECT_TRUE(checked.has("seal_maker_path"));
    EXPECT_EQ(checked.answer.seal.trust, Trust::No);
}

TEST_P(EveryVersion, OfAMakerThatMayNotSignIsNotBelieved) {
    // a time-stamping certificate: good for nothing else
    const auto other =
        made_.pki.pki.key(keys::CertificateUse::TimeStamping, keys::KeyAlgorithm::Sm2);
    made_.maker = other.get();
    made_.maker_certificate = other->chain().front();
    const Checked checked = check(made_);
    EXPECT_TRUE(checked.has("seal_maker_key_usage"));
    EXPECT_EQ(checked.answer.seal.trust, Trust::No);
}

TEST_P(EveryVersion, IsLookedAtBeforeItIsUsed) {
    const auto look = [&](Bytes seal, Time when) {
        Assessment assessment;
        const PathAnswer answer = check_ses_seal(seal, when, made_.trust, assessment);
        return assessment.verdict() == Verdict::Intact ? answer.trust : Trust::Unknown;
    };
    const Bytes good = made_.seal();
    EXPECT_EQ(look(good, made_.pki.now), Trust::Yes);
    EXPECT_EQ(look(good, made_.pki.now + std::chrono::hours(24 * 400)), Trust::No) << "ended";
    Bytes cut = good;
    cut.pop_back();
    EXPECT_EQ(look(cut, made_.pki.now), Trust::Unknown);
    Bytes flipped = good;
    flipped.back() ^= 1;
    EXPECT_EQ(look(flipped, made_.pki.now), Trust::Unknown) << "not signed by its maker";
    SesFixture stranger{made_.pki.now};
    made_.maker = stranger.maker.get();
    made_.maker_certificate = stranger.maker->chain().front();
    EXPECT_EQ(look(made_.seal(), made_.pki.now), Trust::No);
}

TEST_P(EveryVersion, MadeByItsOwnUserIsNotBelieved) {
    made_.maker = made_.pki.key.get();
    made_.maker_certificate = made_.certificate;
    const Checked checked = check(made_);
    EXPECT_EQ(checked.assessment.verdict(), Verdict::Intact);
    EXPECT_TRUE(checked.has("seal_maker_is_signer"));
    EXPECT_EQ(checked.answer.seal.trust, Trust::No);
}

/// Nothing outside the signed parts can be turned either.
TEST_P(EveryVersion, NoChangedBitHolds) {
    const Bytes good = made_.write();
    Bytes bytes = good;
    for (std::size_t at = 0; at < good.size(); ++at) {
        bytes[at] = static_cast<std::uint8_t>(good[at] ^ (1 << at % 8));
        EXPECT_NE(check(made_, bytes).assessment.verdict(), Verdict::Intact) << at;
        bytes[at] = good[at];
    }
}

TEST_P(EveryVersion, NoCutHolds) {
    const Bytes good = made_.write();
    for (std::size_t size = 2; size < good.size(); size += 7) {
        Bytes cut(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size));
        Assessment assessment;
        Tlv value{0x30, cut, ByteView(cut).subspan(2), true};
        check_ses(value, {made_.hash, {}, made_.pki.now}, made_.trust, assessment);
        EXPECT_EQ(assessment.verdict(), Verdict::Malformed) << size;
    }
}

TEST_P(EveryVersion, WhatDoesNotBelongThereIsMalformed) {
    made_.extensions = der_text(kIa5, "more");
    EXPECT_TRUE(check(made_).has("seal_structure"));
    made_.extensions = {};
    Bytes bytes = made_.write();
    const Bytes wrapped = der(kSequence, {bytes});
    EXPECT_EQ(check(made_, wrapped).assessment.verdict(), Verdict::Malformed);
    made_.certificate.push_back(0);
    EXPECT_EQ(check(made_).assessment.verdict(), Verdict::Malformed);
}

TEST(SesCheck, ASealListsCertificatesOrTheirDigests) {
    Made made;
    made.by_digest = true;
    EXPECT_EQ(check(made).assessment.verdict(), Verdict::Intact);
    made.listed = made.pki.maker->chain().front();
    EXPECT_TRUE(check(made).has("seal_certificate_list"));
}

TEST(SesCheck, TheMakerSignsTheInformationAlone) {
    Made made;
    made.seal_signed_whole = true;  // as V1 does
    EXPECT_TRUE(check(made).has("seal_signature"));
}

TEST(SesCheck, WhatSignerWritesHolds) {
    const Made made;
    for (const bool by_digest : {false, true}) {
        const Bytes tbs = signer::ses_tbs_sign(
            made.pki.seal(by_digest), made.pki.now, made.hash, "0,100,300,400");
        const Bytes bytes = signer::ses_signature(tbs, made.certificate, sign(*made.pki.key, tbs));
        const Checked checked = check(made, bytes);
        EXPECT_EQ(checked.assessment.verdict(), Verdict::Intact);
        EXPECT_EQ(checked.answer.seal.trust, Trust::Yes);
        const SesSignature read = read_ses_signature(TlvReader(bytes).next());
        EXPECT_EQ(read.property_info, "0,100,300,400");
        EXPECT_EQ(read.seal.picture_type, "PNG");
        EXPECT_TRUE(
            std::equal(read.seal.picture.begin(), read.seal.picture.end(), small_png().begin()));
        EXPECT_EQ(read.seal.signed_bytes, signer::ses_seal_info(made.pki.content(by_digest)));
    }
}

TEST(SesCheck, V1TakesItsTimesInAnyForm) {
    Made made;
    made.version = 1;
    for (const char* text : {"20260131010000Z", "260131010000Z"}) {
        made.time = text;
        EXPECT_EQ(check(made).answer.claimed, made.pki.now) << text;
    }
    made.time = "in January";
    EXPECT_EQ(check(made).answer.claimed, std::nullopt);
    EXPECT_EQ(check(made).answer.seal.trust, Trust::Unknown);
    made.time = std::string(as_text(der(kSequence, {der_number(1)})));
    EXPECT_TRUE(check(made).has("seal_time_token"));
}

class Stamped : public testing::Test {
  protected:
    /// The command stamps with the time of today.
    Made made_{SystemClock().now()};
    std::unique_ptr<keys::SoftwareKey> tsa_key_ =
        made_.pki.pki.key(keys::CertificateUse::TimeStamping, keys::KeyAlgorithm::EcdsaP256);
    OpensslTsa tsa_{*tsa_key_};

    void SetUp() override {
        made_.valid_from = "20200101000000Z";
        made_.valid_to = "20990101000000Z";
    }
    Checked check_later(const Bytes& bytes) {
        return check(made_, bytes, made_.pki.now + std::chrono::hours(1));
    }
    /// Signed, then stamped over this.
    Bytes stamped(const std::string& digest, bool over_signature = true) {
        const Bytes covered = made_.to_sign();
        const Bytes value = sign(*made_.signer, covered);
        made_.time_stamp = tsa_.token(over_signature ? ByteView(value) : ByteView(covered), digest);
        return made_.signature(covered, der_bits(value));
    }
};

TEST_F(Stamped, OverTheSignatureItProvesTheTime) {
    for (const char* digest : {"sha256", "sm3"}) {
        const Checked checked = check_later(stamped(digest));
        EXPECT_EQ(checked.assessment.verdict(), Verdict::Intact) << digest;
        ASSERT_TRUE(checked.answer.proven) << digest;
        EXPECT_LT(*checked.answer.proven - made_.pki.now, std::chrono::minutes(10));
    }
}

TEST_F(Stamped, OverAnythingElseItIsBroken) {
    const Checked checked = check_later(stamped("sha256", false));
    EXPECT_EQ(checked.assessment.verdict(), Verdict::Broken);
    EXPECT_TRUE(checked.has("timestamp"));
    EXPECT_EQ(checked.answer.proven, std::nullopt);
}

TEST_F(Stamped, WithRubbishInItsPlaceItIsBroken) {
    const Bytes covered = made_.to_sign();
    made_.time_stamp = to_bytes(as_bytes("rubbish"));
    EXPECT_TRUE(check_later(made_.signature(covered, made_.value_of(*made_.signer, covered)))
                    .has("timestamp"));
}

TEST_F(Stamped, TheSealOfV5MayBeStampedToo) {
    made_.version = 5;
    const Bytes info = made_.info();
    const Bytes value = sign(*made_.maker, info);
    const auto seal_with = [&](const Bytes& token) {
        const Bytes seal = der(kSequence,
                               {info,
                                der(kOctets, {made_.maker_certificate}),
                                made_.algorithm,
                                der_bits(value),
                                der(0xA0, {der_bits(token)})});
        const Bytes covered = der(kSequence,
                                  {der_number(5),
                                   seal,
                                   der_text(kTime, "20260131010000Z"),
                                   der_bits(made_.hash),
                                   der_text(kIa5, "x")});
        return check_later(made_.signature(covered, made_.value_of(*made_.signer, covered)));
    };
    EXPECT_EQ(seal_with(tsa_.token(value)).assessment.verdict(), Verdict::Intact);
    const Checked other = seal_with(tsa_.token(info));
    EXPECT_EQ(other.assessment.verdict(), Verdict::Broken);
    EXPECT_TRUE(other.has("seal_timestamp"));
}

TEST(SesCheck, IsKnownByItsShape) {
    const Made made;
    const Bytes ses = made.write();
    EXPECT_TRUE(has_ses_shape(TlvReader(ses).next()));
    const Bytes cms = der(kSequence, {der_sm2_with_sm3(), der(0xA0, {})});
    EXPECT_FALSE(has_ses_shape(TlvReader(cms).next()));
    const Bytes empty = der(kSequence, {});
    EXPECT_FALSE(has_ses_shape(TlvReader(empty).next()));
}

}  // namespace
}  // namespace yinxin::verify
