// SPDX-License-Identifier: Apache-2.0
#include "keys/pki/certificate.h"

#include "keys/crypto/openssl.h"
#include "keys/crypto/random.h"
#include "keys/demo_pki.h"
#include "tests/keys/test_pki.h"
#include "tests/support/expect_error.h"
#include "tests/support/temporary_folder.h"

namespace yinxin::keys {
namespace {

using std::chrono::hours;

class CertificateTest : public testing::Test {
  protected:
    static void SetUpTestSuite() {
        folder_ = std::make_unique<tests::TemporaryFolder>();
        OpenSslRandom random;
        DemoPki pki({folder_->path() / "keys", folder_->path() / "pki"},
                    Secret(std::string_view("p")),
                    random);
        now_ = SystemClock().now();
        pki.create(now_, demo_families().first(1));
        root_ = pki.root();
        chain_ = pki.add_seal_key("seal", KeyAlgorithm::EcdsaP256, now_);
    }
    static void TearDownTestSuite() { folder_.reset(); }

    /// A path of an authority that is no demo: root, leaf.
    struct Plain {
        std::unique_ptr<SoftwareKey> root = SoftwareKey::generate("r", KeyAlgorithm::EcdsaP256);
        std::unique_ptr<SoftwareKey> leaf = SoftwareKey::generate("l", KeyAlgorithm::EcdsaP256);
        OpenSslRandom random;
        Bytes write(CertificateUse use,
                    const SoftwareKey& key,
                    const SoftwareKey& issuer,
                    const char* policy = "") {
            CertificateOrder order{use,
                                   {.organization = "o", .common_name = key.id()},
                                   key.spki(),
                                   now_ - hours(1),
                                   now_ + hours(1),
                                   policy};
            return write_certificate(order, issuer, random);
        }
    };

    static std::unique_ptr<tests::TemporaryFolder> folder_;
    static Bytes root_;
    static std::vector<Bytes> chain_;
    static Time now_;
};
std::unique_ptr<tests::TemporaryFolder> CertificateTest::folder_;
Bytes CertificateTest::root_;
std::vector<Bytes> CertificateTest::chain_;
Time CertificateTest::now_;

TEST_F(CertificateTest, BuildsThePathToTheAnchor) {
    const auto path = build_path(chain_, {root_}, now_);
    ASSERT_EQ(path.size(), 3u);
    EXPECT_EQ(path[0].der, chain_[0]);
    EXPECT_EQ(path[1].der, chain_[1]);
    EXPECT_EQ(path[2].der, root_);
}

TEST_F(CertificateTest, AnAnchorNeedNotBeSelfSigned) {
    EXPECT_EQ(build_path({chain_[0]}, {chain_[1]}, now_).size(), 2u);
}

TEST_F(CertificateTest, FindsNoPathWithoutAnchorIntermediateOrInAnotherTime) {
    EXPECT_ERROR(build_path(chain_, {}, now_), Invalid, "no path to a trust anchor");
    EXPECT_ERROR(build_path({chain_[0]}, {root_}, now_), Invalid, "no path to a trust anchor");
    EXPECT_ERROR(build_path({}, {root_}, now_), Invalid, "no certificate");
    EXPECT_ERROR(build_path(chain_, {root_}, now_ - hours(2)), Invalid, "not yet valid");
    EXPECT_ERROR(build_path(chain_, {root_}, now_ + hours(24 * 365 * 4)), Invalid, "expired");
    EXPECT_ERROR(build_path({to_bytes(as_bytes("x"))}, {root_}, now_), Malformed, "certificate");
}

TEST_F(CertificateTest, ADemoRootMakesASpecimenAtAnyTime) {
    EXPECT_TRUE(is_demo_chain(chain_, {root_}));
}

TEST_F(CertificateTest, AnAuthoritysOwnChainIsNoSpecimen) {
    Plain plain;
    const Bytes root = plain.write(CertificateUse::Root, *plain.root, *plain.root);
    plain.root->set_chain({root});
    const Bytes leaf = plain.write(CertificateUse::Seal, *plain.leaf, *plain.root);
    EXPECT_FALSE(is_demo_chain({leaf}, {root}));
    EXPECT_FALSE(is_demo_chain({leaf}, {root_, root})) << "the demo root beside it changes nothing";
    EXPECT_ERROR(is_demo_chain({leaf}, {root_}), Invalid, "no path");
}

TEST_F(CertificateTest, OneDemoCertificateAnywhereInThePathIsEnough) {
    Plain plain;
    const Bytes root = plain.write(CertificateUse::Root, *plain.root, *plain.root);
    plain.root->set_chain({root});
    const Bytes leaf = plain.write(CertificateUse::Seal, *plain.leaf, *plain.root, demo_policy_oid);
    EXPECT_TRUE(is_demo_chain({leaf}, {root}));
}

TEST(Sm2Chain, OfThreeLeadsToItsAnchor) {
    const Time now = SystemClock().now();
    tests::TestPki pki(now, KeyAlgorithm::Sm2);
    const auto key = pki.key(CertificateUse::Seal, KeyAlgorithm::Sm2);
    ASSERT_EQ(key->chain().size(), 2u);
    EXPECT_EQ(build_path(key->chain(), {pki.root()}, now).size(), 3u);
    // the certificate above the leaf as anchor, and an authority of the same name
    EXPECT_EQ(build_path({key->chain()[0]}, {key->chain()[1]}, now).size(), 2u);
    tests::TestPki other(now, KeyAlgorithm::Sm2);
    EXPECT_ERROR(build_path(key->chain(), {other.root()}, now), Invalid, "no path");
    Bytes changed = key->chain()[1];
    changed.back() ^= 1;
    EXPECT_ERROR(build_path({key->chain()[0], changed}, {pki.root()}, now), Invalid, "no path");
}

TEST(Sm2Chain, MayEndInAnAuthorityOfAnotherKind) {
    const Time now = SystemClock().now();
    tests::TestPki p256(now);
    const auto sm2_below = p256.key(CertificateUse::Seal, KeyAlgorithm::Sm2);
    EXPECT_EQ(build_path(sm2_below->chain(), {p256.root()}, now).size(), 3u);
    tests::TestPki sm2(now, KeyAlgorithm::Sm2);
    const auto p256_below = sm2.key(CertificateUse::TimeStamping, KeyAlgorithm::EcdsaP256);
    EXPECT_EQ(build_path(p256_below->chain(), {sm2.root()}, now).size(), 3u);
}

TEST(Sm2Chain, WithTheEmptyIdentifierIsNone) {
    const Time now = SystemClock().now();
    const auto root = SoftwareKey::generate("r", KeyAlgorithm::Sm2);
    OpenSslRandom random;
    CertificateOrder order;
    order.use = CertificateUse::Root;
    order.subject.common_name = "r";
    order.spki = root->spki();
    order.not_before = now - hours(1);
    order.not_after = now + hours(1);
    root->set_chain({write_certificate(order, *root, random)});
    order.use = CertificateUse::Seal;
    order.subject.common_name = "l";
    const Bytes good = write_certificate(order, *root, random);
    EXPECT_EQ(build_path({good}, root->chain(), now).size(), 2u);
    const X509Ptr other = from_der<X509Ptr, d2i_X509>(good, "certificate");
    ASSERT_GT(X509_sign(other.get(), root->handle(), EVP_sm3()), 0);
    EXPECT_ERROR(build_path({to_der<i2d_X509>(other.get())}, root->chain(), now),
                 Invalid,
                 "certificate signature failure");
}

TEST_F(CertificateTest, PemComesBackInOrder) {
    const std::string pem = certificates_to_pem(chain_);
    EXPECT_EQ(certificates_from_pem("subject=someone\n" + pem + "\nend\n"), chain_);
}

TEST_F(CertificateTest, DamagedPemIsMalformed) {
    const std::string pem = certificates_to_pem(chain_);
    EXPECT_ERROR(certificates_from_pem(""), Malformed, "no certificate in it");
    EXPECT_ERROR(certificates_from_pem("hello"), Malformed, "no certificate in it");
    EXPECT_ERROR(certificates_from_pem(pem.substr(0, pem.size() - 40)), Malformed, "PEM");
    EXPECT_ERROR(certificates_from_pem("-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n"),
                 Malformed,
                 "X509 CRL");
    EXPECT_ERROR(
        certificates_from_pem("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
        Malformed,
        "certificate");
}

TEST_F(CertificateTest, BytesBehindACertificateAreMalformed) {
    Bytes longer = root_;
    longer.push_back(0);
    EXPECT_ERROR(Certificate::from_der(longer), Malformed, "bytes after");
    EXPECT_ERROR(
        Certificate::from_der(ByteView(root_).first(root_.size() - 1)), Malformed, "certificate");
}

}  // namespace
}  // namespace yinxin::keys
