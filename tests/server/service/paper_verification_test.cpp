// SPDX-License-Identifier: Apache-2.0
#include "server/service/paper_verification.h"

#include <set>

#include "pdf/barcode.h"
#include "server/domain/verification_code.h"
#include "server/service/verification.h"
#include "signer/fact_token.h"
#include "tests/pdf/small_pdf.h"
#include "tests/server/service/forwarding_store.h"
#include "tests/server/service/service_fixture.h"

namespace yinxin::server {
namespace {

using verify::paper::Reading;

/// The inspector says what is in the picture; what a picture is made of is tested elsewhere.
class PaperTest : public ServiceTest {
  protected:
    PaperTest()
        : issued_(service_->issue(alice_, record("k")).body),
          code_(issued_.at("code")),
          prefix_(world_->config.public_url + "/v/") {}
    ~PaperTest() override { world_->inspector->reading.reset(); }

    static std::string token_of(const std::string& code) {
        signer::TokenClaims claims;
        claims.code = code;
        claims.issued_at = world_->clock.now();
        claims.type = "tax-payment-record";
        claims.issuer_code = "990001";
        claims.pages = 1;
        return signer::make_fact_token(claims, *world_->token_key, "x", 203);
    }
    static std::string unknown_code() { return new_verification_code(world_->random); }

    Json seen(const std::vector<std::string>& texts,
              int others = 0,
              Reading::State state = Reading::State::Read,
              int not_read = 0) {
        world_->inspector->reading = Reading{state, texts, others, not_read};
        return service_->verify_file(as_bytes("\xFF\xD8\xFF a picture"));
    }
    static std::string found(const Json& answer) { return answer.at("picture").at("found"); }
    static std::string value_of(const Json& answer, const std::string& name) {
        for (const Json& line : answer.at("compare")) {
            if (line.at("name") == name) {
                return line.at("value");
            }
        }
        return "";
    }
    static void expect_nothing_shown(const Json& answer, const std::string& wanted) {
        EXPECT_EQ(found(answer), wanted);
        EXPECT_EQ(answer.at("outcome"), "not_verified") << wanted;
        EXPECT_EQ(answer.at("integrity"), "not_checked") << wanted;
        EXPECT_EQ(answer.at("status"), "unknown") << wanted;
        for (const char* member : {"document", "facts", "compare"}) {
            EXPECT_FALSE(answer.contains(member)) << wanted;
        }
    }

    const Json issued_;
    const std::string code_, prefix_;
};

TEST_F(PaperTest, ShowsWhatToCompareAfterATokenThatHolds) {
    const std::string token = token_of(code_);
    Json answer = seen({"01,32,,a tax bureau's own", prefix_ + code_ + "#" + token});
    EXPECT_EQ(found(answer), "token");
    EXPECT_EQ(answer.at("picture").at("judged"), false);
    EXPECT_EQ(answer.at("outcome"), "on_record");
    EXPECT_EQ(answer.at("integrity"), "not_checked");
    EXPECT_EQ(value_of(answer, "code"), print_verification_code(code_));
    EXPECT_EQ(value_of(answer, "type"), "个人所得税纳税记录");
    EXPECT_EQ(value_of(answer, "issuer"), "示例市税务局");
    EXPECT_EQ(value_of(answer, "number"), issued_.at("number").get<std::string>());
    std::set<std::string> names;
    for (const Json& line : answer.at("compare")) {
        EXPECT_TRUE(names.insert(line.at("name")).second) << line;
        EXPECT_FALSE(line.at("label_en").get<std::string>().empty()) << line;
    }
    EXPECT_TRUE(names.contains("pages"));
    for (const Json& fact : answer.at("facts")) {
        EXPECT_EQ(value_of(answer, fact.at("name")), fact.at("value").get<std::string>());
    }
    for (const char* secret : {"张小明", "990000198510240035", "0035"}) {
        EXPECT_EQ(answer.dump().find(secret), std::string::npos) << secret;
    }
    // beside that it is what a scanned token gets
    answer.erase("picture");
    answer.erase("compare");
    EXPECT_EQ(answer, service_->verify_fact({{"code", code_}, {"token", token}}));
}

TEST_F(PaperTest, ShowsNoFactsForACodeWithoutAToken) {
    for (const std::string& text : {prefix_ + code_,
                                    prefix_ + code_ + "?lang=en",
                                    prefix_ + code_ + "/",
                                    code_,
                                    print_verification_code(code_)}) {
        Json answer = seen({text});
        EXPECT_EQ(found(answer), "code");
        EXPECT_EQ(answer.at("outcome"), "on_record");
        EXPECT_EQ(value_of(answer, "type"), "个人所得税纳税记录");
        EXPECT_EQ(value_of(answer, "number"), "");
        EXPECT_FALSE(answer.contains("facts"));
        answer.erase("picture");
        answer.erase("compare");
        EXPECT_EQ(answer, service_->verify_code(code_));
    }
}

TEST_F(PaperTest, HasAnAnswerForEachWrongQr) {
    const std::string token = token_of(code_), other = unknown_code();
    std::string forged = token;
    forged[token.size() / 2] = forged[token.size() / 2] == 'A' ? 'B' : 'A';
    expect_nothing_shown(seen({prefix_ + code_ + "#" + forged}), "forged");
    expect_nothing_shown(seen({prefix_ + code_ + "#" + std::string(1000, 'A')}), "forged");
    expect_nothing_shown(seen({prefix_ + "NOT-A-CODE#" + token}), "forged");
    expect_nothing_shown(seen({prefix_}), "no_code");
    expect_nothing_shown(seen({prefix_ + "NOT-A-CODE"}), "no_code");
    expect_nothing_shown(seen({prefix_ + "?lang=en#" + token}), "forged");
    expect_nothing_shown(seen({prefix_ + code_ + "#" + token_of(other)}), "other_code");
    expect_nothing_shown(seen({prefix_ + other + "#" + token}), "other_code");
    expect_nothing_shown(seen({"https://elsewhere.example/v/" + code_ + "#" + token}),
                         "other_address");
    expect_nothing_shown(seen({world_->config.public_url + "x/v/" + code_}), "other_address");
    expect_nothing_shown(seen({}, 1), "other_address");
    expect_nothing_shown(seen({}), "none");
    expect_nothing_shown(seen({prefix_ + other}), "code");
    expect_nothing_shown(seen({prefix_ + other + "#" + token_of(other)}), "token");
    expect_nothing_shown(seen({}, 0, Reading::State::Broken), "broken");
    expect_nothing_shown(seen({}, 0, Reading::State::TooLarge), "too_large");
    expect_nothing_shown(seen({}, 0, Reading::State::TooSlow), "too_slow");
    expect_nothing_shown(seen({}, 0, Reading::State::Read, 1), "format");
}

TEST_F(PaperTest, AForgedTokenBesideAGenuineOneIsSaid) {
    const std::string token = token_of(code_);
    std::string forged = token;
    forged[token.size() / 2] = forged[token.size() / 2] == 'A' ? 'B' : 'A';
    expect_nothing_shown(seen({prefix_ + code_ + "#" + token, prefix_ + code_ + "#" + forged}),
                         "forged");
    EXPECT_EQ(found(seen({prefix_ + code_ + "#" + token, prefix_ + code_})), "token");
}

TEST_F(PaperTest, AsksTheRegisterForOneDocumentAtMost) {
    class CountingStore : public ForwardingStore {
      public:
        using ForwardingStore::ForwardingStore;
        std::optional<VerifiableDocument> document_by_code(const std::string& code) override {
            ++asked;
            return ForwardingStore::document_by_code(code);
        }
        int asked = 0;
    };
    CountingStore store(*store_);
    Verification verification(parts(store));
    std::vector<std::string> many;
    for (int i = 0; i < 10; ++i) {
        many.push_back(prefix_ + unknown_code());
    }
    many.push_back(prefix_ + code_ + "#" + token_of(code_));
    world_->inspector->reading = Reading{Reading::State::Read, many, 0, 0};
    const ByteView picture = as_bytes("\xFF\xD8\xFF a picture");
    expect_nothing_shown(verification.by_file(picture, ""), "several");
    EXPECT_EQ(store.asked, 0);
    world_->inspector->reading->texts = {many.back(), many.back()};
    EXPECT_EQ(found(verification.by_file(picture, "")), "token");
    EXPECT_EQ(store.asked, 1);
}

TEST_F(PaperTest, SaysWhatBecameOfTheDocumentAndShowsNoFacts) {
    const std::string text = prefix_ + code_ + "#" + token_of(code_);
    service_->revoke(alice_, issued_.at("id"), "issued_in_error", "v");
    for (const std::string& each : {text, prefix_ + code_}) {
        const Json answer = seen({each});
        EXPECT_EQ(answer.at("outcome"), "revoked");
        EXPECT_EQ(answer.at("status_reason"), "issued_in_error");
        EXPECT_FALSE(answer.contains("compare"));
        EXPECT_FALSE(answer.contains("facts"));
        EXPECT_EQ(answer.at("picture").at("judged"), false);
    }
}

TEST_F(PaperTest, ReadsTheQrOfARealPicture) {
    const std::string text = prefix_ + code_ + "#" + token_of(code_);
    const pdf::QrSymbol symbol = pdf::make_qr(text);
    // a PDF of one page, all of it one image of two pixels a module
    const int side = 2 * symbol.modules + 16;
    std::string samples(static_cast<std::size_t>(side * side), '\xFF');
    for (int y = 0; y < 2 * symbol.modules; ++y) {
        for (int x = 0; x < 2 * symbol.modules; ++x) {
            if (symbol.at(x / 2, y / 2)) {
                samples.at(static_cast<std::size_t>((y + 8) * side + x + 8)) = 0;
            }
        }
    }
    const auto scan = [&](int points) {
        const std::string size = std::to_string(side);
        return yinxin::test::pdf_of(
            {"<< /Type /Catalog /Pages 2 0 R >>",
             "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
             "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] /Contents 4 0 R /Resources << "
             "/XObject << /Im 5 0 R >> >> >>",
             yinxin::test::stream_of(std::to_string(points) + " 0 0 " + std::to_string(points) +
                                     " 0 0 cm /Im Do"),
             yinxin::test::stream_of(samples,
                                     "/Subtype /Image /ColorSpace /DeviceGray /BitsPerComponent 8 "
                                     "/Width " +
                                         size + " /Height " + size)});
    };
    const Json answer = service_->verify_file(as_bytes(scan(200)));
    EXPECT_EQ(found(answer), "token");
    EXPECT_EQ(answer.at("outcome"), "on_record");
    EXPECT_EQ(answer.at("integrity"), "not_checked");
    // the same on a small part of a page is no paper
    const Json written = service_->verify_file(as_bytes(scan(90)));
    EXPECT_FALSE(written.contains("picture"));
    EXPECT_EQ(written.at("outcome"), "not_verified");
    EXPECT_EQ(written.at("integrity"), "unsigned");
}

TEST_F(PaperTest, AFileWithoutASealKeepsItsAnswerWhenItCannotBeReadAsAScan) {
    const std::string pdf = yinxin::test::one_page_pdf();
    const auto expect_unsigned = [&] {
        const Json answer = service_->verify_file(as_bytes(pdf));
        EXPECT_EQ(answer.at("integrity"), "unsigned");
        EXPECT_EQ(answer.at("outcome"), "not_verified");
        EXPECT_FALSE(answer.contains("picture"));
    };
    for (const auto state : {Reading::State::Broken,
                             Reading::State::TooLarge,
                             Reading::State::TooSlow,
                             Reading::State::NoPicture}) {
        world_->inspector->reading = Reading{state, {}, 0, 0};
        expect_unsigned();
    }
    world_->inspector->reading.reset();
    world_->inspector->before_reading = [] {
        throw Error(ErrorCode::Unavailable, "all places are taken");
    };
    expect_unsigned();
    EXPECT_EQ(code_of([&] { service_->verify_file(as_bytes("\xFF\xD8\xFF a picture")); }),
              ErrorCode::Unavailable);
    world_->inspector->before_reading = nullptr;
}

TEST_F(PaperTest, AScanWithoutAQrStaysAFileWithoutASeal) {
    world_->inspector->reading = Reading{Reading::State::Read, {}, 0, 0};
    const std::string pdf = yinxin::test::one_page_pdf();
    const Json answer = service_->verify_file(as_bytes(pdf));
    EXPECT_EQ(answer.at("integrity"), "unsigned");
    EXPECT_EQ(answer.at("outcome"), "not_verified");
    EXPECT_EQ(found(answer), "none");
    // a sealed file is never taken for paper
    world_->inspector->reading = Reading{Reading::State::Read, {prefix_ + code_}, 0, 0};
    Bytes sealed = service_->pdf(alice_, issued_.at("id"), std::nullopt).pdf;
    EXPECT_FALSE(service_->verify_file(sealed).contains("picture"));
    sealed.push_back('\n');
    EXPECT_FALSE(service_->verify_file(sealed).contains("picture"));
}

}  // namespace
}  // namespace yinxin::server
