// SPDX-License-Identifier: Apache-2.0
#include "server/children.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <thread>

#include "common/error.h"

namespace yinxin::server {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using testing::HasSubstr;

ChildOptions child(const std::string& mode) {
    return {.program = find_program("yinxin-test-child"),
            .arguments = {mode},
            .start_deadline = 5s,
            .backoff_min = 10ms,
            .backoff_max = 100ms};
}

json ask(Keeper& keeper, const std::string& verb, std::chrono::milliseconds deadline = 5s) {
    Keeper::Connection connection = keeper.connect(5s);
    connection.channel.send({json{{"verb", verb}}, {}});
    const auto answer = connection.channel.receive(deadline);
    return answer ? answer->head : json();
}

/// Asks again while a child that is about to end takes the question with it.
pid_t pid_of_next(Keeper& keeper) {
    for (int i = 0; i < 100; ++i) {
        if (const json answer = ask(keeper, "pid"); !answer.is_null()) {
            return answer.at("pid");
        }
    }
    return -1;
}

/// Ended, whether or not whoever inherited it has already collected it.
bool gone(pid_t pid) {
    for (int i = 0; i < 300; ++i) {
        std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
        std::string line;
        if (!std::getline(file, line) || line.find(") Z ") != std::string::npos) {
            return true;
        }
        std::this_thread::sleep_for(10ms);
    }
    return false;
}

TEST(Children, AreConnectedManyTimesAtOnce) {
    Keeper keeper(child("good"));
    keeper.wait_ready();
    std::vector<Keeper::Connection> connections;
    for (int i = 0; i < 20; ++i) {
        connections.push_back(keeper.connect(5s));
    }
    for (auto& connection : connections) {
        connection.channel.send({json{{"verb", "pid"}}, Bytes{1, 2}});
    }
    for (auto& connection : connections) {
        const auto answer = connection.channel.receive(5s);
        ASSERT_TRUE(answer);
        EXPECT_EQ(answer->head.at("pid"), keeper.pid());
        EXPECT_EQ(answer->body, (Bytes{1, 2}));
    }
}

TEST(Children, InheritNothingButTheDoorAndTheStandardDescriptors) {
    ::setenv("YINXIN_TEST_SECRET", "canary", 1);
    const int leaked = ::open("/dev/null", O_RDONLY);  // without O_CLOEXEC, as a library may open
    ASSERT_GE(leaked, 0);
    Keeper keeper(child("good"));
    const json hello = keeper.wait_ready();
    ::close(leaked);
    ::unsetenv("YINXIN_TEST_SECRET");
    EXPECT_EQ(hello.at("descriptors"), (json{0, 1, 2, 3}));
    EXPECT_THAT(hello.at("environment").dump(), testing::Not(HasSubstr("canary")));
    EXPECT_THAT(hello.at("environment").dump(), testing::Not(HasSubstr("PATH")));
}

TEST(Children, AreReplacedWhenTheyAreKilled) {
    Keeper keeper(child("good"));
    keeper.wait_ready();
    for (int i = 0; i < 5; ++i) {
        const pid_t before = ask(keeper, "pid").at("pid");
        ASSERT_EQ(::kill(before, SIGKILL), 0);
        ASSERT_TRUE(gone(before));
        EXPECT_NE(pid_of_next(keeper), before);
    }
}

TEST(Children, AreReplacedWhenTheyEndInTheMiddleOfACall) {
    Keeper keeper(child("good"));
    keeper.wait_ready();
    const std::uint64_t before = keeper.generation();
    EXPECT_TRUE(ask(keeper, "die").is_null());
    EXPECT_GT(pid_of_next(keeper), 0);
    EXPECT_GT(keeper.generation(), before);
}

TEST(Children, GetTheirOrderWithEachStart) {
    ChildOptions options = child("obeys");
    options.order = {{"anchors", {"one", "two"}}};
    Keeper keeper(options);
    EXPECT_EQ(keeper.wait_ready().at("order"), options.order);
    EXPECT_TRUE(ask(keeper, "die").is_null());
    EXPECT_GT(pid_of_next(keeper), 0);
    EXPECT_EQ(keeper.wait_ready().at("order"), options.order);
}

TEST(Children, ThatLeaveAreReplacedWithoutAPause) {
    ChildOptions options = child("good");
    options.backoff_min = 1h;
    Keeper keeper(options);
    for (int i = 0; i < 5; ++i) {
        EXPECT_TRUE(ask(keeper, "leave").is_null());
        EXPECT_GT(pid_of_next(keeper), 0);
    }
}

TEST(Children, ThatHangAreReplacedOnRequestOnce) {
    Keeper keeper(child("good"));
    keeper.wait_ready();
    const std::uint64_t hanging = keeper.generation();
    const pid_t pid = keeper.pid();
    EXPECT_THROW(ask(keeper, "hang", 50ms), Error);
    keeper.replace(hanging);
    EXPECT_TRUE(gone(pid));
    const pid_t next = pid_of_next(keeper);
    keeper.replace(hanging);  // somebody else's late complaint about the old one
    std::this_thread::sleep_for(50ms);
    EXPECT_EQ(ask(keeper, "pid").at("pid"), next);
}

TEST(Children, ThatAreStoppedAreReplacedOnRequest) {
    Keeper keeper(child("good"));
    keeper.wait_ready();
    const pid_t pid = keeper.pid();
    ASSERT_EQ(::kill(pid, SIGSTOP), 0);
    EXPECT_THROW(ask(keeper, "pid", 50ms), Error);
    keeper.replace(keeper.generation());
    EXPECT_TRUE(gone(pid));
    EXPECT_NE(pid_of_next(keeper), pid);
}

TEST(Children, SayWhyTheyDoNotStart) {
    Keeper refusing(child("refuses"));
    try {
        refusing.wait_ready();
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::Invalid);
        EXPECT_STREQ(error.what(), "no key is here");
    }
    try {
        refusing.connect(100ms);
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::Unavailable);
        EXPECT_THAT(error.what(), HasSubstr("no key is here"));
    }
    Keeper dying(child("dies"));
    EXPECT_THROW(dying.wait_ready(), Error);
    EXPECT_THROW(dying.connect(100ms), Error);
}

TEST(Children, LeaveWhenTheirKeeperGoes) {
    pid_t pid = -1;
    {
        Keeper keeper(child("good"));
        keeper.wait_ready();
        pid = keeper.pid();
    }
    EXPECT_TRUE(gone(pid));
    {
        Keeper keeper(child("good"));
        keeper.wait_ready();
        pid = keeper.pid();
        ::kill(pid, SIGSTOP);  // does not see the door close
    }
    EXPECT_TRUE(gone(pid));
}

TEST(Children, LeaveWhenTheirParentIsKilled) {
    int report[2];
    ASSERT_EQ(::pipe(report), 0);
    const pid_t parent = ::fork();
    if (parent == 0) {
        Keeper keeper(child("good"));
        keeper.wait_ready();
        const pid_t pid = keeper.pid();
        if (::write(report[1], &pid, sizeof pid) != sizeof pid) {
            std::_Exit(1);
        }
        ::pause();
    }
    pid_t pid = -1;
    ASSERT_EQ(::read(report[0], &pid, sizeof pid), static_cast<ssize_t>(sizeof pid));
    ASSERT_EQ(::kill(parent, SIGKILL), 0);
    EXPECT_TRUE(gone(pid));
    ::waitpid(parent, nullptr, 0);
    ::close(report[0]);
    ::close(report[1]);
}

TEST(Children, DoOneOrder) {
    EXPECT_EQ(ask_once(child("once"), {{"make", "keys"}}), (json{{"order", {{"make", "keys"}}}}));
    EXPECT_THROW(ask_once(child("dies"), json::object()), Error);
    try {
        ask_once(child("refuses"), json::object());
        FAIL();
    } catch (const Error& error) {
        EXPECT_STREQ(error.what(), "no key is here");
    }
}

TEST(Children, NameThePlacesWhereAProgramIsMissing) {
    try {
        find_program("yinxin-nothing");
        FAIL();
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), HasSubstr("libexec/yinxin/yinxin-nothing"));
    }
}

}  // namespace
}  // namespace yinxin::server
