// SPDX-License-Identifier: Apache-2.0
#include "signer/ses_signer.h"

#include <algorithm>

#include "keys/crypto/digest.h"
#include "keys/crypto/public_key.h"
#include "keys/pki/certificate.h"
#include "signer/ses_signature.h"
#include "tests/pdf/small_pdf.h"
#include "tests/signer/ses_fixture.h"
#include "tests/support/expect_error.h"
#include "tests/support/openssl_command.h"

namespace yinxin::signer {
namespace {

using keys::KeyPurpose;

class SesSignerTest : public testing::Test {
  protected:
    SealOrder order() const {
        SealOrder order;
        order.subject = "d1";
        order.signing_time = made_.now;
        order.reason = "开具";
        return order;
    }
    static std::string contents_of(ByteView sealed) {
        const std::string_view text = as_text(sealed);
        const std::size_t open = text.find('<', text.rfind("/Contents"));
        return std::string(text.substr(open + 1, text.find('>', open) - open - 1));
    }
    static bool holds(ByteView whole, ByteView part) {
        return std::search(whole.begin(), whole.end(), part.begin(), part.end()) != whole.end();
    }

    const Bytes pdf_ = to_bytes(as_bytes(test::one_page_pdf()));
    tests::SesFixture made_;
    Bytes seal_ = made_.seal();
};

TEST_F(SesSignerTest, SignsWhatTheTwoPartsHoldAndNamesThem) {
    const SesSigner signer(*made_.key, seal_);
    PreparedSignature prepared = signer.prepare(pdf_, order());
    const auto& range = prepared.revision.byte_range;
    EXPECT_EQ(prepared.digest,
              keys::Sm3()
                  .update(prepared.revision.first_part())
                  .update(prepared.revision.second_part())
                  .finish());
    EXPECT_EQ(prepared.signed_attrs,
              ses_tbs_sign(seal_,
                           made_.now,
                           prepared.digest,
                           "0," + std::to_string(range[1]) + "," + std::to_string(range[2]) + "," +
                               std::to_string(range[3])));
    EXPECT_FALSE(prepared.revision.certifies);

    const Bytes tbs = prepared.signed_attrs;
    const Bytes signature =
        made_.key->sign({KeyPurpose::Document, "d1", prepared.digest, prepared.signed_attrs});
    const Bytes sealed = signer.complete(std::move(prepared), signature);
    const Bytes spki = keys::Certificate::from_der(made_.key->chain().front()).spki;
    EXPECT_TRUE(keys::verify_signature(spki, tbs, signature));
    const tests::OpensslCommand openssl;
    EXPECT_TRUE(openssl.verifies_sm2(spki, tbs, signature));

    const Bytes contents = from_hex(contents_of(sealed));
    const Bytes value = ses_signature(tbs, made_.key->chain().front(), signature);
    EXPECT_TRUE(std::equal(value.begin(), value.end(), contents.begin()));
    EXPECT_TRUE(std::all_of(contents.begin() + static_cast<std::ptrdiff_t>(value.size()),
                            contents.end(),
                            [](auto byte) { return byte == 0; }));
    const auto read = openssl.run("asn1parse -inform DER -in " + openssl.file("ses.der", value));
    EXPECT_EQ(read.status, 0);
    EXPECT_THAT(read.output, testing::HasSubstr("GENERALIZEDTIME   :20260131010000Z"));
    EXPECT_THAT(read.output,
                testing::HasSubstr("IA5STRING         :0," + std::to_string(range[1])));
}

TEST_F(SesSignerTest, WritesTheDictionaryOfAGmSealWithoutDocMdp) {
    SealOrder wanted = order();
    wanted.certify = true;
    const std::string text(as_text(SesSigner(*made_.key, seal_).seal(pdf_, wanted)));
    EXPECT_THAT(text, testing::StartsWith(std::string(as_text(pdf_))));
    EXPECT_THAT(text, testing::HasSubstr("/Filter/GM.PKILite/SubFilter/GM.sm2seal"));
    EXPECT_THAT(text, testing::HasSubstr("D:20260131090000+08'00'"));
    EXPECT_THAT(text, testing::Not(testing::HasSubstr("DocMDP")));

    const std::string other(
        as_text(SesSigner(*made_.key, seal_, {.filter = "Gomain.GMPkiLite"}).seal(pdf_, wanted)));
    EXPECT_THAT(other, testing::HasSubstr("/Filter/Gomain.GMPkiLite/SubFilter/GM.sm2seal"));
}

TEST_F(SesSignerTest, ReservesWhatItMeasuredAndLittleMore) {
    for (const bool by_digest : {false, true}) {
        const Bytes seal = made_.seal(by_digest);
        const SesSigner signer(*made_.key, seal);
        const Bytes sealed = signer.seal(pdf_, order());
        const std::string contents = contents_of(sealed);
        EXPECT_EQ(contents.size(), 2 * signer.contents_bytes());
        EXPECT_EQ(contents.substr(0, 4), "3082");
        const auto size = std::stoul(contents.substr(4, 4), nullptr, 16) + 4;
        EXPECT_LE(size, signer.contents_bytes());
        EXPECT_GE(size + 64 + 40, signer.contents_bytes()) << "40: the digits of a huge file";
        EXPECT_TRUE(holds(from_hex(contents), seal)) << "the seal as it is";
    }
    EXPECT_EQ(
        made_.key->operations(),
        (std::map<KeyPurpose, std::uint64_t>{{KeyPurpose::Document, 2}, {KeyPurpose::Probe, 2}}));
}

TEST_F(SesSignerTest, ATimeStampHasRoomWhereItWasReservedFor) {
    const Bytes token(1000, 0x30);
    const SesSigner with(*made_.key, seal_, {.time_stamp_bytes = 1512});
    PreparedSignature prepared = with.prepare(pdf_, order());
    const Bytes signature =
        made_.key->sign({KeyPurpose::Document, "d1", prepared.digest, prepared.signed_attrs});
    EXPECT_TRUE(holds(from_hex(contents_of(with.complete(prepared, signature, token))), token));
    const SesSigner without(*made_.key, seal_);
    EXPECT_ERROR(
        without.complete(without.prepare(pdf_, order()), signature, token), TooLarge, "reserved");
}

/// Longer signatures than measured, after the first.
class GrowingKey : public keys::PrivateKey {
  public:
    GrowingKey(keys::PrivateKey& inner, std::size_t extra) : inner_(inner), extra_(extra) {}
    const std::string& id() const override { return inner_.id(); }
    keys::KeyAlgorithm algorithm() const override { return inner_.algorithm(); }
    const std::vector<Bytes>& chain() const override { return inner_.chain(); }
    Bytes sign(const keys::SignOrder& order) override {
        Bytes signature = inner_.sign(order);
        signature.resize(signature.size() + extra_ * static_cast<std::size_t>(signatures_++));
        return signature;
    }

  private:
    keys::PrivateKey& inner_;
    std::size_t extra_;
    int signatures_ = 0;
};

TEST_F(SesSignerTest, AnOverflowIsAnErrorAndNothingIsCut) {
    GrowingKey key(*made_.key, 200);
    EXPECT_ERROR(SesSigner(key, seal_).seal(pdf_, order()), TooLarge, "reserved");
}

TEST_F(SesSignerTest, NeedsAnSm2KeyThatTheSealLists) {
    tests::TestPki pki(made_.now, keys::KeyAlgorithm::Sm2);
    const auto other = pki.key(keys::CertificateUse::Seal, keys::KeyAlgorithm::Sm2);
    EXPECT_ERROR(SesSigner(*other, seal_), Invalid, "does not list");
    const auto p256 = pki.key(keys::CertificateUse::Seal, keys::KeyAlgorithm::EcdsaP256);
    EXPECT_ERROR(SesSigner(*p256, seal_), Invalid, "needs an sm2 key");
    const auto bare = keys::SoftwareKey::generate("bare", keys::KeyAlgorithm::Sm2);
    EXPECT_ERROR(SesSigner(*bare, seal_), Invalid, "no certificate");
    // a certificate is no seal
    EXPECT_ERROR(SesSigner(*made_.key, made_.key->chain().front()), Refused, "TBS_Sign");
}

}  // namespace
}  // namespace yinxin::signer
