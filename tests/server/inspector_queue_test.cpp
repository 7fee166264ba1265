// SPDX-License-Identifier: Apache-2.0
#include "server/inspector_queue.h"

#include <gtest/gtest.h>

#include <atomic>
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
    InspectorQueue queue(3);
    const Turn first(queue, "a", 0ms);
    EXPECT_EQ(refusal(queue, "a"), ErrorCode::Unavailable);
    const Turn second(queue, "b", 0ms);
    const Turn third(queue, "c", 0ms);
    EXPECT_EQ(refusal(queue, "d"), ErrorCode::Unavailable);
}

TEST(InspectorQueue, GivesAPlaceOn) {
    InspectorQueue queue(1);
    { const Turn turn(queue, "a", 0ms); }
    { const Turn turn(queue, "a", 0ms); }
    const Turn turn(queue, "b", 0ms);
}

TEST(InspectorQueue, CountsOfTheOperatorOnlyThePlaces) {
    InspectorQueue queue(2);
    const Turn first(queue, "", 0ms);
    const Turn second(queue, "", 0ms);
    EXPECT_EQ(refusal(queue, ""), ErrorCode::Unavailable);
}

TEST(InspectorQueue, OneWhoGaveUpIsNotCalled) {
    InspectorQueue queue(1);
    std::optional<Turn> turn(std::in_place, queue, "a", 0ms);
    EXPECT_EQ(refusal(queue, "b"), ErrorCode::Unavailable);
    turn.reset();
    const Turn next(queue, "c", 0ms);
}

TEST(InspectorQueue, ServesOthersBeforeACallerWhoIsServedAlready) {
    InspectorQueue queue(2);
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

TEST(InspectorQueue, ServesAllInTheEnd) {
    InspectorQueue queue(2);
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
