// SPDX-License-Identifier: Apache-2.0
#include "server/service/kept_answer.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <latch>
#include <stdexcept>
#include <thread>

namespace yinxin::server {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

constexpr KeptAnswer::Ages kFresh{.fresh = 1h, .usable = 1h};
constexpr KeptAnswer::Ages kStale{.fresh = 0s, .usable = 1h};
constexpr KeptAnswer::Ages kTooOld{.fresh = 0s, .usable = -1s};

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

TEST(KeptAnswer, IsAskedOnceWhileItIsFresh) {
    int asked = 0;
    KeptAnswer kept([&] { return ++asked; }, kFresh);
    EXPECT_EQ(kept.get(), 1);
    EXPECT_EQ(kept.get(), 1);
}

TEST(KeptAnswer, IsAskedAgainWhenItIsStale) {
    int asked = 0;
    KeptAnswer kept([&] { return ++asked; }, kStale);
    EXPECT_EQ(kept.get(), 1);
    EXPECT_EQ(kept.get(), 2);
}

TEST(KeptAnswer, IsGivenToOthersWhileOneAsks) {
    Slow slow;
    KeptAnswer kept([&] { return slow(); }, kStale);
    EXPECT_EQ(kept.get(), 1);
    auto anew = std::async(std::launch::async, [&] { return kept.get(); });
    slow.begun.wait();
    EXPECT_EQ(kept.get(), 1);  // would never return if it waited
    EXPECT_EQ(kept.get(), 1);
    slow.may_answer.count_down();
    EXPECT_EQ(anew.get(), 2);
    EXPECT_EQ(slow.asked, 2);
}

TEST(KeptAnswer, IsNotGivenWhenItIsTooOld) {
    Slow slow;
    KeptAnswer kept([&] { return slow(); }, kTooOld);
    EXPECT_EQ(kept.get(), 1);
    auto anew = std::async(std::launch::async, [&] { return kept.get(); });
    slow.begun.wait();
    EXPECT_EQ(kept.get(), std::nullopt);
    slow.may_answer.count_down();
    EXPECT_EQ(anew.get(), 2);
}

TEST(KeptAnswer, TheFirstIsWaitedFor) {
    std::latch begun(1), may_answer(1);
    KeptAnswer kept(
        [&] {
            begun.count_down();
            may_answer.wait();
            return 1;
        },
        kFresh);
    auto first = std::async(std::launch::async, [&] { return kept.get(); });
    begun.wait();
    auto second = std::async(std::launch::async, [&] { return kept.get(); });
    may_answer.count_down();
    EXPECT_EQ(first.get(), 1);
    EXPECT_EQ(second.get(), 1);
}

TEST(KeptAnswer, AFailureIsNotKept) {
    int asked = 0;
    KeptAnswer kept(
        [&]() -> json {
            if (++asked == 1) {
                throw std::runtime_error("no");
            }
            return asked;
        },
        kFresh);
    EXPECT_THROW(kept.get(), std::runtime_error);
    EXPECT_EQ(kept.get(), 2);
}

}  // namespace
}  // namespace yinxin::server
