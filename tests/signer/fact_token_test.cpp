// SPDX-License-Identifier: Apache-2.0
#include "signer/fact_token.h"

#include <openssl/ecdsa.h>

#include "common/time_text.h"
#include "keys/crypto/digest.h"
#include "keys/crypto/openssl.h"
#include "keys/crypto/public_key.h"
#include "keys/pki/certificate.h"
#include "tests/keys/test_pki.h"
#include "tests/support/expect_error.h"

namespace yinxin::signer {
namespace {

constexpr const char* kPlainFacts =
    "a3061a697d5410074a2c4333d8191f0dd1789e20884c7d40e9c19e4d5ac5714b6094"
    "1a000f1b31390264183b1a0012d6870267e4b9b006e68f9063391035";
constexpr const char* kFewFacts =
    "a3061a697d5410074a2c4333d8191f0dd1789e2088463a865f2b1f4001195004f624016060";

TokenClaims plain_claims() {
    TokenClaims claims;
    claims.code = "7K3M9Q2T5W8X4Y6Y";
    claims.issued_at = *parse_rfc3339("2026-01-31T01:00:00.999Z");
    claims.type = "tax-payment-record";
    claims.issuer_code = "990001";
    claims.period_from = "2021-01";
    claims.period_to = "2025-12";
    claims.has_total = true;
    claims.total_fen = 1234567;
    claims.pages = 2;
    claims.masked_name = "买******提";
    claims.masked_id = "9****************5";
    return claims;
}

class FactTokenTest : public testing::Test {
  protected:
    std::string make(const TokenClaims& claims, std::size_t text_bytes_max = 251) {
        return make_fact_token(claims, *key_, "d1", text_bytes_max);
    }
    /// The payload of a token; its frame and its signature are checked on the way.
    std::string payload(const std::string& token) {
        const Bytes bytes = from_base64url(token);
        const Bytes kid = keys::short_key_id(keys::Certificate::from_der(key_->chain()[0]).spki);
        const std::string frame = "844da201260448" + to_hex(kid) + "a0";
        const std::string hex = to_hex(bytes);
        EXPECT_EQ(hex.substr(0, frame.size()), frame);
        EXPECT_EQ(hex.substr(hex.size() - 2 * 66, 4), "5840");
        const std::string payload_string =
            hex.substr(frame.size(), hex.size() - frame.size() - 2 * 66);
        const std::string message =
            "846a5369676e617475726531" + frame.substr(2, frame.size() - 4) + "40" + payload_string;
        EXPECT_TRUE(keys::verify_sha256(
            key_->spki(), from_hex(message), der_signature(ByteView(bytes).last(64))));
        const std::size_t head = payload_string.starts_with("58") ? 4 : 2;
        return payload_string.substr(head);
    }
    static Bytes der_signature(ByteView fixed) {
        const keys::EcdsaSigPtr signature(ECDSA_SIG_new());
        ECDSA_SIG_set0(signature.get(),
                       BN_bin2bn(fixed.data(), 32, nullptr),
                       BN_bin2bn(fixed.data() + 32, 32, nullptr));
        return keys::to_der<i2d_ECDSA_SIG>(signature.get());
    }

    tests::TestPki pki_{SystemClock().now()};
    std::unique_ptr<keys::SoftwareKey> key_ =
        pki_.key(keys::CertificateUse::Token, keys::KeyAlgorithm::EcdsaP256);
};

// The expected bytes were written by an independent encoder (Python, after signer/README.md).
TEST_F(FactTokenTest, IsTheDocumentedBytes) {
    EXPECT_EQ(payload(make(plain_claims())), kPlainFacts);

    TokenClaims few = plain_claims();
    few.type = "invoice";
    few.issuer_code = "000001";
    few.period_from = "2026-01-31";
    few.period_to = "";
    few.has_total = false;
    few.pages = 1;
    few.masked_name = few.masked_id = "";
    few.total_fen = 99;
    // no total: null where kFewFacts has -5
    std::string expected = kFewFacts;
    expected.replace(expected.rfind("f624"), 4, "f6f6");
    EXPECT_EQ(payload(make(few)), expected);

    few.has_total = true;
    few.total_fen = -5;  // a red document
    EXPECT_EQ(payload(make(few)), kFewFacts);
}

TEST_F(FactTokenTest, PeriodsAreABeginningAndALength) {
    const auto facts_after_issuer = [this](const char* from, const char* to) {
        TokenClaims claims = plain_claims();
        claims.period_from = from;
        claims.period_to = to;
        const std::string hex = payload(make(claims));
        const std::size_t begin = hex.find("1a000f1b31") + 10;
        return hex.substr(begin, hex.find("1a0012d687") - begin);
    };
    EXPECT_EQ(facts_after_issuer("", ""), "f6f6");
    EXPECT_EQ(facts_after_issuer("2026-01-31", "2026-01-31"), "19500400");
    EXPECT_EQ(facts_after_issuer("2026-01-31", "2027-01-31"), "19500419016d");
    EXPECT_EQ(facts_after_issuer("2026-01", ""), "3902a0f6");
    EXPECT_EQ(facts_after_issuer("2026-01", "2026-01"), "3902a000");
    EXPECT_EQ(facts_after_issuer("2026-01", "2027-02"), "3902a00d");
}

TEST_F(FactTokenTest, IsSignedAndCountedAsAToken) {
    make(plain_claims());
    EXPECT_EQ(key_->operations(),
              (std::map<keys::KeyPurpose, std::uint64_t>{{keys::KeyPurpose::Token, 1}}));
}

TEST_F(FactTokenTest, LongNamesAreCutStepByStepAndOnlyAsFarAsNeeded) {
    TokenClaims claims = plain_claims();
    claims.type = "invoice";
    claims.masked_name = "示例采购股份有限公司";
    claims.masked_id = "91990000MADEM002XB";
    const auto ends_with = [this, &claims](std::size_t text_bytes_max) {
        const std::string token = make(claims, text_bytes_max);
        EXPECT_LE(token.size(), text_bytes_max);
        const std::string hex = payload(token);
        return hex.substr(hex.find("1a0012d68702") + 12);
    };
    const auto text = [](const std::string& name, const std::string& id) {
        return to_hex(as_bytes(name)) + to_hex(as_bytes(id));
    };
    const std::string id =
        "\x72"
        "91990000MADEM002XB";
    const std::size_t whole = make(claims).size();
    EXPECT_EQ(ends_with(whole), "781e" + text("示例采购股份有限公司", id));
    EXPECT_EQ(ends_with(whole - 1), text("\x67示\x08司", id));
    const std::size_t name_cut = make(claims, whole - 1).size();
    EXPECT_EQ(ends_with(name_cut - 1),
              text("\x67示\x08司",
                   "\x63"
                   "9\x10"
                   "B"));
    const std::size_t id_cut = make(claims, name_cut - 1).size();
    EXPECT_EQ(ends_with(id_cut - 1),
              text("\x64示\x09",
                   "\x63"
                   "9\x10"
                   "B"));
    const std::size_t smallest = make(claims, id_cut - 1).size();
    EXPECT_ERROR(make(claims, smallest - 1), Internal, "do not fit");
    EXPECT_EQ(claims.masked_name, "示例采购股份有限公司");
}

TEST_F(FactTokenTest, TheWorstFactsFitIntoThePromisedLength) {
    TokenClaims claims = plain_claims();
    claims.type = "tax-paid-certificates";
    ASSERT_GT(claims.type.size(), 20u);
    claims.type.resize(20);
    claims.issuer_code = "999999";
    claims.issued_at = *parse_rfc3339("2105-12-31T23:59:59Z");
    claims.period_from = "2026-01-01";
    claims.period_to = "2030-12-31";
    claims.total_fen = -9'999'999'999'999;
    claims.pages = 200;
    for (int i = 0; i < 200; ++i) {
        claims.masked_name += "𠮷";
        claims.masked_id += "𬭎";
    }
    claims.masked_id = std::string(18, '9');
    EXPECT_LE(make(claims, fact_token_text_bytes_largest).size(), fact_token_text_bytes_largest);
}

TEST_F(FactTokenTest, WhatTheFormatCannotSayIsAFaultOfOurs) {
    const auto with = [this](auto change) {
        TokenClaims claims = plain_claims();
        change(claims);
        return make(claims);
    };
    EXPECT_ERROR(with([](auto& c) { c.code = "7K3M-9Q2T-5W8X-4Y6Y"; }), Internal, "16 symbols");
    EXPECT_ERROR(with([](auto& c) { c.type = "Invoice"; }), Internal, "document type");
    for (const char* code : {"", "99000", "9900011", "99000x", "-99000", "+99000"}) {
        EXPECT_ERROR(with([&](auto& c) { c.issuer_code = code; }), Internal, "six digits");
    }
    EXPECT_ERROR(with([](auto& c) { c.period_from = ""; }), Internal, "without a beginning");
    EXPECT_ERROR(with([](auto& c) { c.period_to = "2020-12"; }), Internal, "is none");
    EXPECT_ERROR(with([](auto& c) { c.period_to = "2025-12-01"; }), Internal, "is none");
    EXPECT_ERROR(with([](auto& c) { c.pages = 0; }), Internal, "pages");
}

TEST_F(FactTokenTest, NeedsAP256KeyWithACertificate) {
    const auto rsa = pki_.key(keys::CertificateUse::Token, keys::KeyAlgorithm::Rsa2048);
    EXPECT_ERROR(make_fact_token(plain_claims(), *rsa, "d1", 251), Invalid, "p256");
    const auto bare = keys::SoftwareKey::generate("token", keys::KeyAlgorithm::EcdsaP256);
    EXPECT_ERROR(make_fact_token(plain_claims(), *bare, "d1", 251), Invalid, "token key token");
}

}  // namespace
}  // namespace yinxin::signer
