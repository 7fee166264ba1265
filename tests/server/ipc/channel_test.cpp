// SPDX-License-Identifier: Apache-2.0
#include "server/ipc/channel.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <thread>

#include "common/error.h"
#include "tests/support/expect_error.h"
#include "tests/support/temporary_folder.h"

namespace yinxin::server {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using tests::code_of;

void write_raw(const Channel& to, const std::string& bytes) {
    ASSERT_EQ(::send(to.fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL), std::ssize(bytes));
}

std::string lengths(std::uint32_t head, std::uint32_t body) {
    std::string text;
    for (const std::uint32_t value : {head, body}) {
        for (int i = 0; i < 4; ++i) {
            text.push_back(static_cast<char>(value >> (8 * i)));
        }
    }
    return text;
}

TEST(Channel, CarriesJsonAndBytes) {
    auto [here, there] = Channel::pair();
    here.send({json{{"verb", "sign"}, {"name", "王𠮷"}}, Bytes{0, 1, 255}});
    const auto message = there.receive();
    ASSERT_TRUE(message);
    EXPECT_EQ(message->head, (json{{"verb", "sign"}, {"name", "王𠮷"}}));
    EXPECT_EQ(message->body, (Bytes{0, 1, 255}));
}

TEST(Channel, CarriesABodyLargerThanTheSocketBuffer) {
    auto [here, there] = Channel::pair();
    const Bytes body(10u << 20, 0x5a);
    std::jthread sender([&here, &body] { here.send({json::object(), body}, 10s); });
    const auto message = there.receive(10s);
    ASSERT_TRUE(message);
    EXPECT_EQ(message->body, body);
}

TEST(Channel, SaysNothingWhenTheOtherSideClosedBetweenFrames) {
    auto [here, there] = Channel::pair();
    here.send({json{{"n", 1}}, {}});
    { const Channel closing = std::move(here); }
    EXPECT_TRUE(there.receive());
    EXPECT_FALSE(there.receive());
}

TEST(Channel, RefusesTornFrames) {
    const std::string whole = lengths(2, 3) + "{}abc";
    for (std::size_t cut = 1; cut < whole.size(); ++cut) {
        auto [here, there] = Channel::pair();
        write_raw(here, whole.substr(0, cut));
        { const Channel closing = std::move(here); }
        EXPECT_EQ(code_of([&] { there.receive(1s); }), ErrorCode::Unavailable) << cut;
    }
}

TEST(Channel, RefusesFramesOverTheCapsAndWhatIsNoObject) {
    std::string deep;
    for (int i = 0; i < 100; ++i) {
        deep += "{\"a\":";
    }
    deep += "1" + std::string(100, '}');
    const auto framed = [](const std::string& head) {
        return lengths(static_cast<std::uint32_t>(head.size()), 0) + head;
    };
    const std::vector<std::string> bad{
        lengths(ipc_head_bytes_max + 1, 0),
        lengths(2, ipc_body_bytes_max + 1),
        lengths(0xffffffff, 0xffffffff),
        framed("[]"),
        framed("{\"a\":"),
        framed("\"a\""),
        framed("{} x"),
        lengths(0, 0),
        framed("{\"a\":\"\xff\"}"),
        framed(deep),
    };
    for (const std::string& bytes : bad) {
        auto [here, there] = Channel::pair();
        write_raw(here, bytes);
        EXPECT_EQ(code_of([&] { there.receive(1s); }), ErrorCode::Malformed) << bytes.substr(8, 20);
    }
}

TEST(Channel, TakesNoMoreOfABodyThanIsAskedFor) {
    auto [here, there] = Channel::pair();
    for (const std::size_t size : {3U, 4U}) {
        here.send({json::object(), Bytes(size)});
    }
    EXPECT_EQ(there.receive(1s, 3).value().body.size(), 3U);
    EXPECT_EQ(code_of([&] { there.receive(1s, 3); }), ErrorCode::Malformed);
}

TEST(Channel, DoesNotSendMoreThanTheOtherSideWouldTake) {
    auto [here, there] = Channel::pair();
    EXPECT_EQ(code_of([&] {
                  here.send({json::object(), Bytes(ipc_body_bytes_max + 1)});
              }),
              ErrorCode::TooLarge);
    EXPECT_EQ(code_of([&] {
                  here.send({json{{"a", std::string(ipc_head_bytes_max, 'x')}}, {}});
              }),
              ErrorCode::TooLarge);
}

TEST(Channel, GivesUpAtTheDeadlineInBothDirections) {
    auto [here, there] = Channel::pair();
    const auto start = std::chrono::steady_clock::now();
    EXPECT_EQ(code_of([&] { here.receive(50ms); }), ErrorCode::Unavailable);
    EXPECT_EQ(code_of([&] {
                  here.send({json::object(), Bytes(10u << 20)}, 50ms);
              }),
              ErrorCode::Unavailable);
    EXPECT_LT(std::chrono::steady_clock::now() - start, 5s);
}

TEST(Channel, ADeadlineCoversTheWholeFrameNotEachByte) {
    auto [here, there] = Channel::pair();
    std::jthread dripping([&here](const std::stop_token& stop) {
        const std::string start = lengths(1000, 0);
        for (std::size_t i = 0; !stop.stop_requested(); ++i) {
            const char byte = i < start.size() ? start[i] : ' ';
            if (::send(here.fd(), &byte, 1, MSG_NOSIGNAL) != 1) {
                return;
            }
            std::this_thread::sleep_for(20ms);
        }
    });
    const auto start = std::chrono::steady_clock::now();
    EXPECT_EQ(code_of([&] { there.receive(200ms); }), ErrorCode::Unavailable);
    EXPECT_LT(std::chrono::steady_clock::now() - start, 3s);
}

TEST(Channel, ListensWithAPrivateModeHoweverDeepTheFolder) {
    const tests::TemporaryFolder root;
    const std::filesystem::path folder =
        root.path() / std::string(120, 'd') / std::string(120, 'e');
    std::filesystem::create_directories(folder);
    const auto socket = folder / "control.sock";
    const Channel listener(Channel::listen(socket));
    struct stat info {};
    ASSERT_EQ(::stat(socket.c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777, 0600u);

    Channel client = Channel::connect(socket);
    Channel server(::accept(listener.fd(), nullptr, nullptr));
    EXPECT_TRUE(server.peer_is_same_user());
    client.send({json{{"verb", "hello"}}, {}});
    EXPECT_EQ(server.receive(1s)->head, (json{{"verb", "hello"}}));
}

TEST(Channel, SaysWhenNobodyListens) {
    EXPECT_EQ(code_of([] { Channel::connect("/tmp/yinxin-no-such-folder/control.sock"); }),
              ErrorCode::Unavailable);
}

TEST(Channel, PassesConnectionsThroughADoor) {
    auto [outside, inside] = Channel::pair();
    auto [here, there] = Channel::pair();
    outside.pass(there.fd());
    there = Channel(-1);
    auto taken = inside.take();
    ASSERT_TRUE(taken);
    here.send({json{{"n", 7}}, {}});
    EXPECT_EQ(taken->receive(1s)->head, (json{{"n", 7}}));
    outside = Channel(-1);
    { const Channel closing = std::move(outside); }
    EXPECT_FALSE(inside.take());
}

TEST(ErrorOverAChannel, ArrivesAsItWasThrown) {
    const Error original(ErrorCode::Invalid,
                         "two faults",
                         {{"/rows/0/tax", "line_tax", "should be 3.00"}, {"", "required", "x"}});
    try {
        rethrow_if_error(error_to_json(original));
        FAIL();
    } catch (const Error& copy) {
        EXPECT_EQ(copy.code(), ErrorCode::Invalid);
        EXPECT_STREQ(copy.what(), "two faults");
        ASSERT_EQ(copy.fields().size(), 2u);
        EXPECT_EQ(copy.fields()[0].pointer, "/rows/0/tax");
        EXPECT_EQ(copy.fields()[0].rule, "line_tax");
        EXPECT_EQ(copy.fields()[0].detail, "should be 3.00");
    }
}

TEST(ErrorOverAChannel, KeepsEveryCode) {
    for (int i = 0; i <= static_cast<int>(ErrorCode::Internal); ++i) {
        const auto code = static_cast<ErrorCode>(i);
        const json head = error_to_json(Error(code, "x"));
        EXPECT_EQ(code_of([&] { rethrow_if_error(head); }), code) << head;
    }
}

TEST(ErrorOverAChannel, TakesAStrangersExceptionAsInternal) {
    EXPECT_EQ(error_to_json(std::runtime_error("boom"))["error"]["code"], "internal");
    EXPECT_EQ(code_of([] {
                  rethrow_if_error(json{{"error", "no object"}});
              }),
              ErrorCode::Malformed);
    EXPECT_EQ(code_of([] {
                  rethrow_if_error(json{{"error", {{"code", 5}, {"fields", {1, 2}}}}});
              }),
              ErrorCode::Internal);
    EXPECT_NO_THROW(rethrow_if_error(json{{"result", 1}}));
}

}  // namespace
}  // namespace yinxin::server
