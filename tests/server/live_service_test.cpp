// SPDX-License-Identifier: Apache-2.0
#include "server/live_service.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <stdexcept>
#include <thread>

namespace yinxin::server {
namespace {

using Pointer = LiveService::Pointer;
using namespace std::chrono_literals;

/// Something to tell apart: it is not asked for anything.
Pointer token(std::shared_ptr<int> owner) {
    return {owner, reinterpret_cast<Service*>(owner.get())};
}

TEST(LiveServiceTest, AnExchangeWaitsForIssuesUnderWayAndLaterOnesForIt) {
    const Pointer first = token(std::make_shared<int>(1));
    const Pointer second = token(std::make_shared<int>(2));
    LiveService live(first);
    auto under_way = std::make_unique<LiveService::Issuing>(live);
    std::promise<void> making, go_on;
    std::thread exchange([&] {
        live.exchange([&] {
            making.set_value();
            go_on.get_future().wait();
            return second;
        });
    });
    auto is_made = making.get_future();
    // It has not begun: what is under way holds it.
    EXPECT_EQ(is_made.wait_for(50ms), std::future_status::timeout);
    EXPECT_EQ((*under_way).operator->(), first.get());
    EXPECT_EQ(live.now(), first) << "verification waits for nothing";
    under_way.reset();
    is_made.wait();
    EXPECT_EQ(live.now(), first) << "nor while the next one is made";
    auto later = std::async(std::launch::async, [&] {
        const LiveService::Issuing issuing(live);
        return issuing.operator->();
    });
    EXPECT_EQ(later.wait_for(50ms), std::future_status::timeout);
    go_on.set_value();
    EXPECT_EQ(later.get(), second.get());
    exchange.join();
    EXPECT_EQ(live.now(), second);
}

TEST(LiveServiceTest, AnExchangeThatFailsLeavesTheService) {
    const Pointer first = token(std::make_shared<int>(1));
    LiveService live(first);
    EXPECT_THROW(live.exchange([]() -> Pointer { throw std::runtime_error("no"); }),
                 std::runtime_error);
    EXPECT_EQ(live.now(), first);
    const LiveService::Issuing issuing(live);
    EXPECT_EQ(issuing.operator->(), first.get());
}

TEST(LiveServiceTest, TheOldOneGoesWithItsLastReader) {
    auto owner = std::make_shared<int>(1);
    const std::weak_ptr<int> watched = owner;
    LiveService live(token(std::move(owner)));
    Pointer reader = live.now();
    live.exchange([] { return token(std::make_shared<int>(2)); });
    EXPECT_FALSE(watched.expired());
    reader.reset();
    EXPECT_TRUE(watched.expired());
}

TEST(LiveServiceTest, ManyExchangesUnderLoadEnd) {
    LiveService live(token(std::make_shared<int>(0)));
    std::atomic<bool> stop{false};
    std::vector<std::thread> issuers;
    for (int i = 0; i < 4; ++i) {
        issuers.emplace_back([&] {
            while (!stop) {
                const LiveService::Issuing issuing(live);
            }
        });
    }
    for (int i = 1; i <= 200; ++i) {
        live.exchange([i] { return token(std::make_shared<int>(i)); });
    }
    stop = true;
    for (std::thread& issuer : issuers) {
        issuer.join();
    }
    EXPECT_EQ(*reinterpret_cast<int*>(live.now().get()), 200);
}

}  // namespace
}  // namespace yinxin::server
