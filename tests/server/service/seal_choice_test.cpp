// SPDX-License-Identifier: Apache-2.0
#include "server/service/seal_choice.h"

#include <gtest/gtest.h>

namespace yinxin::server {
namespace {

using std::chrono::hours;

constexpr Time kNow{hours(1000)};
const Bytes kOurs(32, 1), kOther(32, 2);

SealPtr seal(hours from, hours to, const Bytes& certificate = kOurs, Time maker = Time::max()) {
    keys::SealRecord record;
    record.certificate_sha256 = {certificate};
    record.valid_from = kNow + from;
    record.valid_to = kNow + to;
    record.maker_until = maker;
    return std::make_shared<const keys::SealRecord>(record);
}

TEST(SealChoice, TakesThePreferredOfThoseThatAreValid) {
    const std::vector<SealPtr> seals{seal(hours(5), hours(9)), seal(hours(-1), hours(6))};
    EXPECT_EQ(seal_at(seals, kNow), seals[1]);
    EXPECT_EQ(seal_at(seals, kNow + hours(5)), seals[0]);
    EXPECT_EQ(seal_at(seals, kNow + hours(10)), nullptr);
    EXPECT_EQ(seal_at({}, kNow), nullptr);
}

TEST(SealChoice, ASealEndsWithItsMaker) {
    const std::vector<SealPtr> seals{seal(hours(-1), hours(6), kOurs, kNow + hours(2))};
    EXPECT_EQ(seal_at(seals, kNow + hours(1)), seals[0]);
    EXPECT_EQ(seal_at(seals, kNow + hours(2)), nullptr);
    EXPECT_EQ(sealed_until(seals, {kOurs}, kNow), kNow + hours(2));
}

TEST(SealChoice, SealsThatFollowOneAnotherLastTogether) {
    const SealPtr first = seal(hours(-1), hours(2)), second = seal(hours(2), hours(4)),
                  later = seal(hours(5), hours(9));
    EXPECT_EQ(sealed_until({later, second, first}, {kOurs}, kNow), kNow + hours(4));
    EXPECT_EQ(sealed_until({later}, {kOurs}, kNow), std::nullopt);
    EXPECT_EQ(sealed_until({first, seal(hours(-1), hours(9), kOther)}, {kOurs}, kNow),
              kNow + hours(2));
    EXPECT_EQ(sealed_until({first}, {kOurs, kOther}, kNow), std::nullopt);
}

}  // namespace
}  // namespace yinxin::server
