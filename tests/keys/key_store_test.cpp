// SPDX-License-Identifier: Apache-2.0
#include "keys/key_store.h"

#include <sys/stat.h>

#include <fstream>

#include "common/files.h"
#include "keys/certificate_writer.h"
#include "keys/crypto/random.h"
#include "keys/pki/certificate.h"
#include "tests/support/expect_error.h"
#include "tests/support/temporary_folder.h"

namespace yinxin::keys {
namespace {

class KeyStoreTest : public testing::Test {
  protected:
    KeyStore store(const char* passphrase = "passphrase") {
        return KeyStore(folder_.path() / "keys", Secret(std::string_view(passphrase)));
    }
    std::filesystem::path file(const char* name) { return folder_.path() / "keys" / name; }
    void write(const std::filesystem::path& path, const char* text, mode_t mode) {
        std::ofstream(path) << text;
        ASSERT_EQ(::chmod(path.c_str(), mode), 0);
    }
    /// A certificate over `subject`'s key, signed by `issuer`.
    Bytes certificate(const SoftwareKey& subject,
                      const SoftwareKey& issuer,
                      CertificateUse use = CertificateUse::Root) {
        CertificateOrder order;
        order.use = use;
        order.subject = {.organization = "o", .common_name = subject.id()};
        order.spki = subject.spki();
        order.not_before = SystemClock().now();
        order.not_after = order.not_before + std::chrono::hours(1);
        return write_certificate(order, issuer, random_);
    }

    tests::TemporaryFolder folder_;
    OpenSslRandom random_;
};

TEST_F(KeyStoreTest, AnAbsentFolderHasNoKeys) {
    EXPECT_TRUE(store().ids().empty());
    EXPECT_FALSE(store().contains("seal"));
    EXPECT_ERROR(store().open("seal"), NotFound, "seal.p8");
}

TEST_F(KeyStoreTest, GeneratesPrivateFilesAndOpensThemAgain) {
    store().generate("seal", KeyAlgorithm::EcdsaP256);
    store().generate("old", KeyAlgorithm::Rsa2048);
    EXPECT_EQ(store().ids(), (std::vector<std::string>{"old", "seal"}));
    struct stat status {};
    ASSERT_EQ(::stat(file("seal.p8").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600u);
    ASSERT_EQ(::stat(file("").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0700u);
    const auto key = store().open("seal");
    EXPECT_EQ(key->id(), "seal");
    EXPECT_EQ(key->algorithm(), KeyAlgorithm::EcdsaP256);
    EXPECT_TRUE(key->chain().empty());
    EXPECT_EQ(store().open("old")->algorithm(), KeyAlgorithm::Rsa2048);
}

TEST_F(KeyStoreTest, NeverOverwritesAKey) {
    store().generate("seal", KeyAlgorithm::EcdsaP256);
    const Bytes before = store().open("seal")->spki();
    EXPECT_ERROR(store().generate("seal", KeyAlgorithm::EcdsaP256), Conflict, "exists already");
    EXPECT_EQ(store().open("seal")->spki(), before);
}

TEST_F(KeyStoreTest, RefusesIdsThatCouldLeaveTheFolder) {
    for (const char* id : {"", "../seal", "a/b", "Seal", "a.b", "a b", "章"}) {
        EXPECT_ERROR(store().generate(id, KeyAlgorithm::EcdsaP256), Invalid, "key id");
        EXPECT_ERROR(store().open(id), Invalid, "key id");
    }
    EXPECT_ERROR(store().open(std::string(65, 'a')), Invalid, "key id");
}

TEST_F(KeyStoreTest, AWrongPassphraseIsAnErrorThatNamesTheKey) {
    store().generate("seal", KeyAlgorithm::EcdsaP256);
    EXPECT_ERROR(store("other").open("seal"), Invalid, "key seal: wrong passphrase");
}

TEST_F(KeyStoreTest, AKeyFileThatOthersMayReadIsNotOpened) {
    store().generate("seal", KeyAlgorithm::EcdsaP256);
    ASSERT_EQ(::chmod(file("seal.p8").c_str(), 0644), 0);
    EXPECT_ERROR(store().open("seal"), Forbidden, "chmod 600");
}

class ChainInStore : public KeyStoreTest, public testing::WithParamInterface<KeyAlgorithm> {};
INSTANTIATE_TEST_SUITE_P(KeyStore,
                         ChainInStore,
                         testing::Values(KeyAlgorithm::EcdsaP256, KeyAlgorithm::Sm2),
                         [](const auto& parameter) { return to_text(parameter.param); });

TEST_P(ChainInStore, IsInstalledOnlyWhenItBelongsTogether) {
    store().generate("root", GetParam());
    store().generate("leaf", GetParam());
    const auto root = store().open("root");
    const auto leaf = store().open("leaf");
    const Bytes root_certificate = certificate(*root, *root);
    store().install_chain("root", {root_certificate});
    const auto issuer = store().open("root");
    const Bytes leaf_certificate = certificate(*leaf, *issuer, CertificateUse::Seal);
    const Bytes stranger = certificate(*SoftwareKey::generate("root", GetParam()), *root);

    EXPECT_ERROR(store().install_chain("leaf", {}), Invalid, "not of this key");
    EXPECT_ERROR(store().install_chain("leaf", {root_certificate}), Invalid, "not of this key");
    EXPECT_ERROR(store().install_chain("leaf", {leaf_certificate, leaf_certificate}),
                 Invalid,
                 "not issued by the next");
    EXPECT_ERROR(store().install_chain("leaf", {leaf_certificate, stranger}),
                 Invalid,
                 "not issued by the next");
    EXPECT_TRUE(store().open("leaf")->chain().empty());

    store().install_chain("leaf", {leaf_certificate, root_certificate});
    EXPECT_EQ(store().open("leaf")->chain(),
              (std::vector<Bytes>{leaf_certificate, root_certificate}));
    store().install_chain("leaf", {leaf_certificate});
    EXPECT_EQ(store().open("leaf")->chain(), std::vector<Bytes>{leaf_certificate});
}

TEST_F(KeyStoreTest, AKeyWithTheWrongCertificateIsNotOpened) {
    store().generate("a", KeyAlgorithm::EcdsaP256);
    store().generate("b", KeyAlgorithm::EcdsaP256);
    const auto a = store().open("a");
    store().install_chain("a", {certificate(*a, *a)});
    std::filesystem::copy_file(file("a.pem"), file("b.pem"));
    EXPECT_ERROR(store().open("b"), Invalid, "not of this key");
}

TEST_F(KeyStoreTest, PassphraseFilesArePrivateAndNotEmpty) {
    const auto path = folder_.path() / "passphrase";
    write(path, "two words\r\n", 0600);
    EXPECT_EQ(as_text(read_passphrase(path).view()), "two words");
    write(path, " kept ", 0400);
    EXPECT_EQ(as_text(read_passphrase(path).view()), " kept ");
    write(path, "two words\n", 0640);
    EXPECT_ERROR(read_passphrase(path), Forbidden, "chmod 600");
    write(path, "\n", 0600);
    EXPECT_ERROR(read_passphrase(path), Invalid, "empty");
    EXPECT_ERROR(read_passphrase(folder_.path() / "none"), NotFound, "none");
}

TEST_F(KeyStoreTest, ANewPassphraseIsRandomAndStaysWhatItIs) {
    const auto path = folder_.path() / "passphrase";
    create_passphrase(path, random_);
    const Secret first = read_passphrase(path);
    EXPECT_EQ(first.view().size(), 43u) << "256 bits in base64url";
    EXPECT_ERROR(create_passphrase(path, random_), Conflict, "passphrase");
    create_passphrase(folder_.path() / "second", random_);
    EXPECT_NE(as_text(first.view()), as_text(read_passphrase(folder_.path() / "second").view()));
}

}  // namespace
}  // namespace yinxin::keys
