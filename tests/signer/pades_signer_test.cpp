// SPDX-License-Identifier: Apache-2.0
#include "signer/pades_signer.h"

#include <algorithm>

#include "common/time_text.h"
#include "keys/crypto/digest.h"
#include "keys/crypto/openssl.h"
#include "tests/keys/test_pki.h"
#include "tests/pdf/small_pdf.h"
#include "tests/signer/openssl_cms.h"
#include "tests/support/expect_error.h"

namespace yinxin::signer {
namespace {

using keys::KeyAlgorithm;
using keys::KeyPurpose;

const Bytes kPdf = to_bytes(as_bytes(test::one_page_pdf()));

SealOrder plain_order() {
    SealOrder order;
    order.subject = "d1";
    order.signing_time = *parse_rfc3339("2026-01-31T01:00:00Z");
    order.reason = "开具";
    order.name = "示例市税务局";
    return order;
}

/// Signs as `inner` does, but its signatures are `extra` bytes longer after the first `plain` ones.
class GrowingKey : public keys::PrivateKey {
  public:
    GrowingKey(keys::PrivateKey& inner, int plain, std::size_t extra)
        : inner_(inner), plain_(plain), extra_(extra) {}
    const std::string& id() const override { return inner_.id(); }
    KeyAlgorithm algorithm() const override { return inner_.algorithm(); }
    const std::vector<Bytes>& chain() const override { return inner_.chain(); }
    Bytes sign(const keys::SignOrder& order) override {
        Bytes signature = inner_.sign(order);
        if (++signatures_ > plain_) {
            signature.resize(signature.size() +
                             extra_ * static_cast<std::size_t>(signatures_ - plain_));
        }
        return signature;
    }

  private:
    keys::PrivateKey& inner_;
    int plain_;
    std::size_t extra_;
    int signatures_ = 0;
};

/// The Contents token of the last signature, its angle brackets left out.
std::string contents_of(ByteView sealed) {
    const std::string_view text = as_text(sealed);
    const std::size_t begin = text.rfind("/Contents");
    const std::size_t open = text.find('<', begin);
    return std::string(text.substr(open + 1, text.find('>', open) - open - 1));
}

/// The DER value that zero bytes follow.
Bytes cms_of(ByteView sealed) {
    const Bytes padded = from_hex(contents_of(sealed));
    const unsigned char* at = padded.data();
    long length = 0;
    int tag = 0, type = 0;
    ASN1_get_object(&at, &length, &tag, &type, static_cast<long>(padded.size()));
    const auto size = static_cast<std::size_t>(at - padded.data() + length);
    EXPECT_TRUE(std::all_of(padded.begin() + static_cast<std::ptrdiff_t>(size),
                            padded.end(),
                            [](auto byte) { return byte == 0; }));
    return Bytes(padded.begin(), padded.begin() + static_cast<std::ptrdiff_t>(size));
}

class PadesSignerTest : public testing::TestWithParam<KeyAlgorithm> {
  protected:
    bool openssl_verifies(ByteView sealed) {
        const std::string contents = contents_of(sealed);
        const std::string_view text = as_text(sealed);
        const std::size_t at = text.rfind(contents);
        std::string content(text.substr(0, at - 1));
        content += text.substr(at + contents.size() + 1);
        return tests::openssl_verifies(cms_of(sealed), as_bytes(content), pki_.root());
    }

    tests::TestPki pki_{SystemClock().now()};
    std::unique_ptr<keys::SoftwareKey> key_ = pki_.key(keys::CertificateUse::Seal, GetParam());
};
INSTANTIATE_TEST_SUITE_P(PadesSigner,
                         PadesSignerTest,
                         testing::Values(KeyAlgorithm::EcdsaP256,
                                         KeyAlgorithm::Rsa2048,
                                         KeyAlgorithm::Rsa3072),
                         [](const auto& parameter) { return to_text(parameter.param); });

TEST_P(PadesSignerTest, SealsOverAllBytesButTheContents) {
    const PadesSigner signer(*key_);
    const Bytes& pdf = kPdf;
    const Bytes sealed = signer.seal(pdf, plain_order());
    ASSERT_GT(sealed.size(), pdf.size());
    EXPECT_TRUE(std::equal(pdf.begin(), pdf.end(), sealed.begin())) << "the input is a prefix";
    EXPECT_TRUE(openssl_verifies(sealed));
    EXPECT_EQ(
        key_->operations(),
        (std::map<KeyPurpose, std::uint64_t>{{KeyPurpose::Document, 1}, {KeyPurpose::Probe, 1}}));

    for (const std::size_t at : {std::size_t{12}, pdf.size() + 5, sealed.size() - 3}) {
        Bytes changed = sealed;
        changed[at] = static_cast<std::uint8_t>(changed[at] ^ 1);
        EXPECT_FALSE(openssl_verifies(changed)) << at;
    }
}

TEST_P(PadesSignerTest, ReservesWhatItMeasuredAndLittleMore) {
    const PadesSigner signer(*key_);
    const Bytes sealed = signer.seal(kPdf, plain_order());
    EXPECT_EQ(contents_of(sealed).size(), 2 * signer.contents_bytes());
    const bool rsa = GetParam() == KeyAlgorithm::Rsa2048 || GetParam() == KeyAlgorithm::Rsa3072;
    EXPECT_NEAR(static_cast<double>(cms_of(sealed).size() + (rsa ? 0 : 64)),
                static_cast<double>(signer.contents_bytes()),
                rsa ? 0 : 4);
}

TEST_P(PadesSignerTest, WritesTheDictionaryOfPadesBaseline) {
    const PadesSigner signer(*key_);
    const Bytes sealed = signer.seal(kPdf, plain_order());
    const std::string text(as_text(sealed));
    EXPECT_THAT(text, testing::HasSubstr("/ETSI.CAdES.detached"));
    EXPECT_THAT(text, testing::HasSubstr("D:20260131090000+08'00'"));
    EXPECT_THAT(text, testing::HasSubstr("/DocMDP"));

    SealOrder approval = plain_order();
    approval.certify = false;
    approval.purpose = KeyPurpose::ExternalSeal;
    const Bytes approved = signer.seal(kPdf, approval);
    EXPECT_THAT(std::string(as_text(approved)), testing::Not(testing::HasSubstr("/DocMDP")));
    EXPECT_TRUE(openssl_verifies(approved));
    EXPECT_EQ(key_->operations().at(KeyPurpose::ExternalSeal), 1u);
}

TEST_P(PadesSignerTest, ASignatureMayComeFromElsewhereBetweenPrepareAndComplete) {
    const PadesSigner signer(*key_);
    PreparedSignature prepared = signer.prepare(kPdf, plain_order());
    EXPECT_EQ(prepared.digest,
              keys::Sha256()
                  .update(prepared.revision.first_part())
                  .update(prepared.revision.second_part())
                  .finish());
    const Bytes signature =
        key_->sign({KeyPurpose::Document, "d1", prepared.digest, prepared.signed_attrs});
    EXPECT_TRUE(openssl_verifies(signer.complete(std::move(prepared), signature)));
}

TEST_P(PadesSignerTest, AnOverflowIsAnErrorAndNothingIsCut) {
    GrowingKey key(*key_, 1, 100);
    const PadesSigner signer(key);
    EXPECT_ERROR(signer.seal(kPdf, plain_order()), TooLarge, "");
}

TEST_P(PadesSignerTest, ReservesForATimeStampAndSaysWhatFits) {
    SealOrder order = plain_order();
    EXPECT_TRUE(PadesSigner::has_room(order, {}));
    EXPECT_FALSE(PadesSigner::has_room(order, Bytes(1)));
    order.token_bytes = 3000;
    EXPECT_TRUE(PadesSigner::has_room(order, Bytes(3512)));
    EXPECT_FALSE(PadesSigner::has_room(order, Bytes(3513)));
    const PadesSigner signer(*key_);
    const auto size = [&](const SealOrder& with) {
        return contents_of(signer.prepare(kPdf, with).revision.pdf).size();
    };
    EXPECT_EQ(size(order), size(plain_order()) + 2 * 3512);
}

TEST_P(PadesSignerTest, NeedsAChain) {
    const auto bare = keys::SoftwareKey::generate("bare", GetParam());
    EXPECT_ERROR(PadesSigner{*bare}, Invalid, "no certificate");
}

TEST(PadesSigner, WithAnSm2KeySealsInSm2AndSm3AndCallsItNoPades) {
    tests::TestPki pki(SystemClock().now(), KeyAlgorithm::Sm2);
    const auto key = pki.key(keys::CertificateUse::Seal, KeyAlgorithm::Sm2);
    const PadesSigner signer(*key);
    PreparedSignature prepared = signer.prepare(kPdf, plain_order());
    EXPECT_EQ(prepared.digest,
              keys::Sm3()
                  .update(prepared.revision.first_part())
                  .update(prepared.revision.second_part())
                  .finish());
    const Bytes signature =
        key->sign({KeyPurpose::Document, "d1", prepared.digest, prepared.signed_attrs});
    const Bytes sealed = signer.complete(std::move(prepared), signature);
    EXPECT_THAT(std::string(as_text(sealed)),
                testing::HasSubstr("/Filter/Adobe.PPKLite/SubFilter/adbe.pkcs7.detached"));
    EXPECT_THAT(to_hex(cms_of(sealed)), testing::HasSubstr(to_hex(signature)));
}

}  // namespace
}  // namespace yinxin::signer
