// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <atomic>
#include <chrono>
#include <future>
#include <map>
#include <tuple>

#include "pdf/reader.h"
#include "pdf/revision_writer.h"
#include "server/domain/verification_code.h"
#include "server/service/verification.h"
#include "signer/fact_token.h"
#include "tests/server/service/forwarding_store.h"
#include "tests/server/service/service_fixture.h"
#include "tests/verify/cms_editor.h"

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

TEST_F(VerificationTest, AnswersAFactOfTheWrongFormAsATypingErrorAndDoesNotCountIt) {
    const std::vector<std::pair<std::string, std::string>> mistyped{{"id_last6", "6050.56"},
                                                                    {"id_last6", "¥6050"},
                                                                    {"id_last6", " "},
                                                                    {"total", "24003X"},
                                                                    {"total", "990000198510240035"},
                                                                    {"total", "1.2.3"},
                                                                    {"total", ""}};
    for (const std::string& code : {code_, unknown_code()}) {
        for (const auto& [name, value] : mistyped) {
            EXPECT_EQ(code_of([&] { with_fact(code, name, value); }), ErrorCode::Malformed)
                << name << " " << value;
        }
    }
    EXPECT_EQ(with_fact(code_, "id_last6", "240035").at("outcome"), "on_record")
        << "none of them was counted";
}

TEST_F(VerificationTest, TakesTheEndOfAWholeNumber) {
    EXPECT_EQ(with_fact(code_, "id_last6", "990000198510240035").at("outcome"), "on_record");
    EXPECT_EQ(with_fact(code_, "id_last6", "990000198510240036").at("outcome"), "not_verified");
    EXPECT_EQ(with_fact(code_, "id_last6", "40035").at("outcome"), "not_verified");
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
    EXPECT_EQ(with_fact(code_, "no_such_fact", "1").dump(), wrong);
    EXPECT_EQ(service_->verify_code(unknown_code()).dump(), wrong);
}

/// Time that passes only when somebody says so.
class SteppedPace : public Pace {
  public:
    Point now() override { return now_; }
    void wait_until(Point at) override { now_ = std::max(now_, at); }
    void pass(std::chrono::milliseconds time) { now_ += time; }

  private:
    Point now_{};
};

TEST_F(VerificationTest, TakesTheSameTimeForWrongAndUnknown) {
    using std::chrono::milliseconds;
    // reading a document that exists takes longer than finding that there is none
    class SlowStore : public ForwardingStore {
      public:
        SlowStore(Store& store, SteppedPace& pace) : ForwardingStore(store), pace_(pace) {}
        std::optional<VerifiableDocument> document_by_code(const std::string& code) override {
            auto document = ForwardingStore::document_by_code(code);
            pace_.pass(document ? milliseconds(43) : milliseconds(2));
            return document;
        }

      private:
        SteppedPace& pace_;
    };
    SteppedPace pace;
    SlowStore store(*store_, pace);
    Verification verification(parts(store), pace);
    const auto takes = [&](const std::string& code, const std::string& value) {
        const auto begin = pace.now();
        verification.by_fact({{"code", code}, {"fact", {{"id_last6", value}}}});
        return std::chrono::duration_cast<milliseconds>(pace.now() - begin).count();
    };
    EXPECT_EQ(takes(code_, "000000"), 50);
    EXPECT_EQ(takes(unknown_code(), "000000"), 50);
    EXPECT_EQ(takes(code_, "240035"), 50);
}

/// Counts the attempts that were let through.
class CountingStore : public ForwardingStore {
  public:
    using ForwardingStore::ForwardingStore;
    std::optional<std::int64_t> begin_fact_attempt(const std::string& code,
                                                   const FactLimits& limits,
                                                   Time now) override {
        const auto attempt = ForwardingStore::begin_fact_attempt(code, limits, now);
        let_through += attempt ? 1 : 0;
        return attempt;
    }
    std::atomic<int> let_through{0};
};

/// How often each outcome came when so many people ask at once.
std::map<std::string, int> outcomes_at_once(Verification& verification,
                                            const std::string& code,
                                            const std::string& value,
                                            int people) {
    std::vector<std::future<std::string>> asked;
    for (int i = 0; i < people; ++i) {
        asked.push_back(std::async(std::launch::async, [&] {
            return verification.by_fact({{"code", code}, {"fact", {{"id_last6", value}}}})
                .at("outcome")
                .get<std::string>();
        }));
    }
    std::map<std::string, int> outcomes;
    for (auto& each : asked) {
        ++outcomes[each.get()];
    }
    return outcomes;
}

TEST_F(VerificationTest, RightAnswersAtOnceDoNotCountAgainstEachOther) {
    Verification verification(parts(*store_));
    EXPECT_EQ(outcomes_at_once(verification, code_, "240035", 40),
              (std::map<std::string, int>{{"on_record", 40}}));
}

TEST_F(VerificationTest, GuessesAtOnceAreNotMoreThanGuessesInTurn) {
    CountingStore store(*store_);
    Verification verification(parts(store));
    for (const std::string& code : {code_, unknown_code()}) {
        store.let_through = 0;
        EXPECT_EQ(outcomes_at_once(verification, code, "000000", 40),
                  (std::map<std::string, int>{{"not_verified", 40}}));
        EXPECT_EQ(store.let_through, 5);
        EXPECT_EQ(with_fact(code, "id_last6", "240035").at("outcome"), "not_verified");
    }
}

TEST_F(VerificationTest, LooksAtNoFactThatItCannotCount) {
    class FullStore : public ForwardingStore {
      public:
        using ForwardingStore::ForwardingStore;
        std::optional<std::int64_t> begin_fact_attempt(const std::string&,
                                                       const FactLimits&,
                                                       Time) override {
            throw Error(ErrorCode::StorageFull, "no room");
        }
    };
    FullStore store(*store_);
    Verification verification(parts(store));
    for (const std::string& code : {code_, unknown_code()}) {
        const Json question{{"code", code}, {"fact", {{"id_last6", "240035"}}}};
        EXPECT_EQ(code_of([&] { verification.by_fact(question); }), ErrorCode::StorageFull);
    }
    EXPECT_EQ(verification.by_code(code_).at("outcome"), "on_record");
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
    const auto usual = service_->askable(unknown_code());
    ASSERT_EQ(usual.size(), 2u);
    EXPECT_EQ(usual[0].name, "id_last6");
    EXPECT_EQ(usual[1].name, "total");
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

TEST_F(VerificationTest, SaysNothingOfAnOwnFileWhoseAdditionsCouldNotBeDecided) {
    Bytes longer = file();
    const std::string tail = "\n% something more\n";
    longer.insert(longer.end(), tail.begin(), tail.end());
    world_->inspector->edit = [](verify::DocumentReport& report) {
        report.integrity = verify::Integrity::NotChecked;
        for (auto& signature : report.signatures) {
            signature.verdict = verify::Verdict::Undecided;
        }
    };
    EXPECT_EQ(service_->verify_file(longer).at("outcome"), "not_verified");
    world_->inspector->edit = [](verify::DocumentReport& report) {
        report.integrity = verify::Integrity::NotChecked;
        for (auto& signature : report.signatures) {
            signature.verdict = verify::Verdict::Modified;
        }
    };
    world_->inspector->changed = {{2, to_bytes(as_bytes("was")), {}}};
    const Json answer = service_->verify_file(longer);
    world_->inspector->changed.clear();
    EXPECT_EQ(answer.at("outcome"), "altered");
    EXPECT_EQ(answer.at("changes"),
              (Json{{{"page", 2}, {"before", "data:image/png;base64,d2Fz"}, {"after", nullptr}}}));
    EXPECT_LT(world_->inspector->painted_from, longer.size());
    EXPECT_EQ(store_
                  ->revision_by_sha256(
                      keys::sha256(ByteView(longer).first(world_->inspector->painted_from)))
                  .has_value(),
              true);
    world_->inspector->edit = nullptr;
}

/// He may have signed his own change: only what the register has, or who is trusted, is "before".
TEST_F(VerificationTest, ShowsNothingAsSealedThatAStrangerSealed) {
    Bytes stranger = file();
    stranger[stranger.size() / 3] ^= 1;  // none of its revisions is registered
    const auto painted_from = [&](verify::Trust trusted, bool own) {
        world_->inspector->edit = [=](verify::DocumentReport& report) {
            report.integrity = verify::Integrity::Altered;
            for (auto& signature : report.signatures) {
                signature.verdict = verify::Verdict::Modified;
                ASSERT_TRUE(signature.signer);
                signature.signer->trusted = trusted;
                if (!own) {
                    signature.signer->certificate_sha256 = Bytes(32, 7);
                }
            }
        };
        world_->inspector->painted_from = 0;
        EXPECT_EQ(service_->verify_file(stranger).at("outcome"), "altered");
        world_->inspector->edit = nullptr;
        return world_->inspector->painted_from;
    };
    EXPECT_EQ(painted_from(verify::Trust::No, false), 0u);
    EXPECT_EQ(painted_from(verify::Trust::Unknown, false), 0u);
    EXPECT_GT(painted_from(verify::Trust::Yes, false), 0u);
    EXPECT_GT(painted_from(verify::Trust::No, true), 0u);
}

TEST_F(VerificationTest, KnowsItsDocumentInAnotherContainer) {
    const Bytes pdf = file();
    const auto all_are = [&](const std::string& outcome, const std::string& status) {
        for (const auto& [name, changed] : tests::new_containers(pdf)) {
            ASSERT_NE(changed, pdf) << name;
            const Json answer = service_->verify_file(changed);
            EXPECT_EQ(answer.at("outcome"), outcome) << name;
            EXPECT_EQ(answer.at("status"), status) << name;
            EXPECT_EQ(answer.at("integrity"), "intact") << name;
            EXPECT_EQ(answer.at("document").at("type"), "tax-payment-record") << name;
            EXPECT_EQ(answer.at("document").at("revision"), 1) << name;
        }
    };
    all_are("sealed_elsewhere", "valid");
    service_->revoke(alice_, issued_.at("id"), "issued_in_error", "v");
    all_are("revoked", "revoked");
}

TEST_F(VerificationTest, KnowsAReplacedDocumentInAnotherContainer) {
    const Bytes pdf = file();
    service_->replace(
        alice_, issued_.at("id"), sample("tax-payment-record.one-year.json"), "new print", "r");
    const Json answer = service_->verify_file(tests::with_other_case(pdf));
    EXPECT_EQ(answer.at("outcome"), "superseded");
    EXPECT_EQ(answer.at("status"), "superseded");
}

TEST_F(VerificationTest, DoesNotPassOffAFileOfItsOwnKeyThatItNeverRegistered) {
    const Bytes pdf = file();
    service_.reset();
    store_.reset();
    std::filesystem::remove(options_.path);
    start();
    for (const Bytes& one : {pdf, tests::with_other_case(pdf)}) {
        const Json answer = service_->verify_file(one);
        EXPECT_EQ(answer.at("outcome"), "not_verified");
        EXPECT_EQ(answer.at("integrity"), "intact");
        EXPECT_EQ(answer.at("status"), "unknown");
        EXPECT_FALSE(answer.contains("document"));
        EXPECT_EQ(answer.at("signatures").size(), 1u);
    }
}

TEST_F(VerificationTest, CallsASealOfSomebodyElseSealedElsewhere) {
    const tests::SealedFiles others;
    const Json answer = service_->verify_file(others.certified());
    EXPECT_EQ(answer.at("outcome"), "sealed_elsewhere");
    EXPECT_EQ(answer.at("issuer").at("trusted"), "no");
}

/// The file with one more revision that writes the catalog anew.
Bytes with_catalog(const Bytes& pdf, const std::map<std::string, std::string>& changes) {
    const auto document = pdf::reader::Document::open(pdf);
    const auto id = document.catalog_id(document.newest());
    const auto& catalog = *document.load(id, document.newest());
    pdf::RevisionWriter writer(document);
    writer.put(id, pdf::edited_dict(catalog, *catalog.value.dict(), changes));
    std::size_t ignored = 0;
    return writer.finish({}, ignored);
}

TEST_F(VerificationTest, CallsItsDocumentAlteredWhoseSealWasTakenAway) {
    const Bytes stripped = with_catalog(file(), {{"AcroForm", ""}, {"Perms", ""}});
    const Json answer = service_->verify_file(stripped);
    EXPECT_EQ(answer.at("integrity"), "altered") << "the seal of an earlier revision is found";
    EXPECT_EQ(answer.at("outcome"), "altered");
    EXPECT_EQ(answer.at("document").at("revision"), 1);

    // somebody else's seal in its place changes nothing
    const tests::SealedFiles others;
    const Json resealed = service_->verify_file(others.seal(stripped, true));
    EXPECT_EQ(resealed.at("integrity"), "altered");
    EXPECT_EQ(resealed.at("outcome"), "altered");
}

TEST_F(VerificationTest, NamesNoIssuerForASealThatDoesNotHold) {
    Bytes changed = file();
    changed[tests::contents_digits(changed).end - 1] = '1';
    const Json answer = service_->verify_file(changed);
    EXPECT_EQ(answer.at("outcome"), "altered");
    EXPECT_EQ(answer.at("integrity"), "invalid");
    EXPECT_EQ(answer.at("document").at("type"), "tax-payment-record");
    EXPECT_EQ(answer.at("issuer").at("trusted"), "unknown");
    EXPECT_TRUE(answer.at("issuer").at("name").is_null());
}

TEST_F(VerificationTest, BelievesNoOffsetOutsideTheFile) {
    const Bytes pdf = tests::with_other_case(file());
    world_->inspector->edit = [&](verify::DocumentReport& report) {
        auto& seal = report.signatures.at(0);
        const std::size_t begin = seal.gap_begin, end = seal.gap_end, far = ~std::size_t{0};
        std::vector<verify::SignatureReport> all;
        for (const auto& [a, b, c] : std::vector<std::tuple<std::size_t, std::size_t, std::size_t>>{
                 {far, end, pdf.size()},
                 {begin, far, pdf.size()},
                 {begin, end, far},
                 {begin, end, pdf.size() + 1},
                 {end, begin, pdf.size()},
                 {begin, pdf.size(), end},
                 {0, 0, 0}}) {
            all.push_back(seal);
            std::tie(all.back().gap_begin, all.back().gap_end, all.back().signed_bytes) =
                std::tuple(a, b, c);
        }
        report.signatures = all;
        report.revision_ends = {far, 0};
    };
    EXPECT_EQ(service_->verify_file(pdf).at("outcome"), "not_verified");
    world_->inspector->edit = nullptr;
}

TEST_F(VerificationTest, ShowsARevokedDocumentWithItsReasonAndWithoutAmounts) {
    const Bytes pdf = file();
    service_->revoke(alice_, issued_.at("id"), "issued_in_error", "v");
    for (const Json& answer :
         {service_->verify_code(code_), with_fact(code_, "id_last6", "240035")}) {
        EXPECT_EQ(answer.at("outcome"), "revoked");
        EXPECT_EQ(answer.at("status"), "revoked");
        EXPECT_EQ(answer.at("status_reason"), "issued_in_error");
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
