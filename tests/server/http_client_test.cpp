// SPDX-License-Identifier: Apache-2.0
#include "server/http_client.h"

#include <cstdlib>

#include "tests/server/loopback_peer.h"
#include "tests/support/expect_error.h"

namespace yinxin::server {
namespace {

using namespace std::chrono_literals;
using tests::LoopbackPeer;
using tests::PeerConnection;

HttpRequest get(const std::string& url) {
    HttpRequest request;
    request.url = url;
    request.deadline = 20s;
    return request;
}

std::string answer(const std::string& body, const std::string& more = "") {
    return "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n" + more +
           "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

/// Answers every request of a connection alike.
LoopbackPeer::Behaviour always(const std::string& text) {
    return [text](const PeerConnection& connection) {
        while (!connection.read_request().empty() && connection.write(text)) {
        }
    };
}

TEST(HttpClient, BringsTheAnswer) {
    LoopbackPeer peer(always(answer("hello")));
    CurlHttpClient client({peer.entry()});
    const HttpAnswer got = client.send(get(peer.url()));
    EXPECT_EQ(got.status, 200);
    EXPECT_EQ(got.content_type, "text/plain");
    EXPECT_EQ(as_text(got.body), "hello");
}

TEST(HttpClient, PostsABody) {
    std::string seen;
    LoopbackPeer peer([&seen](const PeerConnection& connection) {
        seen = connection.read_request();
        connection.write(answer(""));
    });
    CurlHttpClient client({peer.entry()});
    HttpRequest request = get(peer.url());
    request.content_type = "application/timestamp-query";
    request.body = to_bytes(as_bytes(std::string(5000, 'q')));
    EXPECT_EQ(client.send(request).status, 200);
    EXPECT_THAT(seen, testing::StartsWith("POST / HTTP/1.1\r\n"));
    EXPECT_THAT(seen, testing::HasSubstr("Content-Type: application/timestamp-query\r\n"));
    EXPECT_THAT(seen, testing::Not(testing::HasSubstr("Expect:")));
    EXPECT_THAT(seen, testing::EndsWith("\r\n\r\n" + std::string(5000, 'q')));
    request.body.clear();
    client.send(request);
    EXPECT_THAT(seen, testing::HasSubstr("Content-Length: 0\r\n"));
}

TEST(HttpClient, GivesEveryStatusBack) {
    LoopbackPeer peer(always("HTTP/1.1 503 No\r\nContent-Length: 2\r\n\r\nno"));
    CurlHttpClient client({peer.entry()});
    EXPECT_EQ(client.send(get(peer.url())).status, 503);
}

TEST(HttpClient, UsesAConnectionAgain) {
    LoopbackPeer peer(always(answer("hello")));
    CurlHttpClient client({peer.entry()});
    for (int i = 0; i < 5; ++i) {
        client.send(get(peer.url()));
    }
    EXPECT_EQ(peer.connections(), 1);
}

TEST(HttpClient, IsForManyThreads) {
    LoopbackPeer peer([](const PeerConnection& connection) {
        for (;;) {
            const std::string request = connection.read_request();
            if (request.empty()) {
                return;
            }
            connection.write(answer(request.substr(4, request.find(' ', 4) - 4)));
        }
    });
    CurlHttpClient client({peer.entry()});
    std::atomic<int> right{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 8; ++i) {
        threads.emplace_back([&, i] {
            for (int k = 0; k < 20; ++k) {
                const std::string path = std::to_string(i) + "-" + std::to_string(k);
                right += as_text(client.send(get(peer.url() + path)).body) == "/" + path ? 1 : 0;
            }
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    EXPECT_EQ(right, 160);
    EXPECT_LE(peer.connections(), 8);
}

TEST(HttpClient, DoesNotWaitForASilentServer) {
    LoopbackPeer peer([](const PeerConnection& connection) { connection.wait_for_end(); });
    CurlHttpClient client({peer.entry()});
    HttpRequest request = get(peer.url());
    request.deadline = 100ms;
    EXPECT_ERROR(client.send(request), Unavailable, peer.entry() + ": Timeout");
}

TEST(HttpClient, DoesNotWaitForADrippingServer) {
    // Never silent for long: only a deadline over all of it ends this.
    LoopbackPeer peer([](const PeerConnection& connection) {
        connection.read_request();
        connection.write("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n");
        while (connection.write("x")) {
            std::this_thread::sleep_for(10ms);
        }
    });
    CurlHttpClient client({peer.entry()});
    HttpRequest request = get(peer.url());
    request.deadline = 200ms;
    EXPECT_ERROR(client.send(request), Unavailable, "Timeout");
}

TEST(HttpClient, TakesNoMoreThanItsCap) {
    const std::string body(1001, 'b');
    LoopbackPeer said(always(answer(body)));
    LoopbackPeer unsaid([&body](const PeerConnection& connection) {
        connection.read_request();
        connection.write("HTTP/1.1 200 OK\r\n\r\n" + body);
    });
    CurlHttpClient client({said.entry(), unsaid.entry()});
    for (const std::string& url : {said.url(), unsaid.url()}) {
        HttpRequest request = get(url);
        request.answer_bytes_max = 1000;
        EXPECT_ERROR(client.send(request), Unavailable, "larger than 1000 bytes");
        request.answer_bytes_max = 1001;
        EXPECT_EQ(client.send(request).body.size(), 1001u);
    }
}

TEST(HttpClient, TakesNoEndlessHead) {
    LoopbackPeer peer([](const PeerConnection& connection) {
        connection.read_request();
        connection.write("HTTP/1.1 200 OK\r\n");
        while (connection.write("X-Field: " + std::string(1000, 'x') + "\r\n")) {
        }
    });
    CurlHttpClient client({peer.entry()});
    EXPECT_ERROR(client.send(get(peer.url())), Unavailable, "larger than");
}

TEST(HttpClient, FollowsNoRedirect) {
    LoopbackPeer other(always(answer("elsewhere")));
    LoopbackPeer peer(
        always("HTTP/1.1 302 Found\r\nLocation: " + other.url() + "\r\nContent-Length: 0\r\n\r\n"));
    CurlHttpClient client({peer.entry(), other.entry()});
    const HttpAnswer got = client.send(get(peer.url()));
    EXPECT_EQ(got.status, 302);
    EXPECT_EQ(other.connections(), 0);
}

TEST(HttpClient, SaysWhenNobodyListens) {
    int port = 0;
    {
        const LoopbackPeer gone([](const PeerConnection&) {});
        port = gone.port();
    }
    const std::string entry = "127.0.0.1:" + std::to_string(port);
    CurlHttpClient client({entry});
    EXPECT_ERROR(client.send(get("http://" + entry + "/")), Unavailable, entry + ": Could");
}

TEST(HttpClient, TellsNothingOfWhatTheOtherSideSent) {
    LoopbackPeer garbage([](const PeerConnection& connection) {
        connection.read_request();
        connection.write("canary canary canary\r\n\r\ncanary");
    });
    LoopbackPeer cut([](const PeerConnection& connection) {
        connection.read_request();
        connection.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\ncanary");
    });
    CurlHttpClient client({garbage.entry(), cut.entry()});
    for (const LoopbackPeer* peer : {&garbage, &cut}) {
        try {
            client.send(get(peer->url()));
            ADD_FAILURE() << "an answer came";
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), ErrorCode::Unavailable);
            EXPECT_THAT(error.what(), testing::Not(testing::HasSubstr("canary")));
        }
    }
}

TEST(HttpClient, AsksNobodyWhoIsNotListed) {
    LoopbackPeer peer(always(answer("hello")));
    const std::string other = std::to_string(peer.port() == 65535 ? 1024 : peer.port() + 1);
    for (const std::vector<std::string>& list : {std::vector<std::string>{},
                                                 {"127.0.0.1:" + other},
                                                 {"127.0.0.1"},
                                                 {peer.entry("localhost")}}) {
        CurlHttpClient client(list);
        EXPECT_ERROR(client.send(get(peer.url())), Forbidden, "[outbound] allow");
    }
    EXPECT_EQ(peer.connections(), 0);
}

TEST(HttpClient, ReachesAPrivateAddressOnlyByItsPort) {
    for (const std::string host : {"localhost", "127.0.0.1", "127.1.2.3", "0.0.0.0", "10.0.0.1"}) {
        CurlHttpClient client({host});
        HttpRequest request = get("http://" + host + "/");
        request.deadline = 5s;
        EXPECT_ERROR(client.send(request), Forbidden, "with its port");
    }
    LoopbackPeer peer(always(answer("hello")));
    CurlHttpClient client({peer.entry("LocalHost")});
    EXPECT_EQ(as_text(client.send(get(peer.url("localhost"))).body), "hello");
    EXPECT_EQ(as_text(client.send(get(peer.url("LOCALHOST"))).body), "hello");
}

TEST(HttpClient, TellsPublicAddressesFromOthers) {
    for (const char* address : {"0.0.0.0",
                                "10.255.255.255",
                                "100.64.0.1",
                                "127.0.0.1",
                                "169.254.169.254",
                                "172.16.0.1",
                                "172.31.255.255",
                                "192.0.0.1",
                                "192.168.1.1",
                                "198.19.0.1",
                                "224.0.0.1",
                                "255.255.255.255",
                                "::",
                                "::1",
                                "fd00::1",
                                "fe80::1",
                                "ff02::1",
                                "::ffff:127.0.0.1",
                                "64:ff9b::10.0.0.1",
                                "2002:7f00:1::1",
                                "2001::1",
                                "",
                                "localhost"}) {
        EXPECT_FALSE(is_public_address(address)) << address;
    }
    for (const char* address : {"1.1.1.1",
                                "100.128.0.1",
                                "172.32.0.1",
                                "192.0.1.1",
                                "223.255.255.255",
                                "2606:4700::1111",
                                "::ffff:1.1.1.1",
                                "64:ff9b::1.1.1.1"}) {
        EXPECT_TRUE(is_public_address(address)) << address;
    }
}

TEST(HttpClient, WritesOfANumberLeadToTheSameAddress) {
    LoopbackPeer peer(always(answer("hello")));
    CurlHttpClient client({peer.entry()});
    EXPECT_EQ(as_text(client.send(get(peer.url("0x7f.1"))).body), "hello");
    CurlHttpClient other({peer.entry("localhost")});
    EXPECT_ERROR(other.send(get(peer.url("2130706433"))), Forbidden, "may not be asked");
}

TEST(HttpClient, SpeaksOnlyToTheWeb) {
    CurlHttpClient client({"127.0.0.1:1"});
    for (const char* url : {"file:///etc/passwd",
                            "ftp://127.0.0.1:1/",
                            "gopher://127.0.0.1:1/",
                            "//127.0.0.1:1/",
                            "http://user@127.0.0.1:1/",
                            "http://127.0.0.1:99999/",
                            "http://",
                            ""}) {
        EXPECT_ERROR(client.send(get(url)), Invalid, "");
    }
}

TEST(HttpClient, UsesNoProxyOfTheEnvironment) {
    LoopbackPeer proxy(always(answer("proxy")));
    LoopbackPeer peer(always(answer("hello")));
    ::setenv("http_proxy", proxy.url().c_str(), 1);
    ::setenv("ALL_PROXY", proxy.url().c_str(), 1);
    CurlHttpClient client({peer.entry()});
    const HttpAnswer got = client.send(get(peer.url()));
    ::unsetenv("http_proxy");
    ::unsetenv("ALL_PROXY");
    EXPECT_EQ(as_text(got.body), "hello");
    EXPECT_EQ(proxy.connections(), 0);
}

TEST(HttpClient, RefusesAListThatIsNone) {
    for (const char* entry :
         {"", ":80", "a:b", "a:0", "a:65536", "http://a", "a/b", "::1", "[::1]:"}) {
        EXPECT_ERROR(CurlHttpClient({entry}), Invalid, "should be HOST or HOST:PORT");
    }
    EXPECT_EQ(host_and_port("https://TSA.example.org/a?b"), "tsa.example.org:443");
    EXPECT_EQ(host_and_port("http://[::1]:8081/tsa/rsa"), "[::1]:8081");
}

TEST(HttpClient, MayAskTheDemosPkiInADemo) {
    Config config;
    config.outbound_allow = {"tsa.example.org"};
    EXPECT_EQ(outbound_hosts(config), (std::vector<std::string>{"tsa.example.org"}));
    config.demo = true;
    EXPECT_EQ(outbound_hosts(config),
              (std::vector<std::string>{"tsa.example.org", "127.0.0.1:8081"}));
}

}  // namespace
}  // namespace yinxin::server
