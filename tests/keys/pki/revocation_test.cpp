// SPDX-License-Identifier: Apache-2.0
#include "keys/pki/revocation.h"

#include <openssl/ocsp.h>

#include "common/time_text.h"
#include "keys/crypto/openssl.h"
#include "keys/pki/certificate.h"
#include "keys/revocation_answers.h"
#include "tests/keys/test_pki.h"
#include "tests/support/expect_error.h"

namespace yinxin::keys {
namespace {

using std::chrono::hours;
using Kind = RevocationStatus::Kind;

class RevocationTest : public testing::TestWithParam<KeyAlgorithm> {
  protected:
    const Bytes& leaf() const { return key_->chain().at(0); }
    const Bytes& issuer() const { return key_->chain().at(1); }
    std::vector<Revocation> revoked() const {
        const Certificate certificate = Certificate::from_der(leaf());
        return {{.key = "seal",
                 .issuer_name = certificate.issuer_name,
                 .serial_number = certificate.serial_number,
                 .revoked_at = now_ - hours(2),
                 .reason = "keyCompromise"}};
    }
    /// An hour old.
    Bytes answer_of(const SoftwareKey& responder, const std::vector<Revocation>& all = {}) const {
        return OcspResponder(issuer(), responder)
            .answer(ocsp_request(leaf(), issuer()), all, now_ - hours(1));
    }
    Bytes list_of(const SoftwareKey& authority, const std::vector<Revocation>& all = {}) const {
        return write_revocation_list(authority, all, now_ - hours(1));
    }

    Time now_ = *parse_rfc3339("2026-01-31T01:00:00Z");
    tests::TestPki pki_{now_, GetParam()};
    std::unique_ptr<SoftwareKey> key_ = pki_.key(CertificateUse::Seal, GetParam());
};
INSTANTIATE_TEST_SUITE_P(EveryKey,
                         RevocationTest,
                         testing::Values(KeyAlgorithm::EcdsaP256,
                                         KeyAlgorithm::Rsa2048,
                                         KeyAlgorithm::Sm2),
                         [](const auto& parameter) { return to_text(parameter.param); });

TEST_P(RevocationTest, AsksAboutOneCertificate) {
    const auto request = from_der<Handle<OCSP_REQUEST, OCSP_REQUEST_free>, d2i_OCSP_REQUEST>(
        ocsp_request(leaf(), issuer()), "request");
    EXPECT_EQ(OCSP_request_onereq_count(request.get()), 1);
    EXPECT_EQ(OCSP_REQUEST_get_ext_count(request.get()), 0);
}

TEST_P(RevocationTest, ReadsTheIssuersOwnAnswer) {
    const RevocationStatus status = read_ocsp(answer_of(pki_.issuer()), leaf(), issuer());
    EXPECT_EQ(status.kind, Kind::Good);
    EXPECT_TRUE(status.covers(now_));
    EXPECT_FALSE(status.covers(now_ + hours(24)));
    EXPECT_FALSE(status.covers(now_ - hours(2)));
}

TEST_P(RevocationTest, ReadsARevocation) {
    const RevocationStatus status =
        read_ocsp(answer_of(pki_.issuer(), revoked()), leaf(), issuer());
    EXPECT_EQ(status.kind, Kind::Revoked);
    EXPECT_EQ(status.revoked_at, now_ - hours(2));
    EXPECT_EQ(status.reason, "keyCompromise");
}

TEST_P(RevocationTest, NobodyVouchesForHimself) {
    const auto responder = pki_.responder(pki_.issuer());
    const Bytes& own = responder->chain().front();
    const Bytes answer =
        OcspResponder(issuer(), *responder).answer(ocsp_request(own, issuer()), {}, now_);
    EXPECT_ERROR(read_ocsp(answer, own, issuer()), Invalid, "vouches for itself");
}

TEST_P(RevocationTest, RefusesAnswersThatProveNothing) {
    const Bytes answer = answer_of(pki_.issuer());
    const auto other = pki_.key(CertificateUse::Seal, KeyAlgorithm::EcdsaP256);
    EXPECT_ERROR(
        read_ocsp(answer, other->chain().front(), issuer()), Invalid, "another certificate");
    // a certificate of the same issuer that is no responder
    EXPECT_ERROR(read_ocsp(answer_of(*other), leaf(), issuer()),
                 Invalid,
                 "neither the issuer nor named by it");
    tests::TestPki foreign(now_);
    EXPECT_ERROR(read_ocsp(answer_of(foreign.issuer()), leaf(), issuer()), Invalid, "");
    std::string later(as_text(answer));  // another time than the signed one
    later.at(later.find("20260131")) ^= 1;
    EXPECT_ERROR(read_ocsp(as_bytes(later), leaf(), issuer()), Invalid, "does not verify");
    EXPECT_ERROR(
        read_ocsp(Bytes{0x30, 0x03, 0x0A, 0x01, 0x06}, leaf(), issuer()), Invalid, "unauthorized");
    EXPECT_ERROR(read_ocsp(as_bytes("<html>"), leaf(), issuer()), Malformed, "");
}

TEST_P(RevocationTest, ReadsLists) {
    const RevocationStatus fine = read_crl(list_of(pki_.issuer()), leaf(), issuer());
    EXPECT_EQ(fine.kind, Kind::Good);
    EXPECT_TRUE(fine.covers(now_));
    const RevocationStatus gone = read_crl(list_of(pki_.issuer(), revoked()), leaf(), issuer());
    EXPECT_EQ(gone.kind, Kind::Revoked);
    EXPECT_EQ(gone.revoked_at, now_ - hours(2));
    EXPECT_EQ(gone.reason, "keyCompromise");
}

TEST_P(RevocationTest, RefusesListsOfOthers) {
    tests::TestPki foreign(now_);
    EXPECT_ERROR(
        read_crl(list_of(foreign.issuer()), leaf(), issuer()), Invalid, "signature of the CRL");
    Bytes flipped = list_of(pki_.issuer());
    flipped.back() ^= 1;
    EXPECT_THROW(read_crl(flipped, leaf(), issuer()), Error);
}

TEST_P(RevocationTest, FindsNoPlacesWhereNoneAreNamed) {
    const RevocationPlaces places = revocation_places(leaf());
    EXPECT_TRUE(places.ocsp.empty());
    EXPECT_TRUE(places.crl.empty());
    EXPECT_FALSE(places.none_needed);
}

}  // namespace
}  // namespace yinxin::keys
