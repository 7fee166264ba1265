// SPDX-License-Identifier: Apache-2.0
// Malformed and ambiguous requests over a raw socket: each is refused, the connection closes, and
// what follows in the same bytes is never answered as a second request.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/limits.h"
#include "tests/server/http/test_server.h"

namespace yinxin::server::test {
namespace {

struct Malformed {
    std::string name;
    std::string request;
    int status;
};

const std::string kSmuggled = "GET /livez HTTP/1.1\r\nHost: smuggled\r\n\r\n";

std::string get(const std::string& fields) {
    return "GET /livez HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n";
}
std::string post(const std::string& fields, const std::string& body = "") {
    return "POST /api/v1/verifications HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n" + body;
}
std::string many_fields(int count) {
    std::string fields;
    for (int i = 0; i < count; ++i) fields += "X-" + std::to_string(i) + ": 1\r\n";
    return fields;
}

std::vector<Malformed> malformed() {
    using std::string;
    const string nul(1, '\0');
    return {
        {"length and chunked",
         post("Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
         400},
        {"chunked and length",
         post("Transfer-Encoding: chunked\r\nContent-Length: 4\r\n", "0\r\n\r\n"),
         400},
        {"chunked", post("Transfer-Encoding: chunked\r\n", "2\r\n{}\r\n0\r\n\r\n"), 411},
        {"chunked on GET", get("Transfer-Encoding: chunked\r\n") + "0\r\n\r\n", 411},
        {"chunk size in hex notation",
         post("Transfer-Encoding: chunked\r\n", "0x2\r\n{}\r\n0\r\n\r\n"),
         411},
        {"chunk size of nine digits",
         post("Transfer-Encoding: chunked\r\n", "100000002\r\n{}\r\n"),
         411},
        {"xchunked", post("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n"), 400},
        {"chunked twice",
         post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"),
         400},
        {"identity, chunked", post("Transfer-Encoding: identity, chunked\r\n"), 400},
        {"upper case Chunked", post("Transfer-Encoding: Chunked\r\n"), 400},
        {"space before the colon of Transfer-Encoding",
         post("Transfer-Encoding : chunked\r\n"),
         400},
        {"space before the colon of Content-Length", post("Content-Length : 2\r\n", "{}"), 400},
        {"tab before the colon", get("X-A\t: b\r\n"), 400},
        {"two lengths", post("Content-Length: 2\r\nContent-Length: 40\r\n", "{}"), 400},
        {"two equal lengths", post("Content-Length: 2\r\nContent-Length: 2\r\n", "{}"), 400},
        {"length list", post("Content-Length: 2, 2\r\n", "{}"), 400},
        {"length +2", post("Content-Length: +2\r\n", "{}"), 400},
        {"length -1", post("Content-Length: -1\r\n"), 400},
        {"length 0x2", post("Content-Length: 0x2\r\n", "{}"), 400},
        {"length 2 2", post("Content-Length: 2 2\r\n", "{}"), 400},
        {"length 02", post("Content-Length: 02\r\n", "{}"), 400},
        {"length 2.0", post("Content-Length: 2.0\r\n", "{}"), 400},
        {"empty length", post("Content-Length:\r\n"), 400},
        {"length beyond 64 bits", post("Content-Length: 18446744073709551618\r\n", "{}"), 400},
        {"no length on POST", post(""), 411},
        {"body on GET", get("Content-Length: 38\r\n"), 400},
        {"version 9.9", "GET /livez HTTP/9.9\r\nHost: a\r\n\r\n", 505},
        {"version 2.0", "GET /livez HTTP/2.0\r\nHost: a\r\n\r\n", 505},
        {"HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
        {"version 1.10", "GET /livez HTTP/1.10\r\nHost: a\r\n\r\n", 400},
        {"lower case version", "GET /livez http/1.1\r\nHost: a\r\n\r\n", 400},
        {"no version", "GET /livez\r\nHost: a\r\n\r\n", 400},
        {"no host", "GET /livez HTTP/1.1\r\n\r\n", 400},
        {"two hosts", "GET /livez HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
        {"two equal hosts", "GET /livez HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n", 400},
        {"two hosts in 1.0", "GET /livez HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n", 400},
        {"empty host", "GET /livez HTTP/1.1\r\nHost:\r\n\r\n", 400},
        {"host with a path", "GET /livez HTTP/1.1\r\nHost: a/b\r\n\r\n", 400},
        {"host with user", "GET /livez HTTP/1.1\r\nHost: u@a\r\n\r\n", 400},
        {"host list", "GET /livez HTTP/1.1\r\nHost: a, b\r\n\r\n", 400},
        {"host with bad port", "GET /livez HTTP/1.1\r\nHost: a:8x\r\n\r\n", 400},
        {"NUL in a value", get("X-A: b" + nul + "c\r\n"), 400},
        {"NUL in a name", get("X" + nul + "A: b\r\n"), 400},
        {"NUL in the target", "GET /li" + nul + "vez HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"folded field", get("X-A: b\r\n c\r\n"), 400},
        {"folded by tab", get("X-A: b\r\n\tc\r\n"), 400},
        {"fold before the first field", "GET /livez HTTP/1.1\r\n Host: a\r\n\r\n", 400},
        {"bare LF lines", "GET /livez HTTP/1.1\nHost: a\n\n", 400},
        {"bare LF in a value", get("X-A: b\nX-C: d\r\n"), 400},
        {"bare CR in a value", get("X-A: b\rX-C: d\r\n"), 400},
        {"LF CR LF at the end", "GET /livez HTTP/1.1\r\nHost: a\n\r\n", 400},
        {"empty line first", "\r\nGET /livez HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"two spaces in the request line", "GET  /livez HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"tab in the request line", "GET\t/livez\tHTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"space at the end of the request line", "GET /livez HTTP/1.1 \r\nHost: a\r\n\r\n", 400},
        {"absolute target", "GET http://a/livez HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"authority target", "CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"asterisk target", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"fragment in the target", "GET /livez#x HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"raw UTF-8 in the target", "GET /\xe5\xae\x98 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"broken escape", "GET /v/%4 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"escaped NUL", "GET /v/%00 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"escaped slash", "GET /v%2f7K3M9Q2T5W8X4Y6Y HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"escaped slash in a segment", "GET /v/a%2Fb HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"escaped backslash", "GET /v/a%5Cb HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"escaped CR LF", "GET /v/%0d%0aX: HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"overlong UTF-8 escape", "GET /v/%c0%af HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"method is no token", "GE(T /livez HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"no colon", get("X-A\r\n"), 400},
        {"empty name", get(": a\r\n"), 400},
        {"name with UTF-8", get("X-\xc3\xa9: a\r\n"), 400},
        {"DEL in a value", get("X-A: \x7f\r\n"), 400},
        {"other expectation", post("Content-Length: 2\r\nExpect: 200-ok\r\n", "{}"), 417},
        {"65 fields", get(many_fields(64)), 431},
        {"long target",
         "GET /" + string(limits::uri_bytes_max, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n",
         414},
        {"long head", get("X-A: " + string(limits::header_bytes_max, 'a') + "\r\n"), 431},
        {"TLS hello", string("\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03", 11) + "\n\n", 400},
    };
}

TEST(Framing, RefusesEveryMalformedRequestAndCloses) {
    TestServer server;
    server.start();
    ASSERT_GE(malformed().size(), 40u);
    for (const auto& bad : malformed()) {
        SCOPED_TRACE(bad.name);
        Client client(server.port());
        client.send(bad.request + kSmuggled);
        const Answer answer = client.read_answer();
        EXPECT_EQ(answer.status, bad.status);
        EXPECT_EQ(answer.field("content-type"), "application/problem+json");
        EXPECT_EQ(answer.field("connection"), "close");
        EXPECT_TRUE(client.closed_by_server()) << "something came after the refusal";
    }
}

TEST(Framing, RefusesTheSameWhenBytesArriveOneByOne) {
    TestServer server;
    server.start();
    for (const std::string& request : {post("Content-Length: 4\r\nTransfer-Encoding: chunked\r\n"),
                                       std::string("GET /livez HTTP/1.1\nHost: a\n\n"),
                                       std::string("GET /livez HTTP/1.1\r\n\r\n")}) {
        Client client(server.port());
        for (const char c : request) client.send(std::string(1, c));
        EXPECT_EQ(client.read_answer().status, 400);
        EXPECT_TRUE(client.closed_by_server());
    }
}

TEST(Framing, TakesWellFormedRequests) {
    TestServer server;
    server.start();
    const std::vector<std::string> good{
        get(""),
        get("X-Empty:\r\n"),
        get("X-Utf8: \xe5\xae\x98\r\n"),
        get("Content-Length: 0\r\n"),
        get(many_fields(63)),
        "GET /livez HTTP/1.0\r\n\r\n",
        "GET /livez HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n",
        "GET /livez?a=b%20c HTTP/1.1\r\nhOST: localhost\r\n\r\n",
        "GET /%6Civez HTTP/1.1\r\nHost: a\r\n\r\n",
        post("Content-Length: 32\r\n", "{\"code\": \"7K3M-9Q2T-5W8X-4Y6Y\" }"),
    };
    for (const auto& request : good) EXPECT_EQ(server.send(request).status, 200) << request;
}

TEST(Framing, AnswersPipelinedRequestsInOrder) {
    TestServer server;
    server.start();
    Client client(server.port());
    const std::string body = R"({"code":"7K3M9Q2T5W8X4Y6Y"})";
    client.send(get("") + post("Content-Length: " + std::to_string(body.size()) + "\r\n", body) +
                "GET /nowhere HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    EXPECT_EQ(client.read_answer().json(), (Json{{"live", true}}));
    EXPECT_EQ(client.read_answer().json().at("outcome"), "on_record");
    EXPECT_EQ(client.read_answer().status, 404);
    EXPECT_TRUE(client.closed_by_server());
}

TEST(Framing, ContinuesWhenAskedTo) {
    TestServer server;
    server.start();
    Client client(server.port());
    const std::string body = R"({"code":"7K3M9Q2T5W8X4Y6Y"})";
    client.send(
        post("Expect: 100-continue\r\nContent-Length: " + std::to_string(body.size()) + "\r\n"));
    EXPECT_EQ(client.read_answer().status, 100);
    client.send(body);
    EXPECT_EQ(client.read_answer().status, 200);
}

}  // namespace
}  // namespace yinxin::server::test
