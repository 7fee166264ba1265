// SPDX-License-Identifier: Apache-2.0
#include "server/inspector/queue.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "common/error.h"

namespace yinxin::server {
namespace {

using namespace std::chrono_literals;
using Turn = InspectorQueue::Turn;

ErrorCode refusal(InspectorQueue& queue, const std::string& caller) {
    try {
        const Turn turn(queue, caller, 0ms);
    } catch (const Error& error) {
        return error.code();
    }
    return ErrorCode::Internal;
}

TEST(InspectorQueue, LetsEachCallerInOnce) {
    InspectorQueue queue(3, 9);
    const Turn first(queue, "a", 0ms);
    EXPECT_EQ(refusal(queue, "a"), ErrorCode::Unavailable);
    const Turn second(queue, "b", 0ms);
    const Turn third(queue, "c", 0ms);
    EXPECT_EQ(refusal(queue, "d"), ErrorCode::Unavailable);
}

TEST(InspectorQueue, GivesAPlaceOn) {
    InspectorQueue queue(1, 9);
    { const Turn turn(queue, "a", 0ms); }
    { const Turn turn(queue, "a", 0ms); }
    const Turn turn(queue, "b", 0ms);
}

TEST(InspectorQueue, CountsOfTheOperatorOnlyThePlaces) {
    InspectorQueue queue(2, 9);
    const Turn first(queue, "", 0ms);
    const Turn second(queue, "", 0ms);
    EXPECT_EQ(refusal(queue, ""), ErrorCode::Unavailable);
}

TEST(InspectorQueue, OneWhoGaveUpIsNotCalled) {
    InspectorQueue queue(1, 9);
    std::optional<Turn> turn(std::in_place, queue, "a", 0ms);
    EXPECT_EQ(refusal(queue, "b"), ErrorCode::Unavailable);
    turn.reset();
    const Turn next(queue, "c", 0ms);
}

TEST(InspectorQueue, ServesOthersBeforeACallerWhoIsServedAlready) {
    InspectorQueue queue(2, 9);
    std::optional<Turn> busy(std::in_place, queue, "a", 0ms);
    std::atomic<bool> again{false};
    std::jthread greedy([&] {
        const Turn turn(queue, "a", 60s);
        again = true;
    });
    for (int i = 0; i < 100; ++i) {  // whether it waits already or not
        const Turn other(queue, "b", 0ms);
    }
    EXPECT_FALSE(again);
    busy.reset();
    greedy.join();
    EXPECT_TRUE(again);
}

/// Waits in a thread of its own until told to stop waiting.
class Waiter {
  public:
    Waiter(InspectorQueue& queue, const std::string& caller)
        : thread_([&queue, caller] { const Turn turn(queue, caller, 60s); }) {}

  private:
    std::jthread thread_;
};

TEST(InspectorQueue, RefusesAtOnceWhenTooManyWait) {
    InspectorQueue queue(1, 2);
    std::optional<Turn> busy(std::in_place, queue, "a", 0ms);
    const Waiter first(queue, "b"), second(queue, "c");
    while (queue.waiting() < 2) {
        std::this_thread::yield();
    }
    EXPECT_THROW(Turn(queue, "d", 1h), Error);  // would never return if it waited
    busy.reset();
}

TEST(InspectorQueue, RefusesAtOnceWhenTooManyOfOneCallerWait) {
    InspectorQueue queue(1, 100);
    std::optional<Turn> busy(std::in_place, queue, "a", 0ms);
    std::vector<std::unique_ptr<Waiter>> waiters;
    for (int i = 0; i < InspectorQueue::waiting_of_caller_max; ++i) {
        waiters.push_back(std::make_unique<Waiter>(queue, "a"));
    }
    while (queue.waiting() < waiters.size()) {
        std::this_thread::yield();
    }
    EXPECT_THROW(Turn(queue, "a", 1h), Error);
    busy.reset();
}

TEST(InspectorQueue, ServesAllInTheEnd) {
    InspectorQueue queue(2, 9);
    std::atomic<int> inside{0};
    std::atomic<int> served{0};
    {
        std::vector<std::jthread> callers;
        for (int i = 0; i < 8; ++i) {
            callers.emplace_back([&, caller = std::string(1, static_cast<char>('a' + i % 3))] {
                for (int n = 0; n < 200; ++n) {
                    const Turn turn(queue, caller, 60s);
                    EXPECT_LE(++inside, 2);
                    ++served;
                    --inside;
                }
            });
        }
    }
    EXPECT_EQ(served, 1600);
}

}  // namespace
}  // namespace yinxin::server
