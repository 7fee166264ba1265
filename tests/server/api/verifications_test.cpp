// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <Poco/Net/IPAddress.h>

#include "server/http/limiter.h"
#include "tests/server/http/test_server.h"

namespace yinxin::server::test {
namespace {

const std::string kPath = "/api/v1/verifications";

TEST(VerifyCode, AnswersKnownAndUnknownCodesWith200) {
    TestServer server;
    server.start();
    EXPECT_EQ(server.get(kPath + "/7k3m-9q2t-5w8x-4y6y").json(), tier0());
    EXPECT_EQ(server.get(kPath + "/7K3M%209Q2T%205W8X%204Y6Y").json(), tier0());
    EXPECT_EQ(server.get(kPath + "/" + unknown_code).json(), not_verified_answer());
}

TEST(VerifyCode, AnswersATypingErrorWith400) {
    TestServer server;
    server.start();
    for (const char* typed : {"7K3M9Q2T5W8X4Y6X", "7K3M", "0K3M9Q2T5W8X4Y6Y", "%E7%A0%81"}) {
        const Answer answer = server.get(kPath + "/" + typed);
        EXPECT_EQ(answer.status, 400) << typed;
        EXPECT_FALSE(answer.json().at("detail").get<std::string>().empty());
    }
}

TEST(VerifyFact, PassesTheRequestOnAndAnswersTheSameForWrongAndUnknown) {
    TestServer server;
    server.start();
    EXPECT_EQ(
        server.post(kPath, R"({"code":"7K3M9Q2T5W8X4Y6Y","fact":{"id_last6":"31002X"}})").json(),
        tier1());
    const Answer wrong =
        server.post(kPath, R"({"code":"7K3M9Q2T5W8X4Y6Y","fact":{"id_last6":"000000"}})");
    const Answer unknown =
        server.post(kPath, R"({"code":"ABCDEFGHJKLMNPQ5","fact":{"id_last6":"31002X"}})");
    EXPECT_EQ(wrong.status, 200);
    EXPECT_EQ(wrong.body, unknown.body);
}

TEST(VerifyFact, AnswersBrokenJsonWith400) {
    TestServer server;
    server.start();
    for (const char* body : {"", "{", "{\"code\":\"a\",\"code\":\"b\"}", "\xff\xfe", "{} {}"})
        EXPECT_EQ(server.post(kPath, body).status, 400) << body;
}

TEST(VerifyBatch, AnswersEachQuestionInItsPlace) {
    TestServer server;
    server.role = Role::Verifier;
    const auto answered = server.use.verify_fact;
    server.use.verify_fact = [answered](const Json& question) {
        if (question.at("code") == "mistyped") {
            throw Error(ErrorCode::Malformed, "a typing error");
        }
        return answered(question);
    };
    server.start();
    const Answer answer = server.post(kPath + "/batch",
                                      R"([{"code":"7K3M9Q2T5W8X4Y6Y","fact":{"id_last6":"31002X"}},
                                          {"code":"mistyped"},
                                          {"code":"7K3M9Q2T5W8X4Y6Y","fact":{"id_last6":"000000"}}])",
                                      with_key());
    ASSERT_EQ(answer.status, 200) << answer.body;
    const Json answers = answer.json().at("answers");
    ASSERT_EQ(answers.size(), 3U);
    EXPECT_EQ(answers[0], tier1());
    EXPECT_EQ(answers[1].at("error").at("status"), 400);
    EXPECT_EQ(answers[2], not_verified_answer());
}

TEST(VerifyBatch, NeedsAKeyAndAnArrayOfBoundedLength) {
    TestServer server;
    server.start();
    EXPECT_EQ(server.post(kPath + "/batch", "[{}]").status, 401);
    std::string many = "[{}";
    for (int i = 0; i < 100; ++i) many += ",{}";
    for (const std::string& body : {std::string("{}"), std::string("[]"), many + "]"})
        EXPECT_EQ(server.post(kPath + "/batch", body, with_key()).status, 422)
            << body.substr(0, 20);
}

TEST(VerifyBatch, CountsAsSoManyRequests) {
    TestServer server;
    server.config.limits.api_requests_per_minute = 1;
    server.config.limits.api_requests_burst = 3;
    server.start();
    const std::string one = R"({"code":"7K3M9Q2T5W8X4Y6Y"})",
                      three = "[" + one + "," + one + "," + one + "]";
    EXPECT_EQ(server.post(kPath + "/batch", three, with_key()).status, 200);
    EXPECT_EQ(server.post(kPath + "/batch", three, with_key()).status, 429);
}

TEST(VerifyFile, TakesTheBodyOrOneMultipartFile) {
    TestServer server;
    server.start();
    EXPECT_EQ(server.post(kPath + "/file", "%PDF-genuine", "Content-Type: application/pdf\r\n")
                  .json()
                  .at("outcome"),
              "genuine");
    const std::string multipart =
        "--b\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\nhello\r\n"
        "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.pdf\"\r\n"
        "Content-Type: application/pdf\r\n\r\n%PDF-genuine\r\n\r\nbytes\r\n--b--\r\n";
    const std::string type = "Content-Type: multipart/form-data; boundary=b\r\n";
    EXPECT_EQ(server.post(kPath + "/file", multipart, type).json().at("outcome"), "genuine");
}

TEST(VerifyFile, GivesTheServiceTheExactBytesOfAMultipartFile) {
    TestServer server;
    Bytes seen;
    server.use.verify_file = [&seen](ByteView file, const std::string&) {
        seen = to_bytes(file);
        return not_verified_answer();
    };
    server.start();
    std::string file;
    for (int i = 0; i < 70'000; ++i) file += static_cast<char>(i % 251);
    file += "\r\n--not-the-boundary\r\n\r\n";
    server.post(kPath + "/file",
                "--edge\r\nContent-Disposition: form-data; name=\"file\"; "
                "filename=\"\xe5\xae\x98.pdf\"\r\n\r\n" +
                    file + "\r\n--edge--\r\n",
                "Content-Type: multipart/form-data; boundary=\"edge\"\r\n");
    EXPECT_EQ(as_text(seen), file);
}

TEST(VerifyFile, SaysToTheServiceWhoseFileItIs) {
    TestServer server;
    std::string caller;
    server.use.verify_file = [&caller](ByteView, const std::string& given) {
        caller = given;
        return not_verified_answer();
    };
    server.start();
    const std::string type = "Content-Type: application/pdf\r\n";
    server.post(kPath + "/file", "%PDF-1", type + with_key());
    EXPECT_EQ(caller, "key caller-1");
    server.post(kPath + "/file", "%PDF-1", type);
    const std::string address = caller_group(Poco::Net::IPAddress("127.0.0.1"));
    EXPECT_EQ(caller, address);
    caller.clear();
    server.post("/",
                "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\nx\r\n"
                "--b--\r\n",
                "Content-Type: multipart/form-data; boundary=b\r\n");
    EXPECT_EQ(caller, address);
}

TEST(VerifyFile, SaysWhenToComeBackWhenNobodyCanReadIt) {
    TestServer server;
    server.use.verify_file = [](ByteView, const std::string&) -> Json {
        throw Error(ErrorCode::Unavailable, "busy");
    };
    server.start();
    const Answer answer =
        server.post(kPath + "/file", "%PDF-1", "Content-Type: application/pdf\r\n");
    EXPECT_EQ(answer.status, 503);
    EXPECT_EQ(answer.field("retry-after"), "5");
}

TEST(VerifyFile, RefusesNoFileTwoFilesAndABrokenEnvelope) {
    TestServer server;
    server.start();
    const std::string part =
        "--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a\"\r\n\r\nx\r\n";
    const std::string type = "Content-Type: multipart/form-data; boundary=b\r\n";
    EXPECT_EQ(server.post(kPath + "/file", "").status, 400);
    EXPECT_EQ(server.post(kPath + "/file", part + part + "--b--\r\n", type).status, 400);
    EXPECT_EQ(server.post(kPath + "/file", "no boundary at all", type).status, 400);
    EXPECT_EQ(server.post(kPath + "/file", part, "Content-Type: multipart/form-data\r\n").status,
              400);
    EXPECT_EQ(server.post(kPath + "/file", "--b--\r\n", type).status, 400);
    std::string many;
    for (int i = 0; i < 100; ++i)
        many += "--b\r\nContent-Disposition: form-data; name=\"f\"\r\n\r\nx\r\n";
    EXPECT_EQ(server.post(kPath + "/file", many + "--b--\r\n", type).status, 400);
}

}  // namespace
}  // namespace yinxin::server::test
