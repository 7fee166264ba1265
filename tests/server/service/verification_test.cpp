// SPDX-License-Identifier: Apache-2.0
#include <chrono>

#include "server/domain/verification_code.h"
#include "signer/fact_token.h"
#include "tests/server/service/service_fixture.h"

namespace yinxin::server {
namespace {

class VerificationTest : public ServiceTest {
  protected:
    VerificationTest()
        : issued_(service_->issue(alice_, record("k")).body), code_(issued_.at("code")) {}

    Json with_fact(const std::string& code, const std::string& name, const std::string& value) {
        return service_->verify_fact({{"code", code}, {"fact", {{name, value}}}});
    }
    std::string unknown_code() { return new_verification_code(world_->random); }
    Bytes file() { return service_->pdf(alice_, issued_.at("id"), std::nullopt).pdf; }

    const Json issued_;
    const std::string code_;
};

TEST_F(VerificationTest, ShowsTierZeroForACodeAndNothingPersonal) {
    const Json answer = service_->verify_code(print_verification_code(code_));
    EXPECT_EQ(answer.at("outcome"), "on_record");
    EXPECT_EQ(answer.at("integrity"), "not_checked");
    EXPECT_EQ(answer.at("status"), "valid");
    EXPECT_EQ(answer.at("issuer").at("trusted"), "yes");
    EXPECT_EQ(answer.at("document").at("type"), "tax-payment-record");
    EXPECT_EQ(answer.at("document").at("issuer"), "示例市税务局");
    EXPECT_EQ(answer.at("document").at("issued_on"), "2026-01-31");
    EXPECT_FALSE(answer.contains("facts"));
    for (const char* secret : {"张小明", "990000198510240035", "202699000100000001"}) {
        EXPECT_EQ(answer.dump().find(secret), std::string::npos) << secret;
    }
}

TEST_F(VerificationTest, AnswersATypingErrorAsOne) {
    EXPECT_EQ(code_of([&] { service_->verify_code("O" + code_.substr(1)); }), ErrorCode::Malformed);
    EXPECT_EQ(code_of([&] { service_->verify_code(code_.substr(1)); }), ErrorCode::Malformed);
    EXPECT_EQ(code_of([&] { with_fact("x", "id_last6", "240035"); }), ErrorCode::Malformed);
}

TEST_F(VerificationTest, ShowsMaskedFactsAfterAFactFromThePaper) {
    const Json by_id = with_fact(code_, "id_last6", "240035");
    EXPECT_EQ(by_id.at("outcome"), "on_record");
    EXPECT_EQ(by_id.at("document").at("number"), issued_.at("number"));
    EXPECT_EQ(by_id.at("document").at("sha256"), issued_.at("sha256"));
    EXPECT_NE(by_id.dump().find("张*明"), std::string::npos);
    EXPECT_NE(by_id.dump().find("990***********0035"), std::string::npos);
    EXPECT_EQ(by_id.dump().find("990000198510240035"), std::string::npos);

    std::string total;
    for (const Json& fact : by_id.at("facts")) {
        total = fact.at("name") == "total" ? fact.at("value").get<std::string>() : total;
    }
    ASSERT_FALSE(total.empty());
    const Json by_total = with_fact(code_, "total", total);
    EXPECT_EQ(by_total.at("outcome"), "on_record");
    // The amount proves less than the ID number's end: the short mask.
    EXPECT_EQ(by_total.dump().find("0035"), std::string::npos);
}

TEST_F(VerificationTest, TellsAWrongFactFromNothingElse) {
    const std::string wrong = with_fact(code_, "id_last6", "000000").dump();
    EXPECT_EQ(with_fact(unknown_code(), "id_last6", "240035").dump(), wrong);
    EXPECT_EQ(with_fact(code_, "total", "0.01").dump(), wrong);
    EXPECT_EQ(with_fact(code_, "total", "").dump(), wrong);
    EXPECT_EQ(with_fact(code_, "no_such_fact", "1").dump(), wrong);
    EXPECT_EQ(service_->verify_code(unknown_code()).dump(), wrong);
}

TEST_F(VerificationTest, TakesTheSameTimeForWrongAndUnknown) {
    const auto milliseconds = [&](const std::string& code, const std::string& value) {
        const auto begin = std::chrono::steady_clock::now();
        with_fact(code, "id_last6", value);
        return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin)
            .count();
    };
    EXPECT_GE(milliseconds(code_, "000000"), 50);
    EXPECT_GE(milliseconds(unknown_code(), "000000"), 50);
    EXPECT_GE(milliseconds(code_, "240035"), 50);
}

TEST_F(VerificationTest, ClosesTheFactPathAfterFiveFailuresAndNoOther) {
    const std::string never = unknown_code();
    for (int i = 0; i < 5; ++i) {
        with_fact(code_, "id_last6", "000000");
        with_fact(never, "id_last6", "000000");
    }
    EXPECT_EQ(with_fact(code_, "id_last6", "240035").at("outcome"), "not_verified");
    EXPECT_EQ(with_fact(never, "id_last6", "240035"), with_fact(code_, "id_last6", "240035"));
    EXPECT_EQ(service_->verify_code(code_).at("outcome"), "on_record");
    start();
    EXPECT_EQ(with_fact(code_, "id_last6", "240035").at("outcome"), "not_verified");
    world_->clock.set(world_->clock.now() + std::chrono::minutes(11));
    EXPECT_EQ(with_fact(code_, "id_last6", "240035").at("outcome"), "on_record");
}

TEST_F(VerificationTest, RefusesAQuestionThatIsNoQuestion) {
    for (const Json& question : {Json::array(),
                                 Json::object(),
                                 Json{{"code", 5}},
                                 Json{{"code", code_}, {"fact", "x"}},
                                 Json{{"code", code_}, {"fact", Json::object()}},
                                 Json{{"code", code_}, {"fact", {{"a", "1"}, {"b", "2"}}}},
                                 Json{{"code", code_}, {"fact", {{"total", 5}}}},
                                 Json{{"code", code_}, {"more", "x"}},
                                 Json{{"fact", {{"total", "1.00"}}}},
                                 Json{{"token", std::string(600, 'A')}}}) {
        EXPECT_EQ(code_of([&] { service_->verify_fact(question); }), ErrorCode::Invalid)
            << question;
    }
    EXPECT_EQ(service_->verify_fact({{"code", code_}}).at("outcome"), "on_record");
}

TEST_F(VerificationTest, NamesWhatIsWrongWithAQuestionByPointer) {
    const auto pointer = [this](const Json& question) {
        try {
            service_->verify_fact(question);
        } catch (const Error& error) {
            return error.fields().at(0).pointer;
        }
        return std::string("nothing was thrown");
    };
    EXPECT_EQ(pointer({{"code", code_}, {"a/b~c", 1}}), "/a~1b~0c");
    EXPECT_EQ(pointer({{"code", code_}, {"fact", {{"a/b~c", 1}}}}), "/fact/a~1b~0c");
}

TEST_F(VerificationTest, AsksForTheFactsOfTheDocumentAndKeepsTheirValues) {
    const auto asked = service_->askable(code_);
    ASSERT_EQ(asked.size(), 2u);
    for (const pdf::AskedFact& fact : asked) {
        EXPECT_EQ(fact.expected, "");
    }
    EXPECT_EQ(service_->askable(unknown_code()).size(), 2u);
}

TEST_F(VerificationTest, KnowsItsOwnBytes) {
    const Json answer = service_->verify_file(file());
    EXPECT_EQ(answer.at("outcome"), "genuine");
    EXPECT_EQ(answer.at("integrity"), "intact");
    EXPECT_EQ(answer.at("status"), "valid");
    EXPECT_EQ(answer.at("document").at("revision"), 1);
    EXPECT_FALSE(answer.contains("facts"));
    EXPECT_EQ(answer.dump().find("张小明"), std::string::npos);
}

TEST_F(VerificationTest, CallsAFileAlteredThatWasChangedOrAddedTo) {
    Bytes changed = file();
    changed[changed.size() / 3] ^= 1;
    EXPECT_NE(service_->verify_file(changed).at("outcome"), "genuine");

    Bytes longer = file();
    const std::string tail = "\n% something more\n";
    longer.insert(longer.end(), tail.begin(), tail.end());
    const Json answer = service_->verify_file(longer);
    EXPECT_NE(answer.at("outcome"), "genuine");
    EXPECT_NE(answer.at("outcome"), "sealed_elsewhere");

    EXPECT_EQ(service_->verify_file(as_bytes("no pdf")).at("outcome"), "not_verified");
    EXPECT_EQ(service_->verify_file(as_bytes("no pdf")).at("integrity"), "unreadable");
}

TEST_F(VerificationTest, SaysThatAFileOfItsKeyOutsideTheRegisterIsSealedElsewhere) {
    const Bytes pdf = file();
    service_.reset();
    store_.reset();
    std::filesystem::remove(options_.path);
    start();
    const Json answer = service_->verify_file(pdf);
    EXPECT_EQ(answer.at("outcome"), "sealed_elsewhere");
    EXPECT_EQ(answer.at("integrity"), "intact");
    EXPECT_EQ(answer.at("status"), "unknown");
    EXPECT_EQ(answer.at("issuer").at("trusted"), "yes");
    EXPECT_EQ(answer.at("signatures").size(), 1u);
}

TEST_F(VerificationTest, ShowsARevokedDocumentWithItsReasonAndWithoutAmounts) {
    const Bytes pdf = file();
    service_->revoke(alice_, issued_.at("id"), "issued by mistake", "v");
    for (const Json& answer :
         {service_->verify_code(code_), with_fact(code_, "id_last6", "240035")}) {
        EXPECT_EQ(answer.at("outcome"), "revoked");
        EXPECT_EQ(answer.at("status"), "revoked");
        EXPECT_EQ(answer.at("status_reason"), "issued by mistake");
        EXPECT_TRUE(answer.contains("status_at"));
        EXPECT_FALSE(answer.contains("facts"));
    }
    const Json answer = service_->verify_file(pdf);
    EXPECT_EQ(answer.at("outcome"), "revoked");
    EXPECT_EQ(answer.at("integrity"), "intact");
    EXPECT_EQ(with_fact(code_, "id_last6", "000000").at("outcome"), "not_verified");
}

TEST_F(VerificationTest, ShowsASupersededDocumentWithoutItsSuccessor) {
    const Json made = service_
                          ->replace(alice_,
                                    issued_.at("id"),
                                    sample("tax-payment-record.one-year.json"),
                                    "new print",
                                    "r")
                          .body;
    const Json answer = service_->verify_code(code_);
    EXPECT_EQ(answer.at("outcome"), "superseded");
    EXPECT_EQ(answer.dump().find(made.at("code").get<std::string>()), std::string::npos);
    EXPECT_EQ(answer.dump().find(made.at("id").get<std::string>()), std::string::npos);
}

TEST_F(VerificationTest, PublishesKeysThatCheckItsTokens) {
    const Json keys = service_->jwks().at("keys");
    ASSERT_EQ(keys.size(), 1u);
    EXPECT_EQ(keys.at(0).at("kty"), "EC");
    EXPECT_EQ(from_base64url(keys.at(0).at("x").get<std::string>()).size(), 32u);
    EXPECT_EQ(keys.at(0).at("x5c").size(), world_->token_key->chain().size());
    EXPECT_EQ(keys::certificates_from_pem(service_->seal_certificates_pem()),
              world_->seal_key->chain());
}

TEST_F(VerificationTest, AcceptsTheTokenOfTheQrAndNoOther) {
    // The token is caught where it is signed; what is printed is the same.
    signer::TokenClaims claims;
    claims.code = code_;
    claims.issued_at = world_->clock.now();
    claims.type = "tax-payment-record";
    claims.issuer_code = "990001";
    claims.pages = 1;
    const std::string token = signer::make_fact_token(claims, *world_->token_key, "x", 203);
    EXPECT_EQ(service_->verify_fact({{"token", token}}).at("outcome"), "on_record");
    const Json answer = service_->verify_fact({{"code", code_}, {"token", token}});
    EXPECT_EQ(answer.at("outcome"), "on_record");
    EXPECT_EQ(answer.dump().find("0035"), std::string::npos);  // short masks

    const std::string none = service_->verify_code(unknown_code()).dump();
    EXPECT_EQ(service_->verify_fact({{"code", unknown_code()}, {"token", token}}).dump(), none);
    std::string changed = token;
    changed[token.size() / 2] = changed[token.size() / 2] == 'A' ? 'B' : 'A';
    EXPECT_EQ(service_->verify_fact({{"code", code_}, {"token", changed}}).dump(), none);
    claims.code = unknown_code();
    const std::string other = signer::make_fact_token(claims, *world_->token_key, "x", 203);
    EXPECT_EQ(service_->verify_fact({{"token", other}}).dump(), none);
}

}  // namespace
}  // namespace yinxin::server
