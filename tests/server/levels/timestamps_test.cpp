// SPDX-License-Identifier: Apache-2.0
#include "server/levels/timestamps.h"

#include <functional>
#include <map>

#include "keys/crypto/digest.h"
#include "keys/crypto/random.h"
#include "signer/timestamp.h"
#include "tests/keys/test_tsa.h"
#include "tests/support/expect_error.h"
#include "tests/support/test_clock.h"

namespace yinxin::server {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

const Bytes kImprint = keys::sha256(as_bytes("a signature"));
const std::string kFirst = "http://tsa.example/first", kSecond = "http://tsa.example/second";

/// Servers by address; an address without one does not answer.
class FakeNet : public HttpClient {
  public:
    using Server = std::function<HttpAnswer(const HttpRequest&)>;
    HttpAnswer send(const HttpRequest& request) override {
        ++asked[request.url];
        const auto server = servers.find(request.url);
        if (server == servers.end()) {
            throw Error(ErrorCode::Unavailable, "no answer in time");
        }
        return server->second(request);
    }
    std::map<std::string, Server> servers;
    std::map<std::string, int> asked;
};

class TimestampsTest : public testing::Test {
  protected:
    FakeNet::Server good() {
        return [this](const HttpRequest& request) {
            return HttpAnswer{200, signer::timestamp_reply_type, tsa_.answer(request.body)};
        };
    }
    /// Answers another question: of this imprint and nonce.
    FakeNet::Server stuck(Bytes imprint, Bytes nonce) {
        return [this, imprint, nonce](const HttpRequest&) {
            return HttpAnswer{200,
                              signer::timestamp_reply_type,
                              tsa_.answer(signer::timestamp_request(imprint, nonce))};
        };
    }
    Timestamps stamps(std::vector<std::string> urls) {
        return Timestamps(std::move(urls), seconds(3), {net_, trust_, clock_, random_});
    }

    tests::TestClock clock_;
    keys::OpenSslRandom random_;
    tests::TestTsa tsa_{clock_.now()};
    verify::TrustStore trust_{{tsa_.root()}};
    FakeNet net_;
};

TEST_F(TimestampsTest, GivesATokenThatHolds) {
    net_.servers[kFirst] = good();
    Timestamps stamps = this->stamps({kFirst, kSecond});
    const Timestamp stamp = stamps.token(kImprint);
    EXPECT_EQ(stamp.at, clock_.now());
    EXPECT_EQ(stamp.certificates.front(), tsa_.certificate());
    EXPECT_EQ(stamps.token_bytes(), stamp.token.size());
    EXPECT_EQ(net_.asked[kFirst], 1);
    EXPECT_EQ(net_.asked[kSecond], 0);
}

TEST_F(TimestampsTest, AsksTheNextWhenOneIsDown) {
    net_.servers[kSecond] = good();
    Timestamps stamps = this->stamps({kFirst, kSecond});
    EXPECT_EQ(stamps.token(kImprint).at, clock_.now());
    EXPECT_EQ(stamps.states().at(0).failures, 1U);
    EXPECT_EQ(stamps.states().at(1).tokens, 1U);
}

TEST_F(TimestampsTest, TakesNoTokenThatLies) {
    const Bytes nonce{1, 2, 3};
    net_.servers[kFirst] = stuck(keys::sha256(as_bytes("other")), nonce);
    EXPECT_ERROR(stamps({kFirst}).token(kImprint), Unavailable, "about other bytes");
    net_.servers[kFirst] = stuck(kImprint, nonce);
    EXPECT_ERROR(stamps({kFirst}).token(kImprint), Unavailable, "another question");
    net_.servers[kFirst] = [](const HttpRequest&) { return HttpAnswer{200, "text/html", {}}; };
    EXPECT_ERROR(stamps({kFirst}).token(kImprint), Unavailable, "answers 200 text/html");
    net_.servers[kFirst] = [](const HttpRequest&) {
        return HttpAnswer{200, signer::timestamp_reply_type, Bytes(100, 0x30)};
    };
    EXPECT_ERROR(stamps({kFirst}).token(kImprint), Unavailable, kFirst);
}

TEST_F(TimestampsTest, TakesNoTokenOfAStranger) {
    const tests::TestTsa stranger(clock_.now());
    net_.servers[kFirst] = [&stranger](const HttpRequest& request) {
        return HttpAnswer{200, signer::timestamp_reply_type, stranger.answer(request.body)};
    };
    EXPECT_ERROR(stamps({kFirst}).token(kImprint), Unavailable, "does not hold");
}

TEST_F(TimestampsTest, TakesNoTokenOfAnExpiredCertificate) {
    net_.servers[kFirst] = good();
    clock_.forward(hours(24 * 366));
    tsa_.set_time(clock_.now());
    EXPECT_ERROR(stamps({kFirst}).token(kImprint), Unavailable, "does not hold");
}

TEST_F(TimestampsTest, TakesNoTokenOfAClockThatDiffers) {
    net_.servers[kFirst] = good();
    tsa_.set_time(clock_.now() + std::chrono::minutes(6));
    EXPECT_ERROR(stamps({kFirst}).token(kImprint), Unavailable, "future");
    tsa_.set_time(clock_.now() - std::chrono::minutes(6));
    EXPECT_ERROR(stamps({kFirst}).token(kImprint), Unavailable, "behind ours");
}

TEST_F(TimestampsTest, LeavesOneAloneThatFailsAgainAndAgain) {
    Timestamps stamps = this->stamps({kFirst});
    for (int i = 0; i < 10; ++i) {
        EXPECT_ERROR(stamps.token(kImprint), Unavailable, kFirst);
    }
    EXPECT_EQ(net_.asked[kFirst], Timestamps::failures_max);
    EXPECT_TRUE(stamps.states().at(0).open);

    clock_.forward(Timestamps::pause);  // one tries again, and it is still down
    EXPECT_ERROR(stamps.token(kImprint), Unavailable, "no answer in time");
    EXPECT_ERROR(stamps.token(kImprint), Unavailable, "after it failed: no answer in time");
    EXPECT_EQ(net_.asked[kFirst], Timestamps::failures_max + 1);

    net_.servers[kFirst] = good();
    clock_.forward(Timestamps::pause);
    tsa_.set_time(clock_.now());
    EXPECT_NO_THROW(stamps.token(kImprint));
    EXPECT_FALSE(stamps.states().at(0).open);
}

TEST_F(TimestampsTest, NobodyShortensOrStretchesThePauseByTheClock) {
    Timestamps stamps = this->stamps({kFirst});
    for (int i = 0; i < Timestamps::failures_max; ++i) {
        EXPECT_ERROR(stamps.token(kImprint), Unavailable, kFirst);
    }
    clock_.step(hours(2));
    EXPECT_ERROR(stamps.token(kImprint), Unavailable, "left alone");
    clock_.step(-hours(4));
    clock_.forward(Timestamps::pause);
    EXPECT_ERROR(stamps.token(kImprint), Unavailable, "no answer in time");
}

TEST_F(TimestampsTest, SaysWhenNoneIsConfigured) {
    EXPECT_ERROR(stamps({}).token(kImprint), Unavailable, "[timestamps] tsa");
}

}  // namespace
}  // namespace yinxin::server
