// SPDX-License-Identifier: Apache-2.0
#include "keys/demo_pki.h"

#include <algorithm>
#include <array>
#include <map>

#include "common/files.h"
#include "keys/crypto/digest.h"
#include "keys/crypto/openssl.h"
#include "keys/crypto/public_key.h"
#include "keys/crypto/random.h"
#include "keys/pki/certificate.h"
#include "tests/support/expect_error.h"
#include "tests/support/temporary_folder.h"

namespace yinxin::keys {
namespace {

std::string readable(ByteView der) {
    const auto certificate = from_der<X509Ptr, d2i_X509>(der, "certificate");
    const BioPtr text = writing_bio();
    openssl_check(X509_print(text.get(), certificate.get()) == 1, "text of a certificate");
    return std::string(as_text(written(text.get())));
}

class DemoPkiTest : public testing::Test {
  protected:
    DemoPkiTest() { pki_.create(now_, demo_families().first(1)); }

    tests::TemporaryFolder folder_;
    OpenSslRandom random_;
    Time now_{SystemClock().now()};
    Secret passphrase_{std::string_view("p")};
    DemoPki pki_{{folder_.path() / "keys", folder_.path() / "pki"}, passphrase_, random_};
};

TEST_F(DemoPkiTest, PutsTheRootWhereItCanBeHandedOut) {
    const auto file = folder_.path() / "pki" / "demo-root.pem";
    EXPECT_EQ(certificates_from_pem(as_text(read_public_file(file, 10000))),
              std::vector<Bytes>{pki_.root()});
    EXPECT_ERROR(pki_.create(now_), Conflict, "demo-root");
}

TEST_F(DemoPkiTest, KeepsEveryPrivateKeyEncrypted) {
    pki_.add_seal_key("seal", KeyAlgorithm::EcdsaP256, now_);
    int keys = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_.path())) {
        if (entry.is_regular_file() && entry.path().extension() != ".pem") {
            const Bytes content = read_private_file(entry.path(), 10000);
            EXPECT_THAT(std::string(as_text(content)),
                        testing::StartsWith("-----BEGIN ENCRYPTED PRIVATE KEY-----"));
            ++keys;
        }
    }
    EXPECT_EQ(keys, 6) << "root, intermediate, TSA, OCSP responder, seal maker, seal";
}

TEST_F(DemoPkiTest, SealAndTokenKeysChainToTheRootAndAreSpecimens) {
    const auto seal = pki_.add_seal_key("seal", KeyAlgorithm::EcdsaP256, now_);
    const auto token = pki_.add_token_key("token", now_);
    for (const auto& chain : {seal, token}) {
        ASSERT_EQ(chain.size(), 2u) << "without the root";
        const auto path = build_path(chain, {pki_.root()}, now_);
        EXPECT_EQ(path.size(), 3u);
        for (const Certificate& certificate : path) {
            EXPECT_TRUE(certificate.demo) << certificate.subject;
            EXPECT_THAT(certificate.subject, testing::HasSubstr("OU=DEMO"));
        }
        EXPECT_TRUE(is_demo_chain(chain, {pki_.root()}));
    }
    EXPECT_EQ(Certificate::from_der(seal[0]).organization, "示例市税务局");
    KeyStore store(folder_.path() / "keys", passphrase_.clone());
    EXPECT_EQ(store.ids(), (std::vector<std::string>{"seal", "token"}));
    EXPECT_EQ(store.open("seal")->chain(), seal);
    EXPECT_EQ(store.open("seal")->algorithm(), KeyAlgorithm::EcdsaP256);
    EXPECT_EQ(store.open("token")->algorithm(), KeyAlgorithm::EcdsaP256);
}

TEST_F(DemoPkiTest, NamesNoPlaceUnlessItHasOne) {
    const auto seal = from_der<X509Ptr, d2i_X509>(
        pki_.add_seal_key("seal", KeyAlgorithm::EcdsaP256, now_).front(), "certificate");
    EXPECT_EQ(X509_get_ext_by_NID(seal.get(), NID_info_access, -1), -1);
    EXPECT_EQ(X509_get_ext_by_NID(seal.get(), NID_crl_distribution_points, -1), -1);
}

TEST(DemoPkiSm2, HasAMakerForSealsOfGbt38540) {
    const tests::TemporaryFolder folder;
    OpenSslRandom random;
    const Secret passphrase(std::string_view("p"));
    const Time now = SystemClock().now();
    DemoPki pki({folder.path() / "keys", folder.path() / "pki"}, passphrase, random);
    const std::array two{demo_families().front(), demo_families().back()};
    pki.create(now, two);
    const Bytes order = to_bytes(as_bytes("what a seal maker may sign"));
    const SealInfoSignature made = pki.sign_seal_info("99000000000001", order);
    const Certificate maker = Certificate::from_der(made.maker_certificate);
    EXPECT_TRUE(verify_signature(maker.spki, order, made.signature));
    const KeyStore authorities(folder.path() / "pki", passphrase.clone());
    EXPECT_EQ(build_path({made.maker_certificate, authorities.open("demo-sm2-ca")->chain()[0]},
                         authorities.open("demo-sm2-root")->chain(),
                         now)
                  .size(),
              3u);
}

/// Every family, each of whose keys is dear to make.
TEST(DemoPkiFamilies, CertifyEachKindOfKeyAndSayWhereToAsk) {
    const tests::TemporaryFolder folder;
    OpenSslRandom random;
    const Secret passphrase(std::string_view("p"));
    const Time now = SystemClock().now();
    DemoPki pki({.keys_folder = folder.path() / "keys",
                 .pki_folder = folder.path() / "pki",
                 .url = "http://127.0.0.1:8081"},
                passphrase,
                random);
    pki.create(now);
    const KeyStore authorities(folder.path() / "pki", passphrase.clone());
    const std::map<KeyAlgorithm, std::string> kinds{{KeyAlgorithm::EcdsaP256, "p256"},
                                                    {KeyAlgorithm::Rsa2048, "rsa"},
                                                    {KeyAlgorithm::Sm2, "sm2"}};
    ASSERT_EQ(kinds.size(), demo_families().size());
    for (const auto& [algorithm, name] : kinds) {
        const auto family = std::find_if(demo_families().begin(),
                                         demo_families().end(),
                                         [&](const auto& one) { return one.name == name; });
        ASSERT_NE(family, demo_families().end());
        const auto root = authorities.open(std::string(family->root))->chain();
        const auto seal = pki.add_seal_key("seal-" + name, algorithm, now);
        ASSERT_EQ(seal.size(), 2u);
        EXPECT_EQ(seal[1], authorities.open(std::string(family->ca))->chain()[0]);
        EXPECT_EQ(build_path(seal, root, now).size(), 3u);
        EXPECT_TRUE(is_demo_chain(seal, root));
        const std::string text = readable(seal[0]);
        EXPECT_THAT(text, testing::HasSubstr("OCSP - URI:http://127.0.0.1:8081/ocsp/" + name));
        const std::string ca(family->ca);
        EXPECT_THAT(text,
                    testing::HasSubstr("CA Issuers - URI:http://127.0.0.1:8081/ca/" + ca + ".cer"));
        EXPECT_THAT(text, testing::HasSubstr("URI:http://127.0.0.1:8081/crl/" + ca + ".crl"));
        const std::string above = readable(seal[1]);
        EXPECT_THAT(above, testing::HasSubstr("/crl/" + std::string(family->root) + ".crl"));
        EXPECT_THAT(above, testing::Not(testing::HasSubstr("OCSP - URI")));
        EXPECT_EQ(authorities.open(std::string(family->ca))->algorithm(), family->ca_algorithm);
        for (const std::string_view id : {family->ocsp, family->tsa}) {
            if (!id.empty()) {
                const auto chain = authorities.open(std::string(id))->chain();
                EXPECT_EQ(build_path(chain, root, now).size(), 3u) << id;
                EXPECT_EQ(chain[1], seal[1]) << id;
            }
        }
        EXPECT_THAT(readable(authorities.open(std::string(family->ocsp))->chain()[0]),
                    testing::Not(testing::HasSubstr("OCSP - URI")))
            << "nobody asks a responder about itself";
    }
}

TEST_F(DemoPkiTest, SealRecordsOpenWithTheDemoRoot) {
    const auto chain = pki_.add_seal_key("seal", KeyAlgorithm::EcdsaP256, now_);
    const auto stored = pki_.make_seal_records({chain[0]}, now_);
    std::vector<std::string> uses;
    for (const StoredSealRecord& one : stored) {
        const SealRecord record = open_seal_record(one, {pki_.root()}, now_);
        EXPECT_EQ(record.owner, "示例市税务局");
        EXPECT_EQ(record.certificate_sha256, std::vector<Bytes>{sha256(chain[0])});
        EXPECT_EQ(record.shape == SealShape::Oval, record.use == "invoice");
        EXPECT_EQ(record.tax_id.empty(), record.use != "invoice");
        uses.push_back(record.use);
    }
    EXPECT_EQ(uses, (std::vector<std::string>{"business", "tax", "invoice"}));
}

TEST_F(DemoPkiTest, ASealKeyCannotMakeSealRecords) {
    const auto chain = pki_.add_seal_key("seal", KeyAlgorithm::EcdsaP256, now_);
    StoredSealRecord forged = pki_.make_seal_records({chain[0]}, now_).front();
    const auto key = KeyStore(folder_.path() / "keys", passphrase_.clone()).open("seal");
    const Bytes digest = sha256(forged.body);
    forged.signature = key->sign({KeyPurpose::SealRecord, "s", digest, forged.body});
    forged.maker_certificate = chain[0];
    EXPECT_ERROR(
        open_seal_record(forged, {pki_.root()}, now_), Invalid, "no path to a trust anchor");
}

}  // namespace
}  // namespace yinxin::keys
