// SPDX-License-Identifier: Apache-2.0
#include "server/demo/site.h"

#include <openssl/ocsp.h>
#include <openssl/ts.h>

#include "keys/crypto/digest.h"
#include "keys/crypto/openssl.h"
#include "keys/crypto/random.h"
#include "keys/pki/certificate.h"
#include "tests/support/expect_error.h"
#include "tests/support/temporary_folder.h"

namespace yinxin::server {
namespace {

using namespace std::chrono_literals;
using keys::from_der;
using keys::Handle;
using BasicPtr = Handle<OCSP_BASICRESP, OCSP_BASICRESP_free>;
using CrlPtr = Handle<X509_CRL, X509_CRL_free>;
using OcspResponsePtr = Handle<OCSP_RESPONSE, OCSP_RESPONSE_free>;
using RequestPtr = Handle<OCSP_REQUEST, OCSP_REQUEST_free>;
using TsResponsePtr = Handle<TS_RESP, TS_RESP_free>;

class MovingClock : public Clock {
  public:
    Time now() const override { return at; }
    Time at = SystemClock().now();
};

class DemoPkiSiteTest : public testing::Test {
  protected:
    DemoPkiSiteTest() {
        const keys::Secret passphrase(std::string_view("p"));
        keys::DemoPki pki({folder_.path() / "keys", folder_.path() / "pki"}, passphrase, random_);
        pki.create(clock_.at, keys::demo_families().first(1));
        seal_ = pki.add_seal_key("seal", keys::KeyAlgorithm::EcdsaP256, clock_.at);
        site_ = std::make_unique<DemoPkiSite>(
            folder_.path() / "pki", passphrase.clone(), clock_, random_);
    }

    SmallAnswer get(const std::string& target) {
        return site_->answer({.method = "GET", .target = target, .content_type = "", .body = {}});
    }
    SmallAnswer post(const std::string& target, const std::string& type, const Bytes& body) {
        return site_->answer(
            {.method = "POST", .target = target, .content_type = type, .body = body});
    }
    SmallAnswer stamp() {
        // SHA-256 of something, with a nonce
        const Bytes query = from_hex("303a0201013031300d060960864801650304020105000420" +
                                     to_hex(keys::sha256(Bytes{1})) + "0202012a");
        return post("/tsa/p256", "application/timestamp-query", query);
    }
    Bytes ocsp_request() const {
        const auto subject = from_der<keys::X509Ptr, d2i_X509>(seal_[0], "certificate");
        const auto issuer = from_der<keys::X509Ptr, d2i_X509>(seal_[1], "certificate");
        const RequestPtr request(OCSP_REQUEST_new());
        OCSP_request_add0_id(request.get(),
                             OCSP_cert_to_id(EVP_sha256(), subject.get(), issuer.get()));
        return keys::to_der<i2d_OCSP_REQUEST>(request.get());
    }
    static int status_in(const SmallAnswer& answer) {
        EXPECT_EQ(answer.status, 200) << as_text(answer.body);
        EXPECT_EQ(answer.content_type, "application/ocsp-response");
        const auto response =
            from_der<OcspResponsePtr, d2i_OCSP_RESPONSE>(answer.body, "OCSP response");
        const BasicPtr basic(OCSP_response_get1_basic(response.get()));
        return OCSP_single_get0_status(
            OCSP_resp_get0(basic.get(), 0), nullptr, nullptr, nullptr, nullptr);
    }
    int ocsp_status() {
        return status_in(post("/ocsp/p256", "application/ocsp-request", ocsp_request()));
    }
    int listed(const SmallAnswer& answer) const {
        EXPECT_EQ(answer.status, 200) << as_text(answer.body);
        EXPECT_EQ(answer.content_type, "application/pkix-crl");
        const auto crl = from_der<CrlPtr, d2i_X509_CRL>(answer.body, "CRL");
        return std::max(0, sk_X509_REVOKED_num(X509_CRL_get_REVOKED(crl.get())));
    }
    void revoke() {
        const auto certificate = keys::Certificate::from_der(seal_[0]);
        keys::record_revocation(folder_.path() / "pki" / keys::revocation_journal_name,
                                {.key = "seal",
                                 .issuer_name = certificate.issuer_name,
                                 .serial_number = certificate.serial_number,
                                 .revoked_at = clock_.at,
                                 .reason = "keyCompromise"});
    }
    void order(const std::vector<std::string>& faults) {
        write_demo_faults(folder_.path() / "pki" / demo_pki_faults_name, faults);
    }

    tests::TemporaryFolder folder_;
    MovingClock clock_;
    keys::OpenSslRandom random_;
    std::vector<Bytes> seal_;
    std::unique_ptr<DemoPkiSite> site_;
};

TEST_F(DemoPkiSiteTest, StampsAndObeysFaults) {
    const auto granted = [this] {
        const SmallAnswer answer = stamp();
        EXPECT_EQ(answer.content_type, "application/timestamp-reply");
        const auto response = from_der<TsResponsePtr, d2i_TS_RESP>(answer.body, "time stamp");
        return ASN1_INTEGER_get(
            TS_STATUS_INFO_get0_status(TS_RESP_get_status_info(response.get())));
    };
    EXPECT_EQ(granted(), TS_STATUS_GRANTED);
    order({"tsa-down@p256"});
    EXPECT_TRUE(stamp().hang_up);
    order({"tsa-down@rsa"});
    EXPECT_FALSE(stamp().hang_up);
    order({"tsa-slow=1500", "tsa-future"});
    EXPECT_EQ(stamp().delay, 1500ms);
    const auto response = from_der<TsResponsePtr, d2i_TS_RESP>(stamp().body, "time stamp");
    EXPECT_GT(X509_cmp_current_time(TS_TST_INFO_get_time(TS_RESP_get_tst_info(response.get()))), 0);
    order({});
    EXPECT_EQ(stamp().delay, 0ms);
}

TEST_F(DemoPkiSiteTest, SeesARevocationAtTheNextQuestion) {
    EXPECT_EQ(ocsp_status(), V_OCSP_CERTSTATUS_GOOD);
    EXPECT_EQ(listed(get("/crl/demo-ca.crl")), 0);
    revoke();
    EXPECT_EQ(ocsp_status(), V_OCSP_CERTSTATUS_REVOKED);
    EXPECT_EQ(listed(get("/crl/demo-ca.crl")), 1);
    EXPECT_EQ(listed(get("/crl/demo-root.crl")), 0) << "another issuer's";
}

TEST_F(DemoPkiSiteTest, TakesAQuestionInTheAddress) {
    unsigned char text[2048];
    const Bytes request = ocsp_request();
    const int size = EVP_EncodeBlock(text, request.data(), static_cast<int>(request.size()));
    std::string plain(reinterpret_cast<const char*>(text), static_cast<std::size_t>(size));
    std::string escaped;
    for (const char c : plain) {
        escaped += c == '+' ? "%2B" : c == '/' ? "%2F" : c == '=' ? "%3D" : std::string(1, c);
    }
    EXPECT_EQ(status_in(get("/ocsp/p256/" + escaped)), V_OCSP_CERTSTATUS_GOOD);
    EXPECT_EQ(status_in(get("/ocsp/p256/" + plain)), V_OCSP_CERTSTATUS_GOOD);
    EXPECT_EQ(get("/ocsp/p256/***").status, 400);
}

TEST_F(DemoPkiSiteTest, ObeysFaultsOfTheResponder) {
    order({"ocsp-unknown"});
    EXPECT_EQ(ocsp_status(), V_OCSP_CERTSTATUS_UNKNOWN);
    order({"ocsp-revoked", "ocsp-slow=7"});
    EXPECT_EQ(ocsp_status(), V_OCSP_CERTSTATUS_REVOKED);
    EXPECT_EQ(post("/ocsp/p256", "application/ocsp-request", ocsp_request()).delay, 7ms);
    order({"ocsp-down", "crl-down@demo-ca"});
    EXPECT_TRUE(post("/ocsp/p256", "application/ocsp-request", ocsp_request()).hang_up);
    EXPECT_TRUE(get("/crl/demo-ca.crl").hang_up);
    EXPECT_FALSE(get("/crl/demo-root.crl").hang_up);
}

TEST_F(DemoPkiSiteTest, MakesAListAnewAfterAnHour) {
    const Bytes first = get("/crl/demo-ca.crl").body;
    clock_.at += 59min;
    EXPECT_EQ(get("/crl/demo-ca.crl").body, first);
    clock_.at += 2min;
    EXPECT_NE(get("/crl/demo-ca.crl").body, first);
}

TEST_F(DemoPkiSiteTest, GivesTheAuthoritiesCertificates) {
    const SmallAnswer answer = get("/ca/demo-ca.cer");
    EXPECT_EQ(answer.content_type, "application/pkix-cert");
    EXPECT_EQ(answer.body, seal_[1]);
}

TEST_F(DemoPkiSiteTest, RefusesWhatIsNotHere) {
    for (const char* target : {"/",
                               "/tsa/",
                               "/tsa/x",
                               "/ocsp/x",
                               "/crl/demo-tsa.crl",
                               "/crl/../demo-ca.crl",
                               "/crl/demo-ca",
                               "/ca/demo-seal-maker.cer",
                               "/ca/demo-ca.p8",
                               "/ca/..%2Fkeys%2Fseal.cer",
                               "/faults"}) {
        EXPECT_EQ(get(target).status, 404) << target;
    }
    EXPECT_EQ(get("/ca/%zz").status, 400);
    EXPECT_EQ(get("/tsa/p256").allow, "POST");
    EXPECT_EQ(get("/ocsp/p256").status, 405);
    EXPECT_EQ(post("/crl/demo-ca.crl", "", {}).allow, "GET");
    EXPECT_EQ(post("/tsa/p256", "application/ocsp-request", {}).status, 415);
    EXPECT_EQ(post("/ocsp/p256", "", {}).status, 415);
}

TEST_F(DemoPkiSiteTest, TellsNothingOfItsOwnFaults) {
    std::filesystem::remove(folder_.path() / "pki" / "demo-tsa.p8");
    const SmallAnswer answer = stamp();
    EXPECT_EQ(answer.status, 500);
    EXPECT_THAT(std::string(as_text(answer.body)), testing::Not(testing::HasSubstr("demo-tsa")));
}

}  // namespace
}  // namespace yinxin::server
