// SPDX-License-Identifier: Apache-2.0
// The real nest and its real children, with a reader that misbehaves (hostile_nest.cpp).
#include "server/inspector/nest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "common/error.h"
#include "server/children.h"

namespace yinxin::server {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

constexpr auto kSoon = 20s;  // never waited for, but on a machine that stands still

void await_children(pid_t pid, std::ptrdiff_t count) {
    const std::string name = std::to_string(pid);
    for (std::ptrdiff_t has = -1; has != count; std::this_thread::yield()) {
        std::ifstream file("/proc/" + name + "/task/" + name + "/children");
        has = std::distance(std::istream_iterator<pid_t>(file), {});
    }
}

long resident_kib(pid_t pid) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/status");
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with("VmRSS:")) {
            return std::stol(line.substr(6));
        }
    }
    return -1;
}

class NestTest : public testing::Test {
  protected:
    static ChildOptions nest(const json& order) {
        return {.program = find_program("yinxin-hostile-nest"),
                .arguments = {},
                .order = order,
                .start_deadline = kSoon,
                .backoff_min = 1ms};
    }

    /// A child has begun to read this file; what it answers is still to come.
    static Channel begin(Keeper& keeper, const std::string& file) {
        Channel channel = hand_over(keeper, file);
        const auto word = channel.receive(kSoon);
        EXPECT_TRUE(word && word->head == (json{{"taken", true}}));
        return channel;
    }
    static Channel hand_over(Keeper& keeper, const std::string& file) {
        Channel channel = keeper.connect(kSoon).channel;
        channel.send(json::object(), as_bytes(file), kSoon);
        return channel;
    }
    /// null: it closed without a word.
    static json ask(Keeper& keeper, const std::string& file) {
        Channel channel = begin(keeper, file);
        const auto answer = channel.receive(kSoon);
        return answer ? answer->head : json();
    }
    /// Of a file after which the nest leaves.
    json ask_until_it_left(const std::string& file) {
        keeper_.wait_ready();
        const std::uint64_t generation = keeper_.generation();
        json answer = ask(keeper_, file);
        while (keeper_.generation() == generation) {
            std::this_thread::yield();
        }
        return answer;
    }
    static json ended(const char* why, int signal) { return {{"ended", why}, {"signal", signal}}; }

    Keeper keeper_{nest({{"children", 3}})};
};

TEST_F(NestTest, ReadsEachFileInAProcessOfItsOwn) {
    std::set<pid_t> pids;
    for (int i = 0; i < 5; ++i) {
        pids.insert(ask(keeper_, "pid").at("pid").get<pid_t>());
    }
    EXPECT_EQ(pids.size(), 5U);
    EXPECT_FALSE(pids.contains(keeper_.pid()));
}

TEST_F(NestTest, ReadsTheWholeFile) {
    for (const std::size_t size : {0U, 1U, 4096U, 10U << 20}) {
        EXPECT_EQ(ask(keeper_, std::string(size, 'x')).at("pages"), size);
    }
}

TEST_F(NestTest, EndsAFileThatBurnsItsTime) {
    keeper_.wait_ready();
    const pid_t pid = keeper_.pid();
    EXPECT_EQ(ask(keeper_, "spin"), ended("cpu", SIGXCPU));
    EXPECT_EQ(ask(keeper_, "any").at("integrity"), "unsigned");
    EXPECT_EQ(keeper_.pid(), pid);
}

TEST_F(NestTest, EndsAFileThatWaitsForNothing) {
    Keeper keeper(nest({{"children", 2}, {"wall_ms", 2000}}));
    keeper.wait_ready();
    const pid_t pid = keeper.pid();
    EXPECT_EQ(ask(keeper, "wait"), ended("time", SIGKILL));
    EXPECT_EQ(ask(keeper, "any").at("integrity"), "unsigned");
    EXPECT_EQ(keeper.pid(), pid);
}

TEST_F(NestTest, GivesAFileNoMoreThanItsMemory) {
    EXPECT_EQ(ask(keeper_, "eat"), (json{{"ended", "memory"}}));
    const int had = ask(keeper_, "map").at("mib").get<int>();
    EXPECT_GT(had, 16);
    EXPECT_LE(had, 64);
}

TEST_F(NestTest, LeavesAfterACrashAndIsReplaced) {
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(ask_until_it_left("crash").at("ended"), "crash");
        EXPECT_EQ(ask(keeper_, "any").at("integrity"), "unsigned");
    }
}

TEST_F(NestTest, DoesNotLeaveWhileAnotherFileIsRead) {
    Channel other = begin(keeper_, "wait");
    const pid_t pid = keeper_.pid();
    EXPECT_EQ(ask(keeper_, "crash").at("ended"), "crash");
    EXPECT_EQ(ask(keeper_, "any").at("integrity"), "unsigned");
    EXPECT_EQ(keeper_.pid(), pid);
}

TEST_F(NestTest, ATakenOverReaderReachesNothing) {
    for (const char* deed : {"open",
                             "socket",
                             "socketpair",
                             "fork",
                             "exec",
                             "kill",
                             "ptrace",
                             "shared memory",
                             "code"}) {
        EXPECT_EQ(ask_until_it_left(deed), ended("crash", SIGSYS)) << deed;
    }
}

TEST_F(NestTest, AReaderHoldsNothingOfTheOthers) {
    const Channel first = begin(keeper_, "wait");
    const Channel second = begin(keeper_, "wait");
    EXPECT_EQ(ask(keeper_, "descriptors"), (json{{"descriptors", {0}}}));
}

TEST_F(NestTest, LeavesAfterACrashThoughFilesKeepComing) {
    std::optional<Channel> other = begin(keeper_, "wait");
    const std::uint64_t generation = keeper_.generation();
    EXPECT_EQ(ask(keeper_, "crash").at("ended"), "crash");
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(ask(keeper_, "any").at("integrity"), "unsigned");
    }
    Channel late = hand_over(keeper_, "any");
    EXPECT_THROW(late.receive(100ms), Error);
    other.reset();
    EXPECT_FALSE(late.receive(kSoon));  // for its owner to ask the next nest
    while (keeper_.generation() == generation) {
        std::this_thread::yield();
    }
    EXPECT_EQ(ask(keeper_, "any").at("integrity"), "unsigned");
}

TEST_F(NestTest, TellsOfAReaderThatLeavesWithoutAWord) {
    EXPECT_EQ(ask(keeper_, "leave"), ended("left", 0));
}

TEST_F(NestTest, EndsAReaderNobodyWaitsFor) {
    std::optional<Channel> gone = begin(keeper_, "wait");
    await_children(keeper_.pid(), 1);
    gone.reset();
    await_children(keeper_.pid(), 0);
    EXPECT_EQ(ask(keeper_, "any").at("integrity"), "unsigned");
}

TEST_F(NestTest, LetsThoseBeyondItsNumberWaitAtTheDoor) {
    Keeper keeper(nest({{"children", 1}}));
    std::optional<Channel> first = begin(keeper, "wait");
    Channel second = hand_over(keeper, "any");
    EXPECT_THROW(second.receive(100ms), Error);
    first.reset();
    EXPECT_EQ(second.receive(kSoon).value().head, (json{{"taken", true}}));
    EXPECT_EQ(second.receive(kSoon).value().head.at("integrity"), "unsigned");
}

TEST_F(NestTest, TakesItsChildrenAlong) {
    Channel channel = begin(keeper_, "wait");
    await_children(keeper_.pid(), 1);
    ASSERT_EQ(::kill(keeper_.pid(), SIGKILL), 0);
    EXPECT_FALSE(channel.receive(kSoon));
}

TEST_F(NestTest, LeaksNothing) {
    const auto own_descriptors = [] {
        return std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {});
    };
    const auto read_some = [this](int count) {
        for (int i = 0; i < count; ++i) {
            ASSERT_EQ(ask(keeper_, "a file").at("pages"), 6);
        }
    };
    read_some(20);
    const pid_t pid = keeper_.pid();
    const long before = resident_kib(pid);
    const auto descriptors = own_descriptors();
    read_some(200);  // with a descriptor lost for each it would have too few after some
    EXPECT_EQ(keeper_.pid(), pid);
    EXPECT_EQ(own_descriptors(), descriptors);
    EXPECT_LT(resident_kib(pid) - before, 512);
    await_children(pid, 0);  // a zombie would stay
}

TEST_F(NestTest, ReadsManyFilesAtOnce) {
    std::vector<std::jthread> callers;
    for (int caller = 0; caller < 8; ++caller) {
        callers.emplace_back([&] {
            for (std::size_t i = 1; i <= 40; ++i) {
                EXPECT_EQ(ask(keeper_, std::string(i * 1000, 'x')).at("pages"), i * 1000);
            }
        });
    }
}

}  // namespace
}  // namespace yinxin::server
