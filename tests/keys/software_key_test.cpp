// SPDX-License-Identifier: Apache-2.0
#include "keys/software_key.h"

#include <openssl/pem.h>

#include <thread>

#include "keys/crypto/digest.h"
#include "keys/crypto/openssl.h"
#include "keys/crypto/public_key.h"
#include "tests/support/expect_error.h"
#include "tests/support/openssl_command.h"

namespace yinxin::keys {
namespace {

const Bytes kRecord = to_bytes(as_bytes("{\"a\":1}"));

class EveryAlgorithm : public testing::TestWithParam<KeyAlgorithm> {};
INSTANTIATE_TEST_SUITE_P(SoftwareKey,
                         EveryAlgorithm,
                         testing::Values(KeyAlgorithm::EcdsaP256,
                                         KeyAlgorithm::Rsa2048,
                                         KeyAlgorithm::Rsa3072,
                                         KeyAlgorithm::Sm2),
                         [](const auto& parameter) { return to_text(parameter.param); });

TEST_P(EveryAlgorithm, SignsAndComesBackFromItsEnvelope) {
    const auto key = SoftwareKey::generate("k", GetParam());
    EXPECT_EQ(key->algorithm(), GetParam());
    EXPECT_EQ(key->id(), "k");
    EXPECT_TRUE(key->chain().empty());

    const Bytes pem = key->to_encrypted_pem(as_bytes("passphrase"));
    const auto again = SoftwareKey::from_encrypted_pem("k2", pem, as_bytes("passphrase"));
    EXPECT_EQ(again->algorithm(), GetParam());
    EXPECT_EQ(again->spki(), key->spki());

    const Bytes digest = sha256(kRecord);
    const Bytes signature = again->sign({KeyPurpose::SealRecord, "s", digest, kRecord});
    EXPECT_TRUE(verify_signature(key->spki(), kRecord, signature));
    EXPECT_FALSE(verify_signature(key->spki(), as_bytes("{\"a\":2}"), signature));
}

TEST_P(EveryAlgorithm, AtRestIsPbes2WithScryptAndAes256AndHoldsNothingPlain) {
    const auto key = SoftwareKey::generate("k", GetParam());
    const Bytes pem = key->to_encrypted_pem(as_bytes("passphrase"));
    EXPECT_THAT(std::string(as_text(pem)),
                testing::StartsWith("-----BEGIN ENCRYPTED PRIVATE KEY-----\n"));

    const BioPtr text = reading_bio(pem);
    char* name = nullptr;
    char* header = nullptr;
    unsigned char* data = nullptr;
    long size = 0;
    ASSERT_EQ(PEM_read_bio(text.get(), &name, &header, &data, &size), 1);
    const OpensslTextPtr name_owner(name), header_owner(header);
    const Handle<unsigned char, free_openssl_memory> data_owner(data);
    const std::string envelope = to_hex(ByteView(data, static_cast<std::size_t>(size)));
    EXPECT_THAT(envelope, testing::HasSubstr("06092a864886f70d01050d")) << "PBES2";
    EXPECT_THAT(envelope, testing::HasSubstr("06092b06010401da47040b")) << "scrypt";
    EXPECT_THAT(envelope,
                testing::HasSubstr("020240000201080201"
                                   "01"))
        << "N 16384, r 8, p 1";
    EXPECT_THAT(envelope, testing::HasSubstr("060960864801650304012a")) << "AES-256-CBC";

    // The private numbers, as they stand in the plain PKCS#8, are not in it.
    const Pkcs8InfoPtr plain_info(EVP_PKEY2PKCS8(key->handle()));
    const unsigned char* secret = nullptr;
    int secret_size = 0;
    ASSERT_EQ(PKCS8_pkey_get0(nullptr, &secret, &secret_size, nullptr, plain_info.get()), 1);
    const std::string plain = to_hex(ByteView(secret, static_cast<std::size_t>(secret_size)));
    for (std::size_t at = 0; at + 16 <= plain.size(); at += 2) {
        ASSERT_EQ(envelope.find(plain.substr(at, 16)), std::string::npos) << at;
    }
}

TEST(SoftwareKey, AWrongPassphraseOpensNothing) {
    const auto key = SoftwareKey::generate("k", KeyAlgorithm::EcdsaP256);
    const Bytes pem = key->to_encrypted_pem(as_bytes("passphrase"));
    for (const char* wrong : {"", "Passphrase", "passphrase ", "p"}) {
        EXPECT_ERROR(SoftwareKey::from_encrypted_pem("seal", pem, as_bytes(wrong)),
                     Invalid,
                     "key seal: wrong passphrase");
    }
    EXPECT_ERROR(key->to_encrypted_pem({}), Invalid, "empty passphrase");
}

TEST(SoftwareKey, ADamagedFileOpensNothing) {
    const auto key = SoftwareKey::generate("k", KeyAlgorithm::EcdsaP256);
    const Bytes pem = key->to_encrypted_pem(as_bytes("passphrase"));
    Bytes cut(pem.begin(), pem.begin() + static_cast<std::ptrdiff_t>(pem.size() / 2));
    EXPECT_ERROR(
        SoftwareKey::from_encrypted_pem("k", cut, as_bytes("passphrase")), Invalid, "PKCS#8");
    EXPECT_ERROR(
        SoftwareKey::from_encrypted_pem("k", {}, as_bytes("passphrase")), Invalid, "PKCS#8");
}

TEST(SoftwareKey, APlainKeyIsRefused) {
    const auto key = SoftwareKey::generate("k", KeyAlgorithm::EcdsaP256);
    const BioPtr text = writing_bio();
    ASSERT_EQ(PEM_write_bio_PKCS8PrivateKey(
                  text.get(), key->handle(), nullptr, nullptr, 0, nullptr, nullptr),
              1);
    EXPECT_ERROR(SoftwareKey::from_encrypted_pem("k", written(text.get()), as_bytes("passphrase")),
                 Invalid,
                 "not an encrypted PKCS#8 key");
}

TEST(SoftwareKey, OtherKindsOfKeysAreRefused) {
    const EvpPkeyPtr p384(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-384"));
    const BioPtr text = writing_bio();
    ASSERT_EQ(PEM_write_bio_PKCS8PrivateKey(
                  text.get(), p384.get(), EVP_aes_256_cbc(), "x", 1, nullptr, nullptr),
              1);
    EXPECT_ERROR(SoftwareKey::from_encrypted_pem("k", written(text.get()), as_bytes("x")),
                 Invalid,
                 "none of p256");
}

TEST(SoftwareKey, ReadsWhatTheOpensslCommandReads) {
    const auto key = SoftwareKey::generate("k", KeyAlgorithm::EcdsaP256);
    const Bytes pem = key->to_encrypted_pem(as_bytes("passphrase"));
    const BioPtr text = reading_bio(pem);
    const auto passphrase = [](char* buffer, int size, int, void*) noexcept {
        const std::string_view word = "passphrase";
        return static_cast<int>(word.copy(buffer, static_cast<std::size_t>(size)));
    };
    const EvpPkeyPtr read(PEM_read_bio_PrivateKey(text.get(), nullptr, passphrase, nullptr));
    ASSERT_NE(read, nullptr);
    EXPECT_EQ(EVP_PKEY_eq(read.get(), key->handle()), 1);
}

TEST(SoftwareKey, TheOpensslCommandVerifiesSm2UnderTheIdentifier) {
    const tests::OpensslCommand openssl;
    const auto key = SoftwareKey::generate("k", KeyAlgorithm::Sm2);
    const Bytes signature = key->sign({KeyPurpose::Report, "r", sha256(kRecord), kRecord});
    EXPECT_TRUE(openssl.verifies_sm2(key->spki(), kRecord, signature));
    EXPECT_FALSE(openssl.verifies_sm2(key->spki(), as_bytes("{\"a\":2}"), signature));
    const auto read =
        openssl.run("pkey -noout -text -passin pass:passphrase -in " +
                    openssl.file("k.p8", key->to_encrypted_pem(as_bytes("passphrase"))));
    EXPECT_EQ(read.status, 0);
    EXPECT_THAT(read.output, testing::HasSubstr("ASN1 OID: SM2"));
}

TEST(SoftwareKey, CountsEachSignatureByPurposeAndRefusalsNot) {
    const auto key = SoftwareKey::generate("k", KeyAlgorithm::EcdsaP256);
    EXPECT_TRUE(key->operations().empty());
    const Bytes probe = sha256(probe_message());
    const Bytes record = sha256(kRecord);
    key->sign({KeyPurpose::Probe, "", probe, probe_message()});
    key->sign({KeyPurpose::Probe, "", probe, probe_message()});
    key->sign({KeyPurpose::SealRecord, "s", record, kRecord});
    EXPECT_ERROR(key->sign({KeyPurpose::Document, "d", record, kRecord}), Refused, "order: ");
    EXPECT_EQ(
        key->operations(),
        (std::map<KeyPurpose, std::uint64_t>{{KeyPurpose::SealRecord, 1}, {KeyPurpose::Probe, 2}}));
}

TEST_P(EveryAlgorithm, SignsEachMessageForItselfFromManyThreads) {
    const auto key = SoftwareKey::generate("k", GetParam());
    const Bytes spki = key->spki();
    std::vector<std::thread> threads;
    std::atomic<int> good{0}, mistaken{0};
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&, i] {
            Bytes before;
            for (int j = 0; j < 25; ++j) {
                const std::string text =
                    "{\"a\":" + std::to_string(i) + ",\"b\":" + std::to_string(j) + "}";
                const Bytes message = to_bytes(as_bytes(text));
                const Bytes signature =
                    key->sign({KeyPurpose::Report, "r", sha256(message), message});
                good += verify_signature(spki, message, signature) ? 1 : 0;
                mistaken += verify_signature(spki, before, signature) ? 1 : 0;
                before = message;
            }
        });
    }
    for (auto& thread : threads) {
        thread.join();
    }
    EXPECT_EQ(good, 100);
    EXPECT_EQ(mistaken, 0);
    EXPECT_EQ(key->operations().at(KeyPurpose::Report), 100u);
}

}  // namespace
}  // namespace yinxin::keys
