// SPDX-License-Identifier: Apache-2.0
#include "server/http/limiter.h"

#include <Poco/Net/IPAddress.h>
#include <gtest/gtest.h>

#include "common/error.h"

namespace yinxin::server {
namespace {

using namespace std::chrono_literals;
using Poco::Net::IPAddress;

TEST(Limiter, GivesTheBurstThenOneTokenEveryTwoSecondsAtThirtyAMinute) {
    Limiter limiter({30, 10});
    const Limiter::Instant start{};
    for (int i = 0; i < 10; ++i) EXPECT_EQ(limiter.take("a", start), std::nullopt);
    EXPECT_EQ(limiter.take("a", start), 2);
    EXPECT_EQ(limiter.take("a", start + 1s), 1);
    EXPECT_EQ(limiter.take("a", start + 2s), std::nullopt);
    EXPECT_EQ(limiter.take("a", start + 2s), 2);
}

TEST(Limiter, KeepsCallersApartAndRefillsOnlyToTheBurst) {
    Limiter limiter({60, 2});
    const Limiter::Instant start{};
    EXPECT_EQ(limiter.take("a", start), std::nullopt);
    EXPECT_EQ(limiter.take("a", start), std::nullopt);
    EXPECT_EQ(limiter.take("b", start), std::nullopt);
    EXPECT_NE(limiter.take("a", start), std::nullopt);
    EXPECT_EQ(limiter.take("a", start + 1h), std::nullopt);
    EXPECT_EQ(limiter.take("a", start + 1h), std::nullopt);
    EXPECT_NE(limiter.take("a", start + 1h), std::nullopt);
}

TEST(Limiter, LookingTakesNothing) {
    Limiter limiter({60, 1});
    const Limiter::Instant start{};
    EXPECT_EQ(limiter.look("a", start), std::nullopt);
    EXPECT_EQ(limiter.look("a", start), std::nullopt);
    EXPECT_EQ(limiter.take("a", start), std::nullopt);
    EXPECT_EQ(limiter.look("a", start), 1);
    EXPECT_EQ(limiter.look("a", start + 1s), std::nullopt);
    EXPECT_EQ(limiter.take("a", start + 1s), std::nullopt);
}

TEST(Limiter, ABucketMayOweWhatARequestTurnedOutToBeWorth) {
    Limiter limiter({60, 2});
    const Limiter::Instant start{};
    EXPECT_EQ(limiter.take("a", start), std::nullopt);
    limiter.spend("a", start, 5);
    EXPECT_EQ(limiter.take("a", start), 5);
    EXPECT_EQ(limiter.take("a", start + 5s), std::nullopt);
}

TEST(Limiter, ATimeThatStepsBackGivesNothing) {
    Limiter limiter({60, 1});
    const Limiter::Instant start{1h};
    EXPECT_EQ(limiter.take("a", start), std::nullopt);
    EXPECT_NE(limiter.take("a", start - 10min), std::nullopt);
}

TEST(Limiter, ForgetsTheLeastRecentlyUsedWhenItsTableIsFull) {
    Limiter limiter({1, 1}, 64);  // one bucket in each of 64 shards
    const Limiter::Instant start{};
    EXPECT_EQ(limiter.take("kept", start), std::nullopt);
    EXPECT_NE(limiter.take("kept", start), std::nullopt);
    for (int i = 0; i < 10'000; ++i) limiter.take("flood-" + std::to_string(i), start);
    EXPECT_EQ(limiter.take("kept", start), std::nullopt);
}

TEST(CallerGroup, IsTheAddressInIpv4AndTheNetworkInIpv6) {
    const auto group = [](const char* text) { return caller_group(IPAddress(text)); };
    EXPECT_NE(group("192.0.2.1"), group("192.0.2.2"));
    EXPECT_EQ(group("192.0.2.1"), group("::ffff:192.0.2.1"));
    EXPECT_EQ(group("2001:db8::1"), group("2001:db8::ffff:ffff:ffff:ffff"));
    EXPECT_NE(group("2001:db8::1"), group("2001:db8:0:1::1"));
}

TEST(AddressList, KnowsAddressesAndNetworks) {
    const AddressList list({"10.1.0.0/16", "192.0.2.7", "fd00::/8"});
    for (const char* inside : {"10.1.2.3", "192.0.2.7", "::ffff:10.1.255.255", "fdff::1"})
        EXPECT_TRUE(list.contains(IPAddress(inside))) << inside;
    for (const char* outside : {"10.2.0.1", "192.0.2.8", "fe00::1", "127.0.0.1", "::1"})
        EXPECT_FALSE(list.contains(IPAddress(outside))) << outside;
    EXPECT_FALSE(AddressList({}).contains(IPAddress("127.0.0.1")));
}

TEST(AddressList, RefusesWhatIsNoAddress) {
    for (const char* text :
         {"", "localhost", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/8x", "fd00::/129"})
        EXPECT_THROW(AddressList({text}), Error) << text;
}

}  // namespace
}  // namespace yinxin::server
