// SPDX-License-Identifier: Apache-2.0
#include "verify/token_check.h"

#include <gtest/gtest.h>

#include "common/time_text.h"
#include "keys/crypto/digest.h"
#include "keys/crypto/public_key.h"
#include "signer/fact_token.h"
#include "tests/keys/test_pki.h"

namespace yinxin::verify {
namespace {

class TokenCheckTest : public testing::Test {
  protected:
    signer::TokenClaims claims() const {
        signer::TokenClaims claims;
        claims.code = "7K3M9Q2T5W8X4Y6Y";
        claims.issued_at = *parse_rfc3339("2026-01-31T01:00:00Z");
        claims.type = "tax-payment-record";
        claims.issuer_code = "990001";
        claims.period_from = "2021-01";
        claims.period_to = "2025-12";
        claims.has_total = true;
        claims.total_fen = -1234567;
        claims.pages = 2;
        claims.masked_name = "买******提";
        claims.masked_id = "9****************5";
        return claims;
    }
    std::string make(const signer::TokenClaims& of) {
        return signer::make_fact_token(of, *key_, "d1", 251);
    }
    std::vector<TokenKey> keys() const {
        return {{keys::short_key_id(key_->spki()), key_->spki()}};
    }

    tests::TestPki pki_{SystemClock().now()};
    std::unique_ptr<keys::SoftwareKey> key_ =
        pki_.key(keys::CertificateUse::Token, keys::KeyAlgorithm::EcdsaP256);
};

TEST_F(TokenCheckTest, ReadsWhatTheSignerWrote) {
    const auto facts = check_token(make(claims()), keys());
    ASSERT_TRUE(facts);
    EXPECT_EQ(facts->code, "7K3M9Q2T5W8X4Y6Y");
    EXPECT_EQ(to_rfc3339(facts->issued_at), "2026-01-31T01:00:00Z");
    EXPECT_EQ(facts->type, "tax-payment-record");
    EXPECT_EQ(facts->issuer_code, "990001");
    EXPECT_EQ(facts->period_from, "2021-01");
    EXPECT_EQ(facts->period_to, "2025-12");
    EXPECT_EQ(facts->total_fen, -1234567);
    EXPECT_EQ(facts->pages, 2);
    EXPECT_EQ(facts->masked_name, "买******提");
    EXPECT_EQ(facts->masked_id, "9****************5");
}

TEST_F(TokenCheckTest, ReadsDaysAndWhatIsLeftOut) {
    signer::TokenClaims few = claims();
    few.type = "invoice";
    few.issuer_code = "000001";
    few.period_from = "2024-02-29";
    few.period_to = "2024-03-01";
    few.has_total = false;
    few.masked_name = std::string(33, '*');
    few.masked_id = "";
    auto facts = check_token(make(few), keys());
    ASSERT_TRUE(facts);
    EXPECT_EQ(facts->type, "invoice");
    EXPECT_EQ(facts->issuer_code, "000001");
    EXPECT_EQ(facts->period_from, "2024-02-29");
    EXPECT_EQ(facts->period_to, "2024-03-01");
    EXPECT_FALSE(facts->total_fen);
    EXPECT_EQ(facts->masked_id, "");
    few.period_from = few.period_to = "";
    facts = check_token(make(few), keys());
    ASSERT_TRUE(facts);
    EXPECT_EQ(facts->period_from + facts->period_to, "");
}

TEST_F(TokenCheckTest, KnowsOnlyThePublishedKeys) {
    const std::string token = make(claims());
    EXPECT_FALSE(check_token(token, {}));
    const auto other = pki_.key(keys::CertificateUse::Token, keys::KeyAlgorithm::EcdsaP256);
    EXPECT_FALSE(check_token(token, {{keys::short_key_id(other->spki()), other->spki()}}));
    // another key under the right name
    EXPECT_FALSE(check_token(token, {{keys::short_key_id(key_->spki()), other->spki()}}));
}

TEST_F(TokenCheckTest, NoOtherTextIsTheSameToken) {
    const std::string token = make(claims());
    for (const std::string& other : {token + "=",
                                     token + "A",
                                     " " + token,
                                     token.substr(0, token.size() - 1),
                                     token + "\n",
                                     std::string()}) {
        EXPECT_FALSE(check_token(other, keys())) << other;
    }
    for (std::size_t at = 0; at < token.size(); ++at) {
        for (int bit = 0; bit < 8; ++bit) {
            std::string changed = token;
            changed[at] = static_cast<char>(changed[at] ^ (1 << bit));
            ASSERT_FALSE(check_token(changed, keys())) << at << " " << bit;
        }
    }
}

/// Signs any payload, so that the strictness of reading is tested behind a good signature.
class TokenPayloadTest : public TokenCheckTest {
  protected:
    std::optional<TokenFacts> check(const std::string& payload_hex,
                                    const std::string& unprotected = "a0") {
        const std::string header = "a201260448" + to_hex(keys::short_key_id(key_->spki()));
        const Bytes payload = from_hex(payload_hex);
        const std::string payload_string =
            (payload.size() < 24
                 ? to_hex(Bytes{static_cast<std::uint8_t>(0x40 + payload.size())})
                 : "58" + to_hex(Bytes{static_cast<std::uint8_t>(payload.size())})) +
            payload_hex;
        const Bytes message =
            from_hex("846a5369676e6174757265314d" + header + "40" + payload_string);
        keys::SignOrder order;
        order.purpose = keys::KeyPurpose::Token;
        order.subject = "d1";
        order.message = message;
        const Bytes digest = keys::sha256(message);
        order.digest = digest;
        const Bytes fixed = keys::p256_signature_from_der(key_->sign(order));
        return check_token(to_base64url(from_hex("844d" + header + unprotected + payload_string +
                                                 "5840" + to_hex(fixed))),
                           keys());
    }
    static constexpr const char* kGood =
        "a3061a697d5410074a2c4333d8191f0dd1789e20884c7d40e9c19e4d5ac5714b60941a000f1b31390264183b1a"
        "0012d6870267e4b9b006e68f9063391035";
    static std::string with(const std::string& from, const std::string& to) {
        std::string text = kGood;
        return text.replace(text.find(from), from.size(), to);
    }
};

TEST_F(TokenPayloadTest, AcceptsOnlyTheOneForm) {
    ASSERT_TRUE(check(kGood));
    EXPECT_FALSE(check(kGood, "a10103"));
    const std::vector<std::pair<std::string, std::string>> bad = {
        {"a306", "a406"},                                              // a claim more than there is
        {"061a697d5410", "061b00000000697d5410"},                      // not the shortest form
        {"a3061a", "bf061a"},                                          // indefinite
        {"20884c", "20894c"},                                          // nine facts
        {"074a", "064a"},                                              // the same key twice
        {"1a000f1b31", "1a000f4240"},                                  // issuer 1,000,000
        {"390264183b", "390264f93c00"},                                // a float
        {"390264183b", "f6183b"},                                      // an end without a beginning
        {"1a0012d68702", "1a0012d68700"},                              // no page
        {"e4b9b006", "e4b9b02a2a"},                                    // two asterisks side by side
        {"e4b9b006", "e4b9b02a06"},                                    // an asterisk before a run
        {"e4b9b006", "e4b9b001"},                                      // another control character
        {"67e4b9b006e68f90", "67e4b9b006e68fff"},                      // not UTF-8
        {"4c7d40e9c19e4d5ac5714b6094", "4c7d40e9c19e4d5ac5714bffff"},  // base 40 out of range
        {"4c7d40e9c19e4d5ac5714b6094", "4c7d40e9c19e4d5ac5714b0000"},  // filled up by a whole group
        {"4c7d40e9c19e4d5ac5714b6094", "4c7d40e9c19e00005ac5714b6094"},
    };
    for (const auto& [from, to] : bad) {
        EXPECT_FALSE(check(with(from, to))) << from << " -> " << to;
    }
    EXPECT_FALSE(check(std::string(kGood) + "00"));
}

}  // namespace
}  // namespace yinxin::verify
