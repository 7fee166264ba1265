// SPDX-License-Identifier: Apache-2.0
#include "server/inspector_pool.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <thread>

#include "common/error.h"

namespace yinxin::server {
namespace {

using namespace std::chrono_literals;

class Pool : public testing::Test {
  protected:
    InspectorOptions options(const std::string& program, std::chrono::milliseconds deadline = 10s) {
        InspectorOptions options;
        options.program = find_program(program);
        options.children = 2;
        options.deadline = deadline;
        return options;
    }

    static verify::DocumentReport inspect(InspectorPool& pool, const std::string& file) {
        return pool.inspect(as_bytes(file));
    }

    static std::string finding(const verify::DocumentReport& report) {
        return report.findings.empty() ? "" : report.findings.front().code;
    }

    /// The inspectors that this process has started.
    static std::vector<pid_t> children() {
        std::vector<pid_t> pids;
        for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
            std::ifstream of_task(task.path() / "children");
            for (pid_t pid = 0; of_task >> pid;) {
                pids.push_back(pid);
            }
        }
        return pids;
    }

    SystemClock clock_;
};

TEST_F(Pool, ReadsFiles) {
    InspectorPool pool(options("yinxin-inspector"), clock_);
    EXPECT_EQ(inspect(pool, "%PDF-1.7\n").integrity, verify::Integrity::Unreadable);
    EXPECT_EQ(inspect(pool, "").integrity, verify::Integrity::Unreadable);
}

TEST_F(Pool, GoesOnWithFreshChildrenAfterTheyWereKilled) {
    InspectorPool pool(options("yinxin-inspector"), clock_);
    for (int i = 0; i < 5; ++i) {
        EXPECT_EQ(inspect(pool, "%PDF-1.7\n").integrity, verify::Integrity::Unreadable);
        for (const pid_t pid : children()) {
            ::kill(pid, SIGKILL);
        }
    }
    EXPECT_EQ(inspect(pool, "%PDF-1.7\n").integrity, verify::Integrity::Unreadable);
}

TEST_F(Pool, AFileThatKillsItsReaderIsNotChecked) {
    InspectorPool pool(options("yinxin-test-child"), clock_);
    const verify::DocumentReport report = inspect(pool, "a file that kills");
    EXPECT_EQ(report.integrity, verify::Integrity::NotChecked);
    EXPECT_EQ(finding(report), "inspection_failed");
}

TEST_F(Pool, AFileWithoutEndIsNotCheckedAtTheDeadline) {
    InspectorPool pool(options("yinxin-test-child", 300ms), clock_);
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < 3; ++i) {
        const verify::DocumentReport report = inspect(pool, "a file without end");
        EXPECT_EQ(report.integrity, verify::Integrity::NotChecked);
        EXPECT_EQ(finding(report), "inspection_timeout");
    }
    EXPECT_LT(std::chrono::steady_clock::now() - start, 10s);
}

TEST_F(Pool, AStoppedReaderIsReplaced) {
    InspectorPool pool(options("yinxin-inspector", 500ms), clock_);
    EXPECT_EQ(inspect(pool, "%PDF-1.7\n").integrity, verify::Integrity::Unreadable);
    EXPECT_EQ(inspect(pool, "%PDF-1.7\n").integrity, verify::Integrity::Unreadable);
    for (const pid_t pid : children()) {
        ::kill(pid, SIGSTOP);
    }
    EXPECT_EQ(finding(inspect(pool, "%PDF-1.7\n")), "inspection_timeout");
    EXPECT_EQ(inspect(pool, "%PDF-1.7\n").integrity, verify::Integrity::Unreadable);
}

TEST_F(Pool, AReaderThatAnswersNonsenseIsNotBelieved) {
    InspectorPool pool(options("yinxin-test-child"), clock_);
    const verify::DocumentReport report = inspect(pool, "any file");
    EXPECT_EQ(report.integrity, verify::Integrity::NotChecked);
    EXPECT_EQ(finding(report), "inspection_failed");
}

TEST_F(Pool, AReaderThatReportsAFaultOfItsOwnIsNoFaultOfTheServer) {
    InspectorPool pool(options("yinxin-test-child"), clock_);
    const verify::DocumentReport report = inspect(pool, "a file that breaks its reader");
    EXPECT_EQ(report.integrity, verify::Integrity::NotChecked);
    EXPECT_EQ(finding(report), "inspection_failed");
}

TEST_F(Pool, CallersBeyondTheChildrenWaitAndThenAreToldToComeBack) {
    InspectorPool pool(options("yinxin-test-child", 500ms), clock_);
    std::atomic<int> timeouts{0};
    std::atomic<int> unavailable{0};
    {
        std::vector<std::jthread> callers;
        for (int i = 0; i < 8; ++i) {
            callers.emplace_back([&] {
                try {
                    timeouts +=
                        finding(inspect(pool, "a file without end")) == "inspection_timeout";
                } catch (const Error& error) {
                    unavailable += error.code() == ErrorCode::Unavailable;
                }
            });
        }
    }
    EXPECT_EQ(timeouts + unavailable, 8);
    EXPECT_GT(unavailable, 0);
}

}  // namespace
}  // namespace yinxin::server
