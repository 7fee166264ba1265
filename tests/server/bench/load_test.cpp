// SPDX-License-Identifier: Apache-2.0
#include "server/bench/load.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <ctime>

#include "common/error.h"
#include "tests/support/expect_error.h"

namespace yinxin::server {
namespace {

using std::chrono::milliseconds;

TEST(Load, CountsWhatWasDoneAndEveryCallerFinishesWhatItBegan) {
    std::atomic<int> begun{0}, done{0};
    const Load load = carry(4, after(100), [&] {
        ++begun;
        ++done;
    });
    EXPECT_EQ(begun, done);
    EXPECT_EQ(load.latencies_us.size(), static_cast<std::size_t>(done));
    EXPECT_GE(done, 100);
    EXPECT_LT(done, 104);
    EXPECT_TRUE(std::is_sorted(load.latencies_us.begin(), load.latencies_us.end()));
    EXPECT_GT(load.per_second(), 0);
}

TEST(Load, OneCallerDoesExactlyAsManyAsAreEnough) {
    int done = 0;
    carry(1, after(7), [&] { ++done; });
    EXPECT_EQ(done, 7);
    carry(1, when_over(milliseconds(0)), [&] { ++done; });
    EXPECT_EQ(done, 7);
}

TEST(Load, PassesOnWhatWentWrong) {
    const auto fail = [] { throw Error(ErrorCode::Conflict, "no"); };
    EXPECT_EQ(tests::code_of([&] { carry(3, after(10), fail); }), ErrorCode::Conflict);
}

void burn(milliseconds cpu) {
    timespec used{};
    do {
        ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    } while (milliseconds(used.tv_sec * 1000 + used.tv_nsec / 1'000'000) < cpu);
}

TEST(Load, TheCpuOfChildrenCountsWhileTheyLiveAndAfterwards) {
    constexpr milliseconds burnt{200}, steps{40};  // of 10 ms, in four fields
    const auto before = cpu_of_all_processes();
    int ready[2];
    ASSERT_EQ(::pipe(ready), 0);
    const pid_t child = ::fork();
    if (child == 0) {
        // A grandchild that has ended is in its parent's account.
        if (const pid_t grandchild = ::fork(); grandchild == 0) {
            burn(burnt);
            ::_exit(0);
        } else {
            ::waitpid(grandchild, nullptr, 0);
        }
        if (::write(ready[1], "x", 1) == 1) {
            ::pause();
        }
        ::_exit(0);
    }
    char got = 0;
    ASSERT_EQ(::read(ready[0], &got, 1), 1);
    EXPECT_GE(cpu_of_all_processes() - before, burnt - steps);
    ::kill(child, SIGTERM);
    ::waitpid(child, nullptr, 0);
    EXPECT_GE(cpu_of_all_processes() - before, burnt - steps);
    ::close(ready[0]);
    ::close(ready[1]);
}

}  // namespace
}  // namespace yinxin::server
