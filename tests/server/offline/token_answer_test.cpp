// SPDX-License-Identifier: Apache-2.0
#include "server/offline/token_answer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <vector>

#include "common/time_text.h"
#include "keys/crypto/public_key.h"
#include "keys/pki/certificate.h"
#include "signer/fact_token.h"
#include "tests/keys/test_pki.h"
#include "tests/support/expect_error.h"

namespace yinxin::server {
namespace {

using nlohmann::json;
using std::chrono::hours;

constexpr const char* kAddress = "https://yz.example/v/7K3M9Q2T5W8X4Y6Y#";

/// With + / and padding, as x5c has it.
std::string plain_base64(ByteView bytes) {
    std::string text = to_base64url(bytes);
    std::replace(text.begin(), text.end(), '-', '+');
    std::replace(text.begin(), text.end(), '_', '/');
    return text + std::string((4 - text.size() % 4) % 4, '=');
}

class TokenAnswer : public testing::Test {
  protected:
    json key_set() const {
        const keys::PointP256 point = *keys::p256_point(key_->spki());
        json x5c = json::array();
        for (const Bytes& der : key_->chain()) {
            x5c.push_back(plain_base64(der));
        }
        return {{"keys",
                 {{{"kty", "EC"},
                   {"crv", "P-256"},
                   {"kid", to_base64url(keys::short_key_id(key_->spki()))},
                   {"x", to_base64url(point.x)},
                   {"y", to_base64url(point.y)},
                   {"x5c", x5c}},
                  {{"kty", "RSA"}}}}};
    }
    std::string token(Time issued_at) const {
        signer::TokenClaims claims;
        claims.code = "7K3M9Q2T5W8X4Y6Y";
        claims.issued_at = issued_at;
        claims.type = "tax-payment-record";
        claims.issuer_code = "990001";
        claims.period_from = "2021-01";
        claims.period_to = "2025-12";
        claims.has_total = true;
        claims.total_fen = 1234567;
        claims.pages = 2;
        claims.masked_name = "买******提";
        claims.masked_id = "9****************5";
        return signer::make_fact_token(claims, *key_, "d1", 251);
    }
    json ask(const std::string& text, const std::vector<Bytes>& anchors = {}) const {
        return answer_offline(text, read_key_set(key_set()), anchors, now_);
    }

    const Time now_ = *parse_rfc3339("2026-01-31T01:00:00Z");
    tests::TestPki pki_{now_};
    const std::unique_ptr<keys::SoftwareKey> key_ =
        pki_.key(keys::CertificateUse::Token, keys::KeyAlgorithm::EcdsaP256);
};

TEST_F(TokenAnswer, SaysWhatWasIssuedAndNothingStronger) {
    for (const std::string& text : {kAddress + token(now_), token(now_)}) {
        const json answer = ask(text, {pki_.root()});
        EXPECT_EQ(answer.at("token"), "genuine");
        EXPECT_EQ(answer.at("outcome"), "not_verified");
        EXPECT_EQ(answer.at("status"), "unknown");
        EXPECT_EQ(answer.at("issuer").at("trusted"), "yes");
        EXPECT_EQ(answer.at("issuer").at("valid_at_sealing"), true);
        EXPECT_EQ(answer.at("document").at("code"), "7K3M9Q2T5W8X4Y6Y");
        EXPECT_EQ(answer.at("document").at("issued_at"), "2026-01-31T01:00:00Z");
        std::map<std::string, std::string> facts;
        for (const json& fact : answer.at("facts")) {
            facts[fact.at("name")] = fact.at("value");
        }
        EXPECT_EQ(facts,
                  (std::map<std::string, std::string>{{"name", "买******提"},
                                                      {"id", "9****************5"},
                                                      {"period", "2021-01 – 2025-12"},
                                                      {"total", "12,345.67"},
                                                      {"pages", "2"}}));
    }
}

TEST_F(TokenAnswer, WhoMayIssueIsSaidByTheAnchorsOnly) {
    EXPECT_EQ(ask(token(now_)).at("issuer").at("trusted"), "unknown");
    EXPECT_EQ(ask(token(now_), {tests::TestPki(now_).root()}).at("issuer").at("trusted"), "no");
}

TEST_F(TokenAnswer, AChangedTokenOrOneBehindAnotherAddressIsNotGenuine) {
    const std::string good = token(now_);
    std::string changed = good;
    changed[60] = changed[60] == 'A' ? 'B' : 'A';
    std::string second_spelling = good;  // the last symbol's unused bits
    second_spelling.back() = static_cast<char>(second_spelling.back() + 1);
    for (const std::string& text :
         std::vector<std::string>{changed,
                                  second_spelling,
                                  good + "=",
                                  "https://yz.example/v/x#" + changed,
                                  "https://yz.example/v/x#" + good,
                                  "https://yz.example/v/7K3M9Q2T5W8X4Y6Y#",
                                  "#"}) {
        const json answer = ask(text);
        EXPECT_EQ(answer.at("token"), "not_genuine") << text;
        EXPECT_FALSE(answer.contains("facts"));
        EXPECT_EQ(answer.at("issuer").at("trusted"), "unknown");
    }
    for (const char* text :
         {"", "hello", "01,31,,26990000000001,12.00,20260131,,A1B2", "https://yz.example/v/x"}) {
        EXPECT_ERROR(ask(text), Malformed, "not the text of a signed QR code");
    }
    const json other = ask("https://yz.example/v/2222222222222222#" + good);
    EXPECT_EQ(other.at("token"), "not_genuine");
    EXPECT_THAT(other.at("why").get<std::string>(), testing::HasSubstr("another document"));
}

TEST_F(TokenAnswer, AKeyCountsOnlyWhileItsCertificateDoes) {
    for (const Time issued_at : {now_ - hours(2), now_ + hours(24 * 366)}) {
        const json answer = ask(token(issued_at), {pki_.root()});
        EXPECT_EQ(answer.at("token"), "not_genuine");
        EXPECT_EQ(answer.at("issuer").at("valid_at_sealing"), false);
        EXPECT_THAT(answer.at("why").get<std::string>(), testing::HasSubstr("not valid"));
    }
}

TEST_F(TokenAnswer, AKeySetWhoseKeysAreNotThoseOfTheirCertificatesIsRefused) {
    json wrong = key_set();
    wrong["keys"][0]["x"] = wrong["keys"][0]["y"];
    EXPECT_ERROR(read_key_set(wrong), Malformed, "not the one of its certificate");
    wrong = key_set();
    wrong["keys"][0]["x5c"] = json::array();
    EXPECT_ERROR(read_key_set(wrong), Malformed, "x5c");
    EXPECT_ERROR(read_key_set(json::array()), Malformed, "jwks.json");
    EXPECT_ERROR(read_key_set({{"keys", json::array()}}), Malformed, "no P-256 key");
}

}  // namespace
}  // namespace yinxin::server
