// SPDX-License-Identifier: Apache-2.0
// What a well-formed head becomes; the malformed ones are in framing_test.
#include "server/http/message.h"

#include <gtest/gtest.h>

namespace yinxin::server {
namespace {

RequestHead read(const std::string& text) {
    auto parsed = parse_head(text);
    EXPECT_TRUE(std::holds_alternative<RequestHead>(parsed)) << text;
    return std::get<RequestHead>(std::move(parsed));
}

TEST(ParseHead, TakesTheRequestLineAndTheFieldsApart) {
    const auto head = read(
        "POST /v/%E5%AE%98?lang=en&x=a+b%20c HTTP/1.1\r\nHost: a:80\r\nX-Mixed-Case: \t v \t\r\n"
        "Content-Length: 12\r\nConnection: foo, Close\r\n\r\n");
    EXPECT_EQ(head.method, "POST");
    EXPECT_EQ(head.path, "/v/官");
    EXPECT_EQ(head.segments, (std::vector<std::string>{"v", "官"}));
    EXPECT_EQ(head.query, "lang=en&x=a+b%20c");
    EXPECT_EQ(head.parameter("lang"), "en");
    EXPECT_EQ(head.parameter("x"), "a b c");
    EXPECT_EQ(head.parameter("y"), std::nullopt);
    ASSERT_NE(head.field("x-mixed-case"), nullptr);
    EXPECT_EQ(*head.field("x-mixed-case"), "v");
    EXPECT_EQ(head.content_length, 12u);
    EXPECT_FALSE(head.keep_alive);
}

TEST(ParseHead, SplitsThePathBeforeItDecodes) {
    const auto segments = [](const std::string& target) {
        return read("GET " + target + " HTTP/1.1\r\nHost: a\r\n\r\n").segments;
    };
    using Segments = std::vector<std::string>;
    EXPECT_EQ(segments("/"), Segments{""});
    EXPECT_EQ(segments("/a//b/"), (Segments{"a", "", "b", ""}));
    EXPECT_EQ(segments("/a%20b/%252f?c=%2F"), (Segments{"a b", "%2f"}));
    for (const char* target : {"/a%2Fb", "/%2f", "/a%5cb", "/a%00"})
        EXPECT_TRUE(std::holds_alternative<HeadFault>(
            parse_head("GET " + std::string(target) + " HTTP/1.1\r\nHost: a\r\n\r\n")))
            << target;
}

TEST(ParseHead, KeepsConnectionsByVersion) {
    EXPECT_TRUE(read("GET / HTTP/1.1\r\nHost: a\r\n\r\n").keep_alive);
    EXPECT_FALSE(read("GET / HTTP/1.0\r\n\r\n").keep_alive);
}

TEST(ParseHead, NeedsItsBlankLineAtTheEnd) {
    EXPECT_TRUE(std::holds_alternative<HeadFault>(parse_head("")));
    EXPECT_TRUE(std::holds_alternative<HeadFault>(parse_head("GET / HTTP/1.1\r\nHost: a\r\n")));
    EXPECT_TRUE(
        std::holds_alternative<HeadFault>(parse_head("GET / HTTP/1.1\r\nHost: a\r\n\r\nmore")));
}

TEST(ParseForm, ReadsPairsAndRefusesRepeatedNames) {
    const auto form = parse_form("code=7K3M+9Q2T&empty=&flag&name=%E5%BC%A0");
    ASSERT_TRUE(form);
    EXPECT_EQ(form->at("code"), "7K3M 9Q2T");
    EXPECT_EQ(form->at("empty"), "");
    EXPECT_EQ(form->at("flag"), "");
    EXPECT_EQ(form->at("name"), "张");
    EXPECT_FALSE(parse_form("a=1&a=2"));
    EXPECT_FALSE(parse_form("a=%zz"));
    EXPECT_FALSE(parse_form("a=%0a"));
    EXPECT_FALSE(parse_form("a=%ff"));
}

TEST(PercentDecode, TakesUtf8OnlyInItsShortestForm) {
    EXPECT_EQ(percent_decode("%F0%A0%AE%B7"), "𠮷");
    for (const char* bad :
         {"%C0%80", "%E0%80%AF", "%ED%A0%80", "%F4%90%80%80", "%80", "%E5%AE", "%"})
        EXPECT_EQ(percent_decode(bad), std::nullopt) << bad;
}

TEST(Serialize, WritesLengthAndFieldsAndLeavesTheBodyOutForHead) {
    Response response;
    response.content_type = "text/plain";
    response.body = "hello";
    response.set("X-A", "b");
    const auto whole = serialize(response, false, "now");
    EXPECT_EQ(
        whole,
        "HTTP/1.1 200 OK\r\nDate: now\r\nContent-Type: text/plain\r\nContent-Length: 5\r\nX-A: "
        "b\r\n\r\nhello");
    EXPECT_EQ(serialize(response, true, "now"), whole.substr(0, whole.size() - 5));
}

}  // namespace
}  // namespace yinxin::server
