// SPDX-License-Identifier: Apache-2.0
// The public pages over the real use cases: what they tell apart, and what they must not.
#include <gmock/gmock.h>

#include <map>

#include "server/domain/verification_code.h"
#include "tests/server/http/test_server.h"
#include "tests/server/service/service_fixture.h"

namespace yinxin::server {
namespace {

using testing::HasSubstr;
using testing::Not;

const std::string kForm = "Content-Type: application/x-www-form-urlencoded\r\n";

std::string without(std::string text, const std::string& word) {
    for (std::size_t at = 0; (at = text.find(word)) != std::string::npos;) {
        text.replace(at, word.size(), "CODE");
    }
    return text;
}

class PagesTest : public ServiceTest {
  protected:
    PagesTest() {
        server_.use = use_cases(*service_);
        server_.start();
    }

    std::string issue(const std::string& type, const std::string& file) {
        return service_->issue(alice_, {type, sample(file), Json::object(), file})
            .body.at("code")
            .get<std::string>();
    }
    std::string unknown_code() { return new_verification_code(world_->random); }

    /// The page after a typed fact, without the code.
    std::string page(const std::string& code, const std::string& form, const std::string& query) {
        const test::Answer answer = server_.post("/v/" + code + query, form, kForm);
        EXPECT_EQ(answer.status, 200);
        return without(without(answer.body, code), print_verification_code(code));
    }

    test::TestServer server_;
};

TEST_F(PagesTest, AfterAWrongFactEveryCodeHasTheSamePage) {
    const std::vector<std::string> known{
        issue("tax-payment-record", "tax-payment-record.one-year.json"),
        issue("tax-paid-certificate", "tax-paid-certificate.company.json"),
        issue("invoice", "invoice.ordinary.json")};
    for (const std::string query : {"", "?lang=en"}) {
        for (const std::string form :
             {"fact=id_last6&value=000000", "fact=total&value=0.01", "fact=no_such_fact&value=1"}) {
            const std::string unknown = page(unknown_code(), form, query);
            EXPECT_THAT(unknown, HasSubstr("name=\"fact\""));
            EXPECT_THAT(unknown, HasSubstr("href=\"/v/CODE" + query + "\""));
            for (const std::string& code : known) {
                EXPECT_EQ(page(code, form, query), unknown) << form;
            }
        }
    }
}

TEST_F(PagesTest, AfterTooManyWrongFactsItIsStillTheSamePage) {
    const std::string code = issue("tax-payment-record", "tax-payment-record.one-year.json");
    const std::string wrong = page(code, "fact=id_last6&value=000000", "");
    for (int i = 0; i < 5; ++i) {
        page(code, "fact=id_last6&value=000000", "");
    }
    EXPECT_EQ(page(code, "fact=id_last6&value=240035", ""),
              page(unknown_code(), "fact=id_last6&value=240035", ""));
    EXPECT_EQ(page(code, "fact=id_last6&value=000000", ""), wrong);
}

TEST_F(PagesTest, AsksAKnownDocumentForItsOwnFacts) {
    const std::string invoice = issue("invoice", "invoice.ordinary.json");
    const std::string body = server_.get("/v/" + invoice + "?lang=en").body;
    EXPECT_THAT(body, HasSubstr("Total with tax"));
    EXPECT_THAT(body, Not(HasSubstr("id_last6")));
}

TEST_F(PagesTest, ListsEachFactOnce) {
    const auto rows = [](const std::string& body, const std::string& label) {
        const std::string row = "<th scope=\"row\">" + label + "</th>";
        int count = 0;
        for (std::size_t at = 0; (at = body.find(row, at)) != std::string::npos; ++at) {
            ++count;
        }
        return count;
    };
    for (const auto& [code, form] : std::vector<std::pair<std::string, std::string>>{
             {issue("tax-payment-record", "tax-payment-record.one-year.json"),
              "fact=id_last6&value=240035"},
             {issue("tax-paid-certificate", "tax-paid-certificate.company.json"),
              "fact=total&value=176605.98"},
             {issue("invoice", "invoice.ordinary.json"), "fact=total&value=1000.00"}}) {
        const std::string body = server_.post("/v/" + code + "?lang=en", form, kForm).body;
        EXPECT_THAT(body, HasSubstr("compare the rest")) << form;
        for (const char* label : {"Pages", "Number"}) {
            EXPECT_EQ(rows(body, label), 1) << form << " " << label;
        }
    }
}

TEST_F(PagesTest, SaysWhyADocumentWasRevokedInWordsOfItsOwn) {
    const auto made = service_->issue(alice_, record("r")).body;
    const std::string code = made.at("code"), id = made.at("id");
    service_->revoke(alice_, id, "张小明 asked for it, phone 13800000000", "free");
    EXPECT_EQ(service_->verify_code(code).at("status_reason"), "other");
    EXPECT_EQ(service_->document(alice_, id).at("status_reason"),
              "张小明 asked for it, phone 13800000000");
    const std::string body = server_.get("/v/" + code + "?lang=en").body;
    EXPECT_THAT(body, HasSubstr("Another reason"));
    EXPECT_THAT(body, Not(HasSubstr("13800000000")));

    int n = 0;
    for (const auto& [word, chinese] :
         std::map<std::string, std::string>{{"issued_in_error", "开具有误"},
                                            {"data_corrected", "数据已更正"},
                                            {"replaced", "已另行出具"},
                                            {"key_compromise", "签章密钥泄露"},
                                            {"other", "其他原因"}}) {
        const auto one = service_->issue(alice_, record("r" + std::to_string(++n))).body;
        service_->revoke(alice_, one.at("id"), word, "v" + std::to_string(n));
        const std::string its = one.at("code");
        EXPECT_EQ(service_->verify_code(its).at("status_reason"), word);
        EXPECT_THAT(server_.get("/v/" + its).body, HasSubstr(chinese));
        EXPECT_THAT(server_.get("/v/" + its + "?lang=en").body, Not(HasSubstr(chinese)));
    }
}

}  // namespace
}  // namespace yinxin::server
