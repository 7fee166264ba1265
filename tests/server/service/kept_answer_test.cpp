// SPDX-License-Identifier: Apache-2.0
#include "server/service/kept_answer.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <latch>
#include <stdexcept>

#include "tests/support/test_clock.h"

namespace yinxin::server {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

constexpr KeptAnswer::Ages kFresh{.fresh = 1h, .usable = 1h};
constexpr KeptAnswer::Ages kStale{.fresh = 0s, .usable = 1h};
constexpr KeptAnswer::Ages kNeverKept{.fresh = 0s, .usable = 0s};

class KeptAnswerTest : public testing::Test {
  protected:
    tests::TestClock clock_;
};

/// Answers 1, 2, ...; from the second on only when it is let.
struct Slow {
    json operator()() {
        const int n = ++asked;
        if (n > 1) {
            begun.count_down();
            may_answer.wait();
        }
        return n;
    }
    std::atomic<int> asked{0};
    std::latch begun{1}, may_answer{1};
};

TEST_F(KeptAnswerTest, IsAskedOnceWhileItIsFresh) {
    int asked = 0;
    KeptAnswer kept([&] { return ++asked; }, kFresh, clock_);
    EXPECT_EQ(kept.get(), 1);
    EXPECT_EQ(kept.get(), 1);
}

TEST_F(KeptAnswerTest, IsAskedAgainWhenItIsStale) {
    int asked = 0;
    KeptAnswer kept([&] { return ++asked; }, kStale, clock_);
    EXPECT_EQ(kept.get(), 1);
    EXPECT_EQ(kept.get(), 2);
}

TEST_F(KeptAnswerTest, IsGivenToOthersWhileOneAsks) {
    Slow slow;
    KeptAnswer kept([&] { return slow(); }, kStale, clock_);
    EXPECT_EQ(kept.get(), 1);
    auto anew = std::async(std::launch::async, [&] { return kept.get(); });
    slow.begun.wait();
    EXPECT_EQ(kept.get(), 1);  // would never return if it waited
    EXPECT_EQ(kept.get(), 1);
    slow.may_answer.count_down();
    EXPECT_EQ(anew.get(), 2);
    EXPECT_EQ(slow.asked, 2);
}

TEST_F(KeptAnswerTest, IsNotWaitedForLongerThanItStaysUsable) {
    Slow slow;
    KeptAnswer kept([&] { return slow(); }, kNeverKept, clock_);
    EXPECT_EQ(kept.get(), 1);
    clock_.set(clock_.now() + 1ms);
    auto anew = std::async(std::launch::async, [&] { return kept.get(); });
    slow.begun.wait();
    EXPECT_EQ(kept.get(), std::nullopt);
    slow.may_answer.count_down();
    EXPECT_EQ(anew.get(), 2);
}

TEST_F(KeptAnswerTest, OneThatIsTooOldIsWaitedFor) {
    Slow slow;
    KeptAnswer kept([&] { return slow(); }, kStale, clock_);
    EXPECT_EQ(kept.get(), 1);
    clock_.set(clock_.now() + 2h);
    auto anew = std::async(std::launch::async, [&] { return kept.get(); });
    slow.begun.wait();
    auto beside = std::async(std::launch::async, [&] { return kept.get(); });
    slow.may_answer.count_down();
    EXPECT_EQ(anew.get(), 2);
    EXPECT_NE(beside.get(), 1);
}

TEST_F(KeptAnswerTest, TheFirstIsWaitedFor) {
    std::latch begun(1), may_answer(1);
    KeptAnswer kept(
        [&] {
            begun.count_down();
            may_answer.wait();
            return 1;
        },
        kFresh,
        clock_);
    auto first = std::async(std::launch::async, [&] { return kept.get(); });
    begun.wait();
    auto second = std::async(std::launch::async, [&] { return kept.get(); });
    may_answer.count_down();
    EXPECT_EQ(first.get(), 1);
    EXPECT_EQ(second.get(), 1);
}

TEST_F(KeptAnswerTest, AFailureIsNotKept) {
    int asked = 0;
    KeptAnswer kept(
        [&]() -> json {
            if (++asked == 1) {
                throw std::runtime_error("no");
            }
            return asked;
        },
        kFresh,
        clock_);
    EXPECT_THROW(kept.get(), std::runtime_error);
    EXPECT_EQ(kept.get(), 2);
}

}  // namespace
}  // namespace yinxin::server
