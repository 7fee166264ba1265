// SPDX-License-Identifier: Apache-2.0
#include "keys/operation_counter.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <thread>
#include <vector>

#include "tests/support/expect_error.h"
#include "tests/support/temporary_folder.h"

namespace yinxin::keys {
namespace {

using tests::code_of;

class OperationCounterTest : public testing::Test {
  protected:
    OperationCounts counts() const { return read_operations(file_).counts; }
    /// As after a power failure: another boot, and somebody was at work.
    void reboot() const {
        std::fstream stream(file_, std::ios::in | std::ios::out | std::ios::binary);
        stream.seekp(8 + 32);
        stream << "00000000-0000-0000-0000-000000000000";
    }

    const tests::TemporaryFolder folder_;
    const std::filesystem::path file_ = folder_.path() / "operations";
};

TEST_F(OperationCounterTest, CountsByKeyAndPurpose) {
    OperationCounter counter(file_);
    counter.add_key("seal");
    counter.add_key("token");
    counter.count("seal", KeyPurpose::Document);
    counter.count("seal", KeyPurpose::Document);
    counter.count("token", KeyPurpose::LogHead);
    counter.count("stranger", KeyPurpose::Report);
    EXPECT_EQ(counts(),
              (OperationCounts{{"seal", {{KeyPurpose::Document, 2}}},
                               {"token", {{KeyPurpose::LogHead, 1}}}}));
    struct stat info {};
    ASSERT_EQ(::stat(file_.c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777, 0600u);
}

TEST_F(OperationCounterTest, GoesOnWhereTheLastOneStopped) {
    std::string id;
    {
        OperationCounter first(file_);
        first.add_key("seal");
        first.count("seal", KeyPurpose::Probe);
        id = first.id();
    }
    OperationCounter second(file_);
    second.add_key("seal");
    second.count("seal", KeyPurpose::Probe);
    EXPECT_EQ(second.id(), id);
    EXPECT_EQ(counts(), (OperationCounts{{"seal", {{KeyPurpose::Probe, 2}}}}));
    EXPECT_EQ(read_operations(file_).counter_id, id);
}

TEST_F(OperationCounterTest, WhatWasCountedSurvivesAKill) {
    const pid_t child = ::fork();
    if (child == 0) {
        OperationCounter counter(file_);
        counter.add_key("seal");
        counter.count("seal", KeyPurpose::Document);
        ::kill(::getpid(), SIGKILL);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status));
    const std::string id = read_operations(file_).counter_id;
    EXPECT_EQ(OperationCounter(file_).id(), id);
    EXPECT_EQ(counts(), (OperationCounts{{"seal", {{KeyPurpose::Document, 1}}}}));
}

TEST_F(OperationCounterTest, APowerFailureBeginsAnotherCounter) {
    const std::string id = OperationCounter::prepare(file_);
    {
        OperationCounter working(file_);
        reboot();
        EXPECT_NE(OperationCounter(file_).id(), id) << "it was at work when the power failed";
    }
    const std::string quiet = OperationCounter::prepare(file_);
    reboot();
    EXPECT_EQ(OperationCounter::prepare(file_), quiet) << "nobody was at work";
}

TEST_F(OperationCounterTest, ADamagedFileBeginsAnotherCounter) {
    const std::string id = OperationCounter::prepare(file_);
    std::filesystem::resize_file(file_, 100);
    EXPECT_EQ(code_of([&] { read_operations(file_); }), ErrorCode::Malformed);
    EXPECT_NE(OperationCounter::prepare(file_), id);
    EXPECT_TRUE(counts().empty());
    std::filesystem::remove(file_);
    EXPECT_EQ(code_of([&] { read_operations(file_); }), ErrorCode::NotFound);
}

TEST_F(OperationCounterTest, ManyThreadsAndTwoProcessesLoseNothing) {
    constexpr int kThreads = 4, kEach = 5'000;
    const auto work = [this] {
        OperationCounter counter(file_);
        counter.add_key("seal");
        std::vector<std::thread> threads;
        for (int i = 0; i < kThreads; ++i) {
            threads.emplace_back([&counter] {
                for (int n = 0; n < kEach; ++n) {
                    counter.count("seal", KeyPurpose::Document);
                }
            });
        }
        for (std::thread& thread : threads) {
            thread.join();
        }
    };
    OperationCounter::prepare(file_);
    const pid_t child = ::fork();
    if (child == 0) {
        work();
        ::_exit(0);
    }
    work();
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(counts(),
              (OperationCounts{{"seal", {{KeyPurpose::Document, 2 * kThreads * kEach}}}}));
}

}  // namespace
}  // namespace yinxin::keys
