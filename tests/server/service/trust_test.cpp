// SPDX-License-Identifier: Apache-2.0
// What must be right before a number is taken: the clock, and the path of the certificate that
// seals.
#include <gmock/gmock.h>

#include "tests/keys/test_pki.h"
#include "tests/server/service/service_fixture.h"

namespace yinxin::server {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;

class SealPathTest : public ServiceTest {
  protected:
    /// Nothing was taken and no key was asked.
    void expect_refused(Service& service, const std::string& words) {
        world_->seal_key->before_signing = [](const keys::SignOrder& order) {
            ADD_FAILURE() << "signed: " << keys::to_text(order.purpose);
        };
        const std::uint64_t before = report().numbers;
        const auto issue = [&] { service.issue(alice_, record("refused")); };
        EXPECT_EQ(code_of(issue), ErrorCode::Unavailable);
        EXPECT_THAT(words_of(issue), HasSubstr(words));
        EXPECT_EQ(rule_of(issue), "certificate");
        EXPECT_EQ(report().numbers, before);
        world_->seal_key->before_signing = nullptr;
    }

    std::map<std::string, keys::SealRecord> seals_for_ever(const Bytes& certificate) const {
        auto seals = world_->seals;
        for (auto& [use, seal] : seals) {
            seal.valid_from = Time::min();
            seal.valid_to = seal.maker_until = Time::max();
            seal.certificate_sha256 = {keys::sha256(certificate)};
        }
        return seals;
    }
};

TEST_F(SealPathTest, ACertificateThatHasEndedTakesNoNumber) {
    const Bytes& own = world_->seal_key->chain().front();
    const Time end = keys::Certificate::from_der(own).not_after;
    const auto service = service_with(*world_->seal_key, world_->anchors, seals_for_ever(own));
    service->issue(alice_, record("first"));
    world_->clock.set(end - milliseconds(1));
    service->issue(alice_, record("last"));
    world_->clock.set(end);
    expect_refused(*service, "ended " + to_rfc3339(end));
    const Json readiness = service->readiness();
    EXPECT_EQ(readiness.at("checks").at("certificate"), "failed");
    EXPECT_EQ(readiness.at("ready"), false);
}

TEST_F(SealPathTest, OneThatHasNotBegunTakesNoNumber) {
    const Bytes& own = world_->seal_key->chain().front();
    const Time begin = keys::Certificate::from_der(own).not_before;
    world_->clock.set(begin - seconds(1));
    const auto service = service_with(*world_->seal_key, world_->anchors, seals_for_ever(own));
    expect_refused(*service, "begins " + to_rfc3339(begin));
}

TEST_F(SealPathTest, OneThatLeadsNowhereTakesNoNumber) {
    const auto without = service_with(*world_->seal_key, {}, world_->seals);
    expect_refused(*without, "no path to a trust anchor");
    tests::TestPki stranger(world_->clock.now());
    const auto with_another = service_with(*world_->seal_key, {stranger.root()}, world_->seals);
    expect_refused(*with_another, "no path to a trust anchor");
}

/// Root, intermediate and seal key, each valid for so many days.
struct ThreeCertificates {
    ThreeCertificates(Time now, int root_days, int intermediate_days) : begin(now) {
        root->set_chain({certify("Root", keys::CertificateUse::Root, root_days, *root, *root)});
        intermediate->set_chain({certify("Between",
                                         keys::CertificateUse::Intermediate,
                                         intermediate_days,
                                         *intermediate,
                                         *root)});
        seal->set_chain({certify("Seal", keys::CertificateUse::Seal, 365, *seal, *intermediate),
                         intermediate->chain().front()});
    }
    Bytes certify(const std::string& name,
                  keys::CertificateUse use,
                  int days,
                  const keys::SoftwareKey& key,
                  const keys::SoftwareKey& issuer) {
        keys::CertificateOrder order;
        order.use = use;
        order.subject.common_name = name;
        order.spki = key.spki();
        order.not_before = begin - hours(1);
        order.not_after = begin + hours(24 * days);
        return write_certificate(order, issuer, random);
    }
    static std::unique_ptr<keys::SoftwareKey> made(const std::string& id) {
        return keys::SoftwareKey::generate(id, keys::KeyAlgorithm::EcdsaP256);
    }

    Time begin;
    keys::OpenSslRandom random;
    std::unique_ptr<keys::SoftwareKey> root = made("root"), intermediate = made("between"),
                                       seal = made("seal");
};

TEST_F(SealPathTest, AnIssuersEndIsNamed) {
    const Time begin = world_->clock.now();
    const struct {
        int root_days, intermediate_days;
        const char* name;
    } cases[] = {{365, 2, "CN=Between,C=CN"}, {2, 365, "CN=Root,C=CN"}};
    for (const auto& [root_days, intermediate_days, name] : cases) {
        world_->clock.set(begin);
        const ThreeCertificates pki(begin, root_days, intermediate_days);
        const auto service = service_with(
            *pki.seal, {pki.root->chain().front()}, seals_for_ever(pki.seal->chain().front()));
        service->issue(alice_, record(std::to_string(root_days)));
        world_->clock.set(begin + hours(48));
        expect_refused(*service, std::string(name) + "\" ended " + to_rfc3339(begin + hours(48)));
    }
}

TEST_F(SealPathTest, OneForAnotherUseTakesNoNumber) {
    tests::TestPki pki(world_->clock.now());
    const auto key = pki.key(keys::CertificateUse::Intermediate, keys::KeyAlgorithm::EcdsaP256);
    const auto service = service_with(*key, {pki.root()}, seals_for_ever(key->chain().front()));
    const auto issue = [&] { service->issue(alice_, record("k")); };
    EXPECT_EQ(code_of(issue), ErrorCode::Unavailable);
    EXPECT_THAT(words_of(issue), HasSubstr("cannot seal"));
    EXPECT_EQ(report().numbers, 0u);
}

class ClockTest : public ServiceTest {
  protected:
    void expect_stopped() {
        const std::uint64_t before = report().numbers;
        const auto issue = [&] { service_->issue(alice_, record("stopped")); };
        EXPECT_EQ(code_of(issue), ErrorCode::Unavailable);
        EXPECT_EQ(rule_of(issue), "clock");
        EXPECT_EQ(report().numbers, before);
    }
    std::string issued_at(const std::string& key) {
        return service_->issue(alice_, record(key)).body.at("issued_at");
    }
};

TEST_F(ClockTest, AStepStopsIssuingUntilItIsTakenBack) {
    const Json first = service_->issue(alice_, record("first")).body;
    for (const milliseconds step : {milliseconds(hours(1)),
                                    milliseconds(-hours(1)),
                                    milliseconds(5001),
                                    milliseconds(-5001)}) {
        world_->clock.step(step);
        expect_stopped();
        EXPECT_EQ(service_->verify_code(first.at("code")).at("outcome"), "on_record");
        start();  // its readiness is asked anew
        world_->clock.step(-step);
        EXPECT_EQ(service_->readiness().at("checks").at("clock"), "failed");
        expect_stopped();
        start();
        EXPECT_EQ(service_->readiness().at("checks").at("clock"), "ok");
    }
    world_->clock.step(hours(1));
    expect_stopped();
    world_->clock.step(-hours(1));
    EXPECT_EQ(issued_at("next"), "2026-01-31T01:00:00Z") << "the wrong time left no mark";
    EXPECT_EQ(faults(), "");
}

TEST_F(ClockTest, ALeapSecondAndTheTimeThatGoesByAreNoStep) {
    world_->clock.set(world_->clock.now() + hours(24 * 300));
    world_->clock.step(seconds(4));
    EXPECT_EQ(issued_at("a"), "2026-11-27T01:00:04Z");
    world_->clock.step(seconds(-5));
    EXPECT_EQ(issued_at("b"), "2026-11-27T01:00:04Z") << "never before the one before it";
    EXPECT_EQ(faults(), "");
}

TEST_F(ClockTest, AClockBehindTheRegisterStopsIssuingAcrossAStart) {
    const Time now = world_->clock.now() + hours(1);
    world_->clock.set(now);
    service_->issue(alice_, record("first"));
    world_->clock.set(now - seconds(6));
    start();
    expect_stopped();
    EXPECT_EQ(service_->readiness().at("checks").at("clock"), "failed");
    EXPECT_THAT(words_of([&] { service_->issue(alice_, record("k")); }),
                HasSubstr("2026-01-31T02:00:00Z"));
    world_->clock.set(now - seconds(4));  // time goes by, and it is near enough
    EXPECT_EQ(issued_at("next"), "2026-01-31T02:00:00Z");
}

TEST_F(ClockTest, TheToleranceIsConfigured) {
    world_->config.clock_step_seconds_max = 60;
    start();
    world_->clock.step(seconds(60));
    service_->issue(alice_, record("within"));
    world_->clock.step(seconds(1));
    expect_stopped();
    world_->config.clock_step_seconds_max = Config{}.clock_step_seconds_max;
}

}  // namespace
}  // namespace yinxin::server
