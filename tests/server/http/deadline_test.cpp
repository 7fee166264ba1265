// SPDX-License-Identifier: Apache-2.0
// Slow clients: a whole head and a whole body have a deadline, however often a byte arrives.
#include <gtest/gtest.h>

#include <thread>

#include "tests/server/http/test_server.h"

namespace yinxin::server::test {
namespace {

using namespace std::chrono_literals;
using SteadyClock = std::chrono::steady_clock;

struct SlowServer : TestServer {
    SlowServer() {
        config.limits.header_seconds = 1;
        config.limits.body_seconds = 1;
        start();
    }
};

// Sends a byte every 100 ms until the server has had enough.
Answer drip(Client& client, const std::string& begin, SteadyClock::duration& took) {
    client.send(begin);
    const auto from = SteadyClock::now();
    std::jthread dripping([&client](const std::stop_token& stop) {
        while (!stop.stop_requested() && client.send("a")) std::this_thread::sleep_for(100ms);
    });
    const Answer answer = client.read_answer();
    took = SteadyClock::now() - from;
    return answer;
}

TEST(Deadline, EndsADrippingHead) {
    SlowServer server;
    Client client(server.port());
    SteadyClock::duration took{};
    const Answer answer = drip(client, "GET /livez HTTP/1.1\r\nX-Slow: ", took);
    EXPECT_EQ(answer.status, 408);
    EXPECT_EQ(answer.field("connection"), "close");
    EXPECT_GE(took, 800ms);
}

TEST(Deadline, EndsADrippingBody) {
    SlowServer server;
    Client client(server.port());
    SteadyClock::duration took{};
    const Answer answer =
        drip(client,
             "POST /api/v1/verifications HTTP/1.1\r\nHost: a\r\nContent-Length: 4000\r\n\r\n",
             took);
    EXPECT_EQ(answer.status, 408);
    EXPECT_GE(took, 800ms);
}

TEST(Deadline, ClosesASilentConnection) {
    SlowServer server;
    Client client(server.port());
    EXPECT_TRUE(client.closed_by_server(10s));
}

TEST(Deadline, ClosesAnIdleConnectionAfterAnAnswer) {
    SlowServer server;
    Client client(server.port());
    client.send("GET /livez HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(client.read_answer().status, 200);
    EXPECT_TRUE(client.closed_by_server(10s));
}

// More slow heads than threads, from several addresses, and no deadline that helps.
TEST(Deadline, ServesOthersMeanwhile) {
    TestServer server;
    server.config.limits.header_seconds = 60;
    server.config.limits.connections_per_address = LimitConfig{}.connections_per_address;
    server.threads_max = 16;
    server.start();
    std::vector<std::unique_ptr<Client>> slow;
    for (int address = 2; address < 10; ++address) {
        for (int i = 0; i < server.config.limits.connections_per_address; ++i) {
            slow.push_back(
                std::make_unique<Client>(server.port(), "127.0.0." + std::to_string(address)));
            slow.back()->send("GET /livez HTTP/1.1\r\nX-Slow: ");
        }
    }
    for (int i = 0; i < 10; ++i) EXPECT_EQ(server.get("/livez").status, 200);
}

TEST(Deadline, LeavesMostThreadsFreeOfTheSlowHeadsOfEightAddresses) {
    const TestServer server;
    EXPECT_LE(8 * LimitConfig{}.connections_per_address, server.threads_max / 4);
}

TEST(Deadline, CutsAReaderThatDoesNotRead) {
    TestServer server;
    server.config.limits.body_seconds = 1;
    server.use.pdf = [](const Caller&, const std::string&, std::optional<int>) {
        return Service::File{Bytes(20u << 20, 'x'), std::string(64, '0'), "a.pdf", 1};
    };
    server.start();
    Client client(server.port());
    client.send("GET /api/v1/documents/d1/pdf HTTP/1.1\r\nHost: a\r\n" + with_key() + "\r\n");
    std::this_thread::sleep_for(2500ms);
    EXPECT_LT(client.read_to_end(3s).size(), 20u << 20);
}

}  // namespace
}  // namespace yinxin::server::test
