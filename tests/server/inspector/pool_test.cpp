// SPDX-License-Identifier: Apache-2.0
#include "server/inspector/pool.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <fstream>
#include <future>
#include <iterator>
#include <sstream>
#include <thread>

#include "common/error.h"
#include "tests/support/expect_error.h"

namespace yinxin::server {
namespace {

using namespace std::chrono_literals;
using verify::Integrity;

/// CPU time of the children of a process that have ended.
std::chrono::milliseconds cpu_of_children(pid_t pid) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
    std::string line;
    std::getline(file, line);
    std::istringstream fields(line.substr(line.rfind(')') + 2));
    const std::vector<std::string> all{std::istream_iterator<std::string>(fields), {}};
    const long ticks = std::stol(all.at(13)) + std::stol(all.at(14));  // cutime, cstime
    return std::chrono::milliseconds(ticks * 1000 / ::sysconf(_SC_CLK_TCK));
}

class Pool : public testing::Test {
  protected:
    static InspectorOptions hostile() {
        InspectorOptions options;
        options.program = find_program("yinxin-hostile-nest");
        options.children = 2;
        options.wall = 20s;
        return options;
    }
    static Integrity read(InspectorPool& pool,
                          const std::string& file,
                          const std::string& caller = "") {
        return pool.inspect(as_bytes(file), {}, caller).integrity;
    }
    /// "" when it was checked.
    static std::string why_not(InspectorPool& pool,
                               const std::string& file,
                               const std::string& caller = "") {
        const auto report = pool.inspect(as_bytes(file), {}, caller);
        return report.integrity == Integrity::NotChecked ? report.findings.at(0).code : "";
    }
    static bool has_child(const InspectorPool& pool) {
        const std::string pid = std::to_string(pool.pid());
        std::ifstream file("/proc/" + pid + "/task/" + pid + "/children");
        pid_t child = 0;
        return static_cast<bool>(file >> child);
    }
    /// A file that is being read, and goes on being read.
    static std::future<std::string> begin(InspectorPool& pool, const std::string& caller = "") {
        read(pool, "any");  // there is a nest
        while (has_child(pool)) {
            std::this_thread::yield();
        }
        auto waiting = std::async(std::launch::async,
                                  [&pool, caller] { return why_not(pool, "wait", caller); });
        while (!has_child(pool)) {
            std::this_thread::yield();
        }
        return waiting;
    }

    SystemClock clock_;
    InspectorPool pool_{hostile(), clock_};
};

/// Why a file is not sealed.
std::string refusal(InspectorPool& pool, const std::string& file) {
    try {
        pool.prepare(as_bytes(file), {}, "");
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::Refused) << file;
        return error.what();
    }
    return "";
}

TEST_F(Pool, AFileThatEndsItsReaderOrMakesItLieIsNotSealed) {
    EXPECT_TRUE(refusal(pool_, "crash").starts_with("unreadable: ")) << refusal(pool_, "crash");
    EXPECT_TRUE(refusal(pool_, "open").starts_with("unreadable: "));
    EXPECT_TRUE(refusal(pool_, "any").starts_with("unreadable: "));  // a report, and no revision
}

TEST_F(Pool, AFileThatEndsItsReaderIsNotChecked) {
    EXPECT_EQ(why_not(pool_, "crash"), "inspection_failed");
    EXPECT_EQ(why_not(pool_, "open"), "inspection_failed");
    EXPECT_EQ(why_not(pool_, "leave"), "inspection_failed");
    EXPECT_EQ(why_not(pool_, "eat"), "limit");
    EXPECT_EQ(read(pool_, "any"), Integrity::Unsigned);
}

TEST_F(Pool, APictureThatEndsItsReaderOrMakesItLieIsNotRead) {
    using State = verify::paper::Reading::State;
    const auto state = [this](const char* deed) {
        const auto reading = pool_.read_paper(as_bytes(deed), "http://127.0.0.1/v/", "");
        EXPECT_TRUE(reading.texts.empty());
        return reading.state;
    };
    EXPECT_EQ(state("crash"), State::Broken);
    EXPECT_EQ(state("open"), State::Broken);
    EXPECT_EQ(state("leave"), State::Broken);
    EXPECT_EQ(state("eat"), State::TooLarge);
    EXPECT_EQ(state("spin"), State::TooSlow);
    EXPECT_EQ(state("any"), State::Broken);  // a report of signatures
    EXPECT_EQ(state("invariant"), State::Broken);
}

TEST_F(Pool, AFileThatBurnsItsTimeIsReadOnce) {
    read(pool_, "any");
    const pid_t pid = pool_.pid();
    EXPECT_EQ(why_not(pool_, "spin"), "inspection_timeout");
    EXPECT_EQ(pool_.pid(), pid);
    EXPECT_LT(cpu_of_children(pid), 1900ms);  // a second is what it may have
}

TEST_F(Pool, AFileThatNeverEndsIsNotChecked) {
    InspectorOptions options = hostile();
    options.wall = 0ms;  // so that it is not the nest that ends it
    InspectorPool pool(options, clock_);
    EXPECT_TRUE(pool.alive());
    EXPECT_EQ(why_not(pool, "wait"), "inspection_timeout");
    EXPECT_EQ(read(pool_, "any"), Integrity::Unsigned);
}

TEST_F(Pool, AReaderOfFoldersReadsTheseAndNothingElse) {
    NestClient reader({.program = find_program("yinxin-hostile-nest"),
                       .arguments = {},
                       .order = {{"children", 1}, {"readable", {"/usr/share/fonts"}}}},
                      20s,
                      2s);
    const auto allowed = [&](const std::string& deed) {
        return reader.ask(nlohmann::json::object(), as_bytes(deed)).at("allowed").get<int>();
    };
    EXPECT_GE(allowed("font folder"), 0);
    for (const char* deed : {"open",
                             "write",
                             "truncate",
                             "owner",
                             "socket",
                             "socketpair",
                             "fork",
                             "exec",
                             "kill",
                             "ptrace",
                             "shared memory"}) {
        EXPECT_EQ(allowed(deed), -1) << deed;
    }
    EXPECT_EQ(allowed("code"), 0);
    EXPECT_EQ(reader.ask(nlohmann::json::object(), as_bytes("crash")).at("ended"), "crash");
}

TEST_F(Pool, WhatPaintsIsNotBelievedEither) {
    InspectorOptions options = hostile();
    options.painter = find_program("yinxin-hostile-nest");
    InspectorPool pool(options, clock_);
    for (const char* deed : {"crash", "nonsense", "ended", "eat", "leave", "any", "no picture"}) {
        EXPECT_TRUE(pool.changed_pages(as_bytes(deed), 1, "").empty()) << deed;
    }
    EXPECT_EQ(pool.changed_pages(as_bytes("picture"), 1, "").size(), 1u);
}

TEST_F(Pool, AReaderThatAnswersNonsenseIsNotBelieved) {
    for (const char* deed : {"nonsense", "ended", "invariant", "pid"}) {
        EXPECT_EQ(why_not(pool_, deed), "inspection_failed") << deed;
    }
}

TEST_F(Pool, AFileIsReadByTheNextNestWhenOneWasGone) {
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(read(pool_, "any"), Integrity::Unsigned);
        ::kill(pool_.pid(), SIGKILL);
    }
    EXPECT_EQ(read(pool_, "any"), Integrity::Unsigned);
}

TEST_F(Pool, AFileIsReadByTheNextNestWhenOneStandsStill) {
    InspectorOptions options = hostile();
    options.nest_deadline = 500ms;
    InspectorPool pool(options, clock_);
    EXPECT_EQ(read(pool, "any"), Integrity::Unsigned);
    const pid_t still = pool.pid();
    ::kill(still, SIGSTOP);
    EXPECT_EQ(read(pool, "any"), Integrity::Unsigned);
    EXPECT_NE(pool.pid(), still);
}

TEST_F(Pool, NothingIsSaidOfAFileWhoseNestIsKilled) {
    auto waiting = begin(pool_);
    ::kill(pool_.pid(), SIGKILL);
    EXPECT_EQ(tests::code_of([&] { waiting.get(); }), ErrorCode::Unavailable);
}

TEST_F(Pool, OneCallerDoesNotHoldAllReaders) {
    InspectorOptions options = hostile();
    options.patience = 50ms;
    InspectorPool pool(options, clock_);
    auto waiting = begin(pool, "a");
    EXPECT_EQ(tests::code_of([&] { read(pool, "any", "a"); }), ErrorCode::Unavailable);
    EXPECT_EQ(read(pool, "any", "b"), Integrity::Unsigned);
    ::kill(pool.pid(), SIGKILL);
}

TEST_F(Pool, IsAliveWhileAllReadersAreBusy) {
    InspectorOptions options = hostile();
    options.children = 1;
    InspectorPool pool(options, clock_);
    EXPECT_TRUE(pool.alive());
    auto waiting = begin(pool);
    EXPECT_TRUE(pool.alive());
    ::kill(pool.pid(), SIGKILL);
}

TEST_F(Pool, IsNotAliveWithoutANest) {
    InspectorOptions options = hostile();
    options.program = "/bin/false";
    options.nest_deadline = 50ms;
    InspectorPool pool(options, clock_);
    EXPECT_THROW(pool.alive(), Error);
    EXPECT_THROW(read(pool, "any"), Error);
}

}  // namespace
}  // namespace yinxin::server
