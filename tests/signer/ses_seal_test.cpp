// SPDX-License-Identifier: Apache-2.0
#include "signer/ses_seal.h"

#include "keys/crypto/digest.h"
#include "keys/crypto/public_key.h"
#include "keys/pki/certificate.h"
#include "signer/ses_signature.h"
#include "tests/signer/ses_fixture.h"
#include "tests/support/der.h"
#include "tests/support/expect_error.h"
#include "tests/support/openssl_command.h"

namespace yinxin::signer {
namespace {

using namespace yinxin::tests;

const SesFixture& made() {
    static const SesFixture fixture;
    return fixture;
}

/// The same bytes, written another time by hand.
Bytes info_by_hand(const Bytes& list, std::uint8_t list_type) {
    return der(kSequence,
               {der(kSequence, {der_text(kIa5, "ES"), der_number(4), der_text(kIa5, "yinxin")}),
                der_text(kIa5, "99000000000001"),
                der(kSequence,
                    {der_number(1),
                     der_text(kUtf8, "示例市税务局"),
                     der_number(list_type),
                     list,
                     der_text(kTime, "20260131000000Z"),
                     der_text(kTime, "20260131000000Z"),
                     der_text(kTime, "20261127010000Z")}),
                der(kSequence,
                    {der_text(kIa5, "PNG"),
                     der(kOctets, {small_png()}),
                     der_number(42),
                     der_number(40)})});
}

TEST(SesSeal, InfoIsTheseBytesWithCertificatesInIt) {
    const Bytes list = der(kSequence, {der(kOctets, {made().key->chain().front()})});
    EXPECT_EQ(to_hex(ses_seal_info(made().content())), to_hex(info_by_hand(list, 1)));
}

TEST(SesSeal, InfoIsTheseBytesWithDigestsInIt) {
    const Bytes one =
        der(kSequence,
            {der_text(kPrintable, "SM3"), der(kOctets, {keys::sm3(made().key->chain().front())})});
    EXPECT_EQ(to_hex(ses_seal_info(made().content(true))),
              to_hex(info_by_hand(der(kSequence, {one}), 2)));
}

TEST(SesSeal, ListsSeveralInTheirOrder) {
    SesSeal seal = made().content();
    seal.certificates.insert(seal.certificates.begin(), made().maker->chain().front());
    const Bytes list = der(kSequence,
                           {der(kOctets, {made().maker->chain().front()}),
                            der(kOctets, {made().key->chain().front()})});
    EXPECT_EQ(ses_seal_info(seal), info_by_hand(list, 1));
}

TEST(SesSeal, TellsWhomItLists) {
    const SesFixture other;
    for (const bool by_digest : {false, true}) {
        const Bytes seal = make_ses_seal(made().content(by_digest), *made().maker);
        EXPECT_TRUE(ses_seal_lists(seal, made().key->chain().front())) << by_digest;
        EXPECT_FALSE(ses_seal_lists(seal, other.key->chain().front())) << by_digest;
    }
    EXPECT_FALSE(ses_seal_lists({}, made().key->chain().front()));
}

TEST(SesSeal, IsTheInfoAsSignedByItsMaker) {
    const Bytes info = ses_seal_info(made().content());
    const Bytes signature =
        made().maker->sign({keys::KeyPurpose::SealRecord, "s", keys::sha256(info), info});
    const Bytes certificate = made().maker->chain().front();
    EXPECT_EQ(ses_seal(info, certificate, signature),
              der(kSequence,
                  {info, der(kOctets, {certificate}), der_sm2_with_sm3(), der_bits(signature)}));
}

TEST(SesSeal, TheOpensslCommandVerifiesTheMakersSignatureAndReadsTheStructure) {
    const OpensslCommand openssl;
    const Bytes seal = made().seal();
    const Bytes info = ses_seal_info(made().content());
    // signedValue is the last member: a BIT STRING of 71 or 72 bytes or so
    const std::size_t at = info.size() + made().maker->chain().front().size();
    const auto rest = std::string(as_text(seal)).substr(at);
    const std::size_t bits = at + rest.find(std::string("\x83\x75\x03", 3)) + 2;
    const Bytes signature(seal.begin() + static_cast<std::ptrdiff_t>(bits) + 3, seal.end());
    const Bytes spki = keys::Certificate::from_der(made().maker->chain().front()).spki;
    EXPECT_TRUE(keys::verify_signature(spki, info, signature));
    EXPECT_TRUE(openssl.verifies_sm2(spki, info, signature));
    EXPECT_FALSE(openssl.verifies_sm2(spki, seal, signature)) << "the info alone is signed";

    const auto read = openssl.run("asn1parse -inform DER -in " + openssl.file("seal.der", seal));
    EXPECT_EQ(read.status, 0);
    EXPECT_THAT(read.output, testing::HasSubstr("IA5STRING         :ES"));
    EXPECT_THAT(read.output, testing::HasSubstr("UTF8STRING        :示例市税务局"));
    EXPECT_THAT(read.output, testing::HasSubstr("GENERALIZEDTIME   :20261127010000Z"));
    EXPECT_THAT(read.output, testing::HasSubstr("OBJECT            :SM2-with-SM3"));
}

TEST(SesSeal, IsCountedAsASealRecord) {
    static_cast<void>(made().seal());
    const auto before = made().maker->operations().at(keys::KeyPurpose::SealRecord);
    static_cast<void>(made().seal());
    EXPECT_EQ(made().maker->operations().at(keys::KeyPurpose::SealRecord), before + 1);
    EXPECT_EQ(made().maker->operations().size(), 1U);
}

TEST(SesSeal, RefusesWhatNoSealMaySay) {
    const auto expect_refused = [](auto change, const char* field) {
        SesSeal seal = made().content();
        change(seal);
        EXPECT_ERROR(ses_seal_info(seal), Invalid, field);
    };
    expect_refused([](SesSeal& seal) { seal.id = ""; }, "id");
    expect_refused([](SesSeal& seal) { seal.id = "印"; }, "id");
    expect_refused([](SesSeal& seal) { seal.id = std::string(201, '1'); }, "id");
    expect_refused([](SesSeal& seal) { seal.vendor = "a\n"; }, "vendor");
    expect_refused([](SesSeal& seal) { seal.name = ""; }, "name");
    expect_refused([](SesSeal& seal) { seal.name = "\xFF"; }, "name");
    expect_refused([](SesSeal& seal) { seal.certificates = {}; }, "certificates");
    expect_refused([](SesSeal& seal) { seal.valid_to = seal.valid_from; }, "valid_from");
    expect_refused([](SesSeal& seal) { seal.picture = {}; }, "picture");
    expect_refused([](SesSeal& seal) { seal.picture[1] = 'p'; }, "picture");
    expect_refused([](SesSeal& seal) { seal.picture.resize(1 << 20); }, "fewer dots");
    expect_refused([](SesSeal& seal) { seal.width_mm = 0; }, "width_mm");
    expect_refused([](SesSeal& seal) { seal.height_mm = 1001; }, "height_mm");
    SesSeal seal = made().content();
    seal.certificates.push_back({1, 2, 3});
    EXPECT_ERROR(ses_seal_info(seal), Malformed, "certificate");
}

TEST(SesSeal, NeedsAMakerWithAnSm2KeyAndACertificate) {
    tests::TestPki pki(made().now);
    const auto p256 = pki.key(keys::CertificateUse::SealMaker, keys::KeyAlgorithm::EcdsaP256);
    EXPECT_ERROR(make_ses_seal(made().content(), *p256), Invalid, "has to be SM2");
    const auto bare = keys::SoftwareKey::generate("bare", keys::KeyAlgorithm::Sm2);
    EXPECT_ERROR(make_ses_seal(made().content(), *bare), Invalid, "have a certificate");
}

TEST(SesSignature, IsTheseBytes) {
    const Bytes seal = made().seal();
    const Bytes hash = keys::sm3(as_bytes("a document"));
    const Bytes tbs = ses_tbs_sign(seal, made().now, hash, "0,100,300,400");
    EXPECT_EQ(tbs,
              der(kSequence,
                  {der_number(4),
                   seal,
                   der_text(kTime, "20260131010000Z"),
                   der_bits(hash),
                   der_text(kIa5, "0,100,300,400")}));
    const Bytes certificate = made().key->chain().front();
    const Bytes signature{1, 2, 3}, token{4, 5, 6};
    EXPECT_EQ(ses_signature(tbs, certificate, signature),
              der(kSequence,
                  {tbs, der(kOctets, {certificate}), der_sm2_with_sm3(), der_bits(signature)}));
    EXPECT_EQ(ses_signature(tbs, certificate, signature, token),
              der(kSequence,
                  {tbs,
                   der(kOctets, {certificate}),
                   der_sm2_with_sm3(),
                   der_bits(signature),
                   der(0xA0, {der_bits(token)})}));
}

}  // namespace
}  // namespace yinxin::signer
