// SPDX-License-Identifier: Apache-2.0
#include "server/demo_pki_listener.h"

#include <Poco/Net/NetException.h>
#include <Poco/Net/SocketAddress.h>
#include <Poco/Net/StreamSocket.h>

#include "tests/support/expect_error.h"

namespace yinxin::server {
namespace {

SmallAnswer echo(const SmallRequest& request) {
    SmallAnswer answer;
    answer.hang_up = request.target == "/hang-up";
    answer.body =
        to_bytes(as_bytes(request.method + " " + request.target + " " + request.content_type + " " +
                          std::to_string(request.body.size())));
    return answer;
}

class DemoPkiListener : public testing::Test {
  protected:
    Poco::Net::StreamSocket connect() const {
        Poco::Net::StreamSocket socket(Poco::Net::SocketAddress("127.0.0.1", listener_.port()));
        socket.setReceiveTimeout(Poco::Timespan(60, 0));
        return socket;
    }
    static void send(Poco::Net::StreamSocket& socket, const std::string& text) {
        for (std::size_t sent = 0; sent < text.size();) {
            sent += static_cast<std::size_t>(
                socket.sendBytes(text.data() + sent, static_cast<int>(text.size() - sent)));
        }
    }
    /// What comes until the listener closes, with or without ceremony.
    static std::string rest(Poco::Net::StreamSocket& socket) {
        std::string text;
        char part[4096];
        try {
            for (int got = 0; (got = socket.receiveBytes(part, sizeof part)) > 0;) {
                text.append(part, static_cast<std::size_t>(got));
            }
        } catch (const Poco::Net::ConnectionResetException&) {
        }
        return text;
    }
    std::string ask(const std::string& text) const {
        auto socket = connect();
        send(socket, text);
        return rest(socket);
    }

    LoopbackListener listener_{"127.0.0.1:0", echo};
};

TEST_F(DemoPkiListener, AnswersOneRequestAfterAnother) {
    const std::string get = "GET /a?b HTTP/1.1\r\nHost: x\r\n\r\n";
    const std::string post =
        "POST /%2F HTTP/1.1\r\nHost: x\r\nContent-Type: Application/X; a=b\r\nContent-Length: 3\r\n"
        "Connection: close\r\n\r\nabc";
    const std::string answers = ask(get + post);
    EXPECT_THAT(answers, testing::StartsWith("HTTP/1.1 200 OK\r\n"));
    EXPECT_THAT(answers, testing::HasSubstr("\r\n\r\nGET /a?b  0HTTP/1.1 200 OK\r\n"));
    EXPECT_THAT(answers, testing::EndsWith("\r\n\r\nPOST /%2F application/x 3"));
}

TEST_F(DemoPkiListener, ClosesAfterARequestOfTheOldVersion) {
    EXPECT_THAT(ask("GET / HTTP/1.0\r\n\r\n"), testing::EndsWith("GET /  0"));
}

TEST_F(DemoPkiListener, TellsAWaitingClientToGoOn) {
    auto socket = connect();
    send(socket,
         "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nExpect: 100-continue\r\n"
         "Connection: close\r\n\r\n");
    char part[64] = {};
    ASSERT_GT(socket.receiveBytes(part, sizeof part - 1), 0);
    EXPECT_STREQ(part, "HTTP/1.1 100 Continue\r\n\r\n");
    send(socket, "a");
    EXPECT_THAT(rest(socket), testing::EndsWith(" 1"));
}

TEST_F(DemoPkiListener, RefusesWhatIsTooLargeOrNoRequest) {
    const std::string post = "POST / HTTP/1.1\r\nHost: x\r\n";
    EXPECT_THAT(ask(post + "Content-Length: 65537\r\n\r\n"), testing::HasSubstr(" 413 "));
    EXPECT_THAT(ask(post + "Content-Length: -1\r\n\r\n"), testing::HasSubstr(" 413 "));
    EXPECT_THAT(ask(post + "\r\n"), testing::HasSubstr(" 411 "));
    EXPECT_THAT(ask(post + "Transfer-Encoding: chunked\r\n\r\n"), testing::HasSubstr(" 411 "));
    EXPECT_THAT(ask("\x16\x03\x01\r\n\r\n"), testing::HasSubstr(" 400 "));
    const std::string body(65536, 'b');
    EXPECT_THAT(ask(post + "Connection: close\r\nContent-Length: 65536\r\n\r\n" + body),
                testing::EndsWith(" 65536"));
}

TEST_F(DemoPkiListener, EndsAHeadThatDoesNotEnd) {
    auto socket = connect();
    send(socket, "GET / HTTP/1.1\r\n" + std::string(17u << 10, 'x'));
    EXPECT_EQ(rest(socket), "");
}

TEST_F(DemoPkiListener, HangsUpOnOrder) {
    EXPECT_EQ(ask("GET /hang-up HTTP/1.1\r\nHost: x\r\n\r\n"), "");
}

TEST_F(DemoPkiListener, CutsWhatIsUnderWayWhenItGoes) {
    auto listener = std::make_unique<LoopbackListener>("127.0.0.1:0", [](const SmallRequest&) {
        SmallAnswer answer;
        answer.delay = std::chrono::hours(1);
        return answer;
    });
    Poco::Net::StreamSocket slow(Poco::Net::SocketAddress("127.0.0.1", listener->port()));
    Poco::Net::StreamSocket idle(Poco::Net::SocketAddress("127.0.0.1", listener->port()));
    send(slow, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    listener.reset();
    EXPECT_EQ(rest(slow), "");
    EXPECT_EQ(rest(idle), "");
}

TEST_F(DemoPkiListener, ListensOnLoopbackOnly) {
    for (const char* address : {"0.0.0.0:0", "[::]:0", "192.0.2.1:0", "8.8.8.8:0"}) {
        EXPECT_ERROR(LoopbackListener(address, echo), Invalid, "no loopback address");
    }
    const std::string taken = "127.0.0.1:" + std::to_string(listener_.port());
    EXPECT_ERROR(LoopbackListener(taken, echo), Conflict, taken);
}

}  // namespace
}  // namespace yinxin::server
