// SPDX-License-Identifier: Apache-2.0
// The pages as somebody without JavaScript uses them, in both languages.
#include "server/api/pages.h"

#include "server/api/answer_rows.h"
#include "server/api/page_state.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "tests/server/http/test_server.h"

namespace yinxin::server::test {
namespace {

using testing::HasSubstr;
using testing::Not;

const std::string kForm = "Content-Type: application/x-www-form-urlencoded\r\n";

TEST(HomePage, AsksForACodeOrAFileInBothLanguages) {
    TestServer server;
    server.start();
    const Answer chinese = server.get("/");
    EXPECT_EQ(chinese.status, 200);
    EXPECT_THAT(chinese.body, HasSubstr("<html lang=\"zh-CN\">"));
    EXPECT_THAT(chinese.body, HasSubstr("查验文件真伪"));
    EXPECT_THAT(chinese.body, HasSubstr("示例市税务局"));
    EXPECT_THAT(chinese.body, HasSubstr("href=\"/?lang=en\" lang=\"en\""));
    const Answer english = server.get("/?lang=en");
    EXPECT_THAT(english.body, HasSubstr("<html lang=\"en\">"));
    EXPECT_THAT(english.body, HasSubstr("Is this document genuine?"));
    EXPECT_EQ(english.field("content-language"), "en");
    EXPECT_THAT(server.get("/", "Accept-Language: en-GB,en;q=0.9,zh;q=0.3\r\n").body,
                HasSubstr("<html lang=\"en\">"));
    EXPECT_THAT(server.get("/", "Accept-Language: fr, zh-CN;q=0.8, en;q=0.5\r\n").body,
                HasSubstr("<html lang=\"zh-CN\">"));
}

TEST(HomePage, LeadsFromACodeToItsPage) {
    TestServer server;
    server.start();
    const Answer answer = server.post("/", "code=7k3m-9q2t+5w8x-4y6y", kForm);
    EXPECT_EQ(answer.status, 303);
    EXPECT_EQ(answer.field("location"), "/v/" + known_code);
    EXPECT_EQ(server.post("/?lang=en", "code=" + known_code, kForm).field("location"),
              "/v/" + known_code + "?lang=en");
}

TEST(HomePage, ExplainsATypingErrorBesideTheFieldAndKeepsWhatWasTyped) {
    TestServer server;
    server.start();
    const std::vector<std::pair<std::string, std::string>> typed{
        {"", "Enter the verification code"},
        {"7K3M", "has 16 characters"},
        {"0K3M9Q2T5W8X4Y6Y", "never holds the digits 0 and 1"},
        {"7K3M9Q2T5W8X4Y6X", "One character of the code is mistyped"}};
    for (const auto& [code, hint] : typed) {
        const Answer answer = server.post("/?lang=en", "code=" + code, kForm);
        EXPECT_EQ(answer.status, 400);
        EXPECT_THAT(answer.body, HasSubstr(hint));
        EXPECT_THAT(answer.body, HasSubstr("role=\"alert\""));
        EXPECT_THAT(answer.body, HasSubstr("aria-invalid=\"true\""));
        EXPECT_THAT(answer.body, HasSubstr("value=\"" + code + "\""));
        EXPECT_THAT(answer.body, HasSubstr("<title>Error: "));
    }
    EXPECT_EQ(server.get("/v/7K3M9Q2T5W8X4Y6X").status, 400);
}

TEST(HomePage, EscapesWhatSomebodyTypes) {
    TestServer server;
    server.start();
    const std::string path = "%3Cscript%3Ealert(1)%22%27";
    const std::string script = path + "%3C%2Fscript%3E";
    for (const Answer& answer :
         {server.post("/", "code=" + script, kForm),
          server.get("/v/" + path, "Accept: text/html\r\n"),
          server.get("/" + path, "Accept: text/html\r\n"),
          server.post("/v/" + known_code, "fact=" + script + "&value=" + script, kForm)}) {
        EXPECT_EQ(answer.field("content-type"), "text/html; charset=utf-8");
        EXPECT_THAT(answer.body, Not(HasSubstr("<script>alert")));
    }
}

TEST(ResultPage, SaysGenuineOrNotOnRecordInBothLanguages) {
    TestServer server;
    server.start();
    const Answer good = server.get("/v/" + known_code);
    EXPECT_EQ(good.status, 200);
    EXPECT_THAT(good.body, HasSubstr("验证码登记在册：请再核对一项"));
    EXPECT_THAT(good.body, HasSubstr("2026-02-01 16:00"));
    EXPECT_THAT(good.body, HasSubstr("个人所得税纳税记录"));
    EXPECT_THAT(good.body, HasSubstr("7K3M-9Q2T-5W8X-4Y6Y"));
    EXPECT_THAT(good.body,
                HasSubstr("name=\"fact\" id=\"fact-id_last6\" value=\"id_last6\" checked"));
    EXPECT_THAT(good.body, HasSubstr("真的二维码和验证码也能被复印到假文件上"));
    EXPECT_THAT(server.get("/v/" + known_code + "?lang=en").body,
                HasSubstr("Individual income tax payment record"));
    const Answer unknown = server.get("/v/" + unknown_code + "?lang=en");
    EXPECT_EQ(unknown.status, 200);
    EXPECT_THAT(unknown.body, HasSubstr("Not on record"));
    EXPECT_THAT(unknown.body, Not(HasSubstr("name=\"fact\"")));
}

TEST(ResultPage, SaysWhatBecameOfADocument) {
    TestServer server;
    std::string state;
    server.use.verify_code = [&state](const std::string&) {
        Json answer = tier0();
        answer["outcome"] = answer["status"] = state;
        answer["status_at"] = "2026-02-03T04:05:06Z";
        answer["status_reason"] = "issued_in_error";
        return answer;
    };
    server.start();
    state = "revoked";
    const Answer revoked = server.get("/v/" + known_code + "?lang=en");
    EXPECT_THAT(revoked.body, HasSubstr("class=\"verdict bad\""));
    EXPECT_THAT(revoked.body, HasSubstr("Do not accept this document."));
    EXPECT_THAT(revoked.body, HasSubstr("2026-02-03 12:05"));
    EXPECT_THAT(revoked.body, HasSubstr("Issued in error"));
    EXPECT_THAT(revoked.body, Not(HasSubstr("name=\"fact\"")));
    state = "superseded";
    EXPECT_THAT(server.get("/v/" + known_code).body, HasSubstr("已被新文件替换"));
}

TEST(ResultPage, ShowsTheFactsAfterARightOne) {
    TestServer server;
    server.start();
    const Answer answer =
        server.post("/v/" + known_code + "?lang=en", "fact=id_last6&value=31002X", kForm);
    EXPECT_EQ(answer.status, 200);
    EXPECT_THAT(answer.body, HasSubstr("compare the rest"));
    EXPECT_THAT(answer.body, HasSubstr("<dt>Registered on</dt><dd>2026-01-31</dd>"));
    const std::string table = answer.body.substr(answer.body.find("<tbody>"));
    EXPECT_THAT(table.substr(0, table.find("</tbody>")), Not(HasSubstr(std::string(64, 'b'))))
        << "what no paper shows is not for comparing with it";
    EXPECT_THAT(answer.body, HasSubstr("<th scope=\"row\">Taxpayer</th><td>张*明</td>"));
    EXPECT_THAT(answer.body, HasSubstr("12345.67"));
    EXPECT_THAT(answer.body, HasSubstr(std::string(64, 'b')));
    EXPECT_THAT(answer.body, HasSubstr("Always compare"));
}

TEST(ResultPage, AnswersAWrongFactLikeAnUnknownDocument) {
    TestServer server;
    server.start();
    const auto page = [&server](const std::string& code) {
        std::string body = server.post("/v/" + code, "fact=id_last6&value=000000", kForm).body;
        for (const std::string& own : {code,
                                       code.substr(0, 4) + "-" + code.substr(4, 4) + "-" +
                                           code.substr(8, 4) + "-" + code.substr(12, 4)})
            for (std::size_t at = 0; (at = body.find(own)) != std::string::npos;)
                body.replace(at, own.size(), "CODE");
        return body;
    };
    EXPECT_THAT(page(known_code), HasSubstr("验证码与核对信息不匹配或不存在。"));
    EXPECT_EQ(page(known_code), page(unknown_code));
}

TEST(ResultPage, AsksForAMissingFact) {
    TestServer server;
    server.start();
    const Answer answer = server.post("/v/" + known_code, "fact=total&value=+", kForm);
    EXPECT_EQ(answer.status, 400);
    EXPECT_THAT(answer.body, HasSubstr("请填写文件上印着的内容。"));
    EXPECT_THAT(answer.body, HasSubstr("value=\"total\" checked"));
}

TEST(ResultPage, ExplainsAFactOfTheWrongForm) {
    TestServer server;
    server.start();
    for (const auto& [form, hint] : std::vector<std::pair<std::string, std::string>>{
             {"fact=id_last6&value=1%2C234.50", "The last 6 characters"},
             {"fact=total&value=24003X", "An amount is asked"},
             {"fact=total&value=990000198510240035", "An amount is asked"}}) {
        const Answer answer = server.post("/v/" + known_code + "?lang=en", form, kForm);
        EXPECT_EQ(answer.status, 400) << form;
        EXPECT_THAT(answer.body, HasSubstr(hint)) << form;
        EXPECT_THAT(answer.body, HasSubstr("aria-invalid=\"true\"")) << form;
    }
}

TEST(FilePage, AnswersAnUploadAndAMissingFile) {
    TestServer server;
    server.start();
    const std::string type = "Content-Type: multipart/form-data; boundary=b\r\n";
    const auto upload = [&](const std::string& content) {
        return server.post("/?lang=en",
                           "--b\r\nContent-Disposition: form-data; name=\"file\"; "
                           "filename=\"a.pdf\"\r\n\r\n" +
                               content + "\r\n--b--\r\n",
                           type);
    };
    const Answer genuine = upload("%PDF-genuine");
    EXPECT_EQ(genuine.status, 200);
    EXPECT_THAT(genuine.body, HasSubstr("this is the original"));
    EXPECT_THAT(genuine.body, HasSubstr("Intact: not changed since it was sealed"));
    const Answer junk = upload("junk");
    EXPECT_THAT(junk.body, HasSubstr("This file cannot be read"));
    EXPECT_THAT(junk.body, HasSubstr("enter the code printed on the document"));
    const Answer none = upload("");
    EXPECT_EQ(none.status, 400);
    EXPECT_THAT(none.body, HasSubstr("Choose a file first."));
}

TEST(FilePage, ShowsWhatLooksDifferent) {
    TestServer server;
    server.use.verify_file = [&](ByteView, const std::string&) {
        Json answer = not_verified_answer();
        answer["outcome"] = "altered";
        answer["changes"] = {
            {{"page", 3}, {"before", "data:image/png;base64,AAAA"}, {"after", nullptr}}};
        return answer;
    };
    server.start();
    const std::string page = server
                                 .post("/?lang=en",
                                       "--b\r\nContent-Disposition: form-data; name=\"file\"; "
                                       "filename=\"a.pdf\"\r\n\r\n%PDF\r\n--b--\r\n",
                                       "Content-Type: multipart/form-data; boundary=b\r\n")
                                 .body;
    EXPECT_THAT(page, HasSubstr("What looks different"));
    EXPECT_THAT(page, HasSubstr("Page 3"));
    EXPECT_THAT(page, HasSubstr("<img src=\"data:image/png;base64,AAAA\" alt=\"The page as it"));
    EXPECT_THAT(page, Not(HasSubstr("In this file")));
}

TEST(FilePage, SaysOfAStrangersSealThatItIsNotOursAndWhatTheFileClaims) {
    TestServer server;
    std::string outcome = "sealed_elsewhere", trusted = "no";
    server.use.verify_file = [&](ByteView, const std::string&) {
        return Json{{"outcome", outcome},
                    {"integrity", "intact"},
                    {"status", "unknown"},
                    {"issuer",
                     {{"name", "CN=示例市税务局,O=示例\\, 市,C=CN"},
                      {"certificate_sha256", std::string(64, 'a')},
                      {"trusted", trusted},
                      {"valid_at_sealing", true}}},
                    {"checked_at", "2026-02-01T08:00:00Z"}};
    };
    server.start();
    const auto page = [&server] {
        return server
            .post("/?lang=en",
                  "--b\r\nContent-Disposition: form-data; name=\"file\"; "
                  "filename=\"a.pdf\"\r\n\r\n%PDF\r\n--b--\r\n",
                  "Content-Type: multipart/form-data; boundary=b\r\n")
            .body;
    };
    const std::string strange = page();
    EXPECT_THAT(strange, HasSubstr("<h1 id=\"verdict\">Not issued by this authority</h1>"));
    EXPECT_THAT(strange,
                HasSubstr("<dt>Signer, as the file claims</dt><dd>示例市税务局 (示例, 市)</dd>"));
    outcome = "genuine";
    trusted = "yes";
    EXPECT_THAT(page(), HasSubstr("<dt>Sealed by</dt><dd>示例市税务局 (示例, 市)</dd>"));
}

Json picture_answer(const std::string& found, const std::string& outcome) {
    Json answer =
        outcome == "on_record" ? found == "token" ? tier1() : tier0() : not_verified_answer();
    answer["outcome"] = outcome;
    answer["picture"] = {{"judged", false}, {"found", found}, {"detail", "."}};
    if (outcome == "on_record") {
        answer["compare"] = {{{"name", "code"},
                              {"label_zh", "验证码"},
                              {"label_en", "Verification code"},
                              {"value", "7K3M-9Q2T-5W8X-4Y6Y"}},
                             {{"name", "total"},
                              {"label_zh", "合计"},
                              {"label_en", "Total on record"},
                              {"value", "12345.67"}}};
    }
    return answer;
}

/// What the page says of a picture.
std::string page_of_picture(const std::string& found,
                            const std::string& outcome,
                            const std::string& language) {
    TestServer server;
    server.use.verify_file = [&](ByteView, const std::string&) {
        return picture_answer(found, outcome);
    };
    server.start();
    return server
        .post(
            "/?lang=" + language,
            "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.jpg\"\r\n\r\nx\r\n"
            "--b--\r\n",
            "Content-Type: multipart/form-data; boundary=b\r\n")
        .body;
}

TEST(PicturePage, ShowsWhatToCompareAndNeverSaysYes) {
    const std::string english = page_of_picture("token", "on_record", "en");
    EXPECT_THAT(english, HasSubstr("class=\"verdict warn\""));
    EXPECT_THAT(english, HasSubstr("The QR code is genuine: now compare the paper"));
    EXPECT_THAT(english, HasSubstr("only its QR code was read"));
    EXPECT_THAT(english, HasSubstr("<th scope=\"row\">Total on record</th><td>12345.67</td>"));
    EXPECT_THAT(english, HasSubstr("Always compare"));
    EXPECT_THAT(english, HasSubstr("7K3M-9Q2T-5W8X-4Y6Y"));
    EXPECT_THAT(english, Not(HasSubstr("class=\"verdict good\"")));
    const std::string chinese = page_of_picture("token", "on_record", "zh-CN");
    EXPECT_THAT(chinese, HasSubstr("二维码是真的：请用登记内容对照纸面"));
    EXPECT_THAT(chinese, HasSubstr("<th scope=\"row\">合计</th><td>12345.67</td>"));
}

TEST(PicturePage, AsksOnForAFactWhereTheQrHoldsACodeOnly) {
    const std::string page = page_of_picture("code", "on_record", "en");
    EXPECT_THAT(page, HasSubstr("class=\"verdict warn\""));
    EXPECT_THAT(page, HasSubstr("action=\"/v/7K3M9Q2T5W8X4Y6Y?lang=en\""));
    EXPECT_THAT(page, HasSubstr("name=\"fact\""));
    EXPECT_THAT(page, Not(HasSubstr("SHA-256")));
}

TEST(PicturePage, SaysOfADocumentThatIsNoLongerValidThatTheSheetWasNotJudged) {
    for (const char* outcome : {"revoked", "superseded"}) {
        EXPECT_THAT(page_of_picture("token", outcome, "en"),
                    HasSubstr("The sheet in your picture itself was not judged"));
        EXPECT_THAT(page_of_picture("token", outcome, "zh-CN"),
                    HasSubstr("图片里的这张纸本身没有判断"));
    }
}

TEST(PicturePage, SaysOfEachWrongPictureWhatIsWrongInBothLanguages) {
    std::set<std::string> sentences;
    const std::vector<std::string> wrong{"forged",
                                         "other_code",
                                         "no_code",
                                         "other_address",
                                         "several",
                                         "none",
                                         "format",
                                         "broken",
                                         "too_large",
                                         "token"};
    for (const std::string& found : wrong) {
        for (const char* language : {"en", "zh-CN"}) {
            const std::string page = page_of_picture(found, "not_verified", language);
            const auto begin = page.find("<p class=\"meaning\">");
            sentences.insert(page.substr(begin, page.find("</p>", begin) - begin));
            EXPECT_THAT(page, Not(HasSubstr("class=\"verdict good\""))) << found;
            EXPECT_THAT(page, Not(HasSubstr("<table"))) << found;
            EXPECT_THAT(page, HasSubstr("class=\"next\"")) << found;
        }
    }
    EXPECT_EQ(sentences.size(), 2 * wrong.size());
}

TEST(NameInWords, ReadsADistinguishedName) {
    EXPECT_EQ(name_in_words("CN=示例市税务局"), "示例市税务局");
    EXPECT_EQ(name_in_words("CN=税务局,O=税务局,C=CN"), "税务局");
    EXPECT_EQ(name_in_words("C=CN,O=A\\+B"), "A+B");
    EXPECT_EQ(name_in_words("CN=a\\0Ab\\\\"), "a\nb\\");
    EXPECT_EQ(name_in_words("OU=desk"), "desk");
    EXPECT_EQ(name_in_words(""), "");
    EXPECT_EQ(name_in_words("cut off..."), "cut off...");
}

TEST(StateByFile, FollowsTheOutcome) {
    const auto key = [](const Json& answer) { return state_by_file(answer).key; };
    EXPECT_EQ(key({{"outcome", "genuine"}}), "genuine");
    EXPECT_EQ(key({{"outcome", "superseded"}}), "superseded");
    EXPECT_EQ(key({{"outcome", "revoked"}}), "revoked");
    EXPECT_EQ(key({{"outcome", "altered"}}), "altered");
    EXPECT_EQ(key({{"outcome", "altered"}, {"integrity", "invalid"}}), "invalid");
    EXPECT_EQ(key({{"outcome", "genuine"}, {"document", {{"type", report_type}}}}),
              "report_genuine");
    EXPECT_EQ(key({{"outcome", "sealed_elsewhere"}, {"issuer", {{"trusted", "yes"}}}}),
              "elsewhere_trusted");
    EXPECT_EQ(key({{"outcome", "sealed_elsewhere"}, {"issuer", {{"trusted", "unknown"}}}}),
              "elsewhere");
    EXPECT_EQ(key({{"outcome", "not_verified"}, {"integrity", "unsigned"}}), "unsigned");
    EXPECT_EQ(key({{"outcome", "not_verified"}, {"integrity", "unreadable"}}), "unreadable");
    EXPECT_EQ(key({{"outcome", "not_verified"}, {"integrity", "not_checked"}}), "not_checked");
    EXPECT_EQ(key({{"outcome", "not_verified"}, {"integrity", "intact"}}), "not_registered");
    EXPECT_EQ(key({{"outcome", "sealed_elsewhere"},
                   {"issuer", {{"trusted", "yes"}}},
                   {"document", {{"type", "invoice"}}}}),
              "rewritten");
    EXPECT_EQ(key(Json::object()), "not_checked");
}

TEST(StateByPicture, FollowsWhatWasFound) {
    const auto state = [](const std::string& outcome, const std::string& found) {
        const PageState seen =
            state_by_picture({{"outcome", outcome}, {"picture", {{"found", found}}}});
        return seen.key + " " + seen.tone;
    };
    EXPECT_EQ(state("on_record", "token"), "paper_token warn");
    EXPECT_EQ(state("on_record", "code"), "paper_code warn");
    EXPECT_EQ(state("revoked", "token"), "paper_revoked bad");
    EXPECT_EQ(state("superseded", "code"), "paper_superseded warn");
    EXPECT_EQ(state("not_verified", "no_code"), "paper_no_code none");
    EXPECT_EQ(state("not_verified", "token"), "paper_unknown none");
    EXPECT_EQ(state("not_verified", "forged"), "forged bad");
    EXPECT_EQ(state("not_verified", "other_code"), "paper_other_code bad");
    EXPECT_EQ(state("not_verified", "too_slow"), "paper_too_large none");
    EXPECT_EQ(state("not_verified", "a word of the future"), "not_checked none");
}

TEST(ErrorPage, SpeaksPlainlyAndHidesWhatIsInside) {
    TestServer server;
    server.use.verify_code = [](const std::string&) -> Json {
        throw Error(ErrorCode::Unavailable, "database is locked by pid 4711");
    };
    server.start();
    const Answer busy = server.get("/v/" + known_code);
    EXPECT_EQ(busy.status, 503);
    EXPECT_EQ(busy.field("retry-after"), "5");
    EXPECT_THAT(busy.body, HasSubstr("暂时无法查验"));
    EXPECT_THAT(busy.body, Not(HasSubstr("4711")));
    const Answer missing = server.get("/no/such/page?lang=en", "Accept: text/html\r\n");
    EXPECT_EQ(missing.status, 404);
    EXPECT_THAT(missing.body, HasSubstr("There is no such page"));
    EXPECT_EQ(server.get("/no/such/page").field("content-type"), "application/problem+json");
}

TEST(Pages, HoldNoInlineScriptOrStyleAndLoadOnlyOwnFiles) {
    TestServer server;
    server.start();
    for (const char* path :
         {"/", "/v/7K3M9Q2T5W8X4Y6Y", "/docs", "/problems/invalid", "/?lang=en"}) {
        const std::string body = server.get(path).body;
        EXPECT_THAT(body, Not(HasSubstr("<script>"))) << path;
        EXPECT_THAT(body, Not(HasSubstr("<style"))) << path;
        EXPECT_THAT(body, Not(HasSubstr(" style=\""))) << path;
        EXPECT_THAT(body, Not(HasSubstr("src=\"http"))) << path;
        EXPECT_THAT(body, Not(HasSubstr("{{"))) << path;
        EXPECT_THAT(body, HasSubstr("<main id=\"main\"")) << path;
    }
}

}  // namespace
}  // namespace yinxin::server::test
