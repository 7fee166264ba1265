// SPDX-License-Identifier: Apache-2.0
// The level of what is issued: at once, later, or not at all.
#include "keys/pki/certificate.h"
#include "keys/timestamp_authority.h"
#include "server/demo/site.h"
#include "signer/timestamp.h"
#include "tests/keys/test_pki.h"
#include "tests/server/service/service_fixture.h"

namespace yinxin::server {
namespace {

using std::chrono::seconds;

/// The world's authorities, asked without a network.
class SiteClient : public HttpClient {
  public:
    explicit SiteClient(DemoPkiSite& site) : site_(site) {}
    HttpAnswer send(const HttpRequest& request) override {
        ++asked;
        if (away) {
            throw Error(ErrorCode::Unavailable, "no answer in time");
        }
        const SmallAnswer answer = site_.answer({request.body.empty() ? "GET" : "POST",
                                                 request.url.substr(authorities_url.size()),
                                                 request.content_type,
                                                 request.body});
        if (answer.hang_up) {
            throw Error(ErrorCode::Unavailable, "no answer in time");
        }
        return {answer.status, answer.content_type, answer.body};
    }
    std::atomic<bool> away{false};
    std::atomic<int> asked{0};

  private:
    DemoPkiSite& site_;
};

class SealLevelsTest : public ServiceTest {
  protected:
    SealLevelsTest() {
        world_->config.timestamp_policy = "deferred";
        world_->config.seal_level = "B-B";
        ServiceParts with = parts(*store_);
        with.levels = &levels_;
        service_ = std::make_unique<Service>(with);
    }
    ~SealLevelsTest() override { world_->config.seal_level = "B-B"; }

    IssueRequest at_level(const std::string& key, const std::string& level) const {
        IssueRequest request = record(key);
        request.options["level"] = level;
        return request;
    }
    Json revisions(const Json& issued) {
        return service_->document(alice_, issued.at("id")).at("revisions");
    }
    verify::DocumentReport check(const Json& issued, std::optional<int> revision = std::nullopt) {
        return verify::verify_document(
            service_->pdf(alice_, issued.at("id"), revision).pdf,
            trust_,
            {{keys::Certificate::from_der(world_->seal_key->chain().front()).sha256}},
            world_->clock.now());
    }
    void forward(seconds span) { world_->clock.set(world_->clock.now() + span); }

    verify::TrustStore trust_{world_->anchors};
    DemoPkiSite site_{world_->folder / "pki",
                      keys::Secret(std::string_view("for tests only")),
                      world_->clock,
                      world_->random};
    SiteClient net_{site_};
    Timestamps stamps_{
        {authorities_url + "/tsa/p256"}, seconds(3), {net_, trust_, world_->clock, world_->random}};
    Revocations revocations_{net_, world_->clock, seconds(3)};
    const LevelRaiser raiser_{{stamps_, revocations_, world_->anchors, world_->clock}};
    const LevelParts levels_{stamps_, raiser_};
};

TEST_F(SealLevelsTest, ALevelAskedForByNameIsReachedBeforeTheAnswer) {
    for (const char* level : {"B-B", "B-T", "B-LT", "B-LTA"}) {
        const Json issued = service_->issue(alice_, at_level(level, level)).body;
        const Json all = revisions(issued);
        ASSERT_EQ(all.size(), 1U);
        EXPECT_EQ(all[0].at("level"), level);
        const auto report = check(issued);
        EXPECT_EQ(report.integrity, verify::Integrity::Intact);
        EXPECT_EQ(report.signatures.front().level, level);
    }
    EXPECT_EQ(service_->pay_debts(), 0U);
    EXPECT_EQ(faults(), "");
}

TEST_F(SealLevelsTest, ADeferredLevelCostsNoQuestionAndComesLater) {
    world_->config.seal_level = "B-LTA";
    const Json issued = service_->issue(alice_, record("k")).body;
    EXPECT_EQ(net_.asked, 0);
    EXPECT_EQ(revisions(issued)[0].at("level"), "B-B");
    const Bytes first = service_->pdf(alice_, issued.at("id"), 1).pdf;

    EXPECT_EQ(service_->pay_debts(), 0U);
    const Json all = revisions(issued);
    ASSERT_EQ(all.size(), 2U);
    EXPECT_EQ(all[1].at("level"), "B-LTA");
    EXPECT_EQ(service_->pdf(alice_, issued.at("id"), 1).pdf, first);
    const Bytes second = service_->pdf(alice_, issued.at("id"), std::nullopt).pdf;
    EXPECT_TRUE(std::equal(first.begin(), first.end(), second.begin()));
    EXPECT_EQ(check(issued).signatures.front().level, "B-LTA");
    for (const Bytes* file : {&first, &second}) {
        EXPECT_EQ(service_->verify_file(*file).at("outcome"), "genuine");
    }
    EXPECT_EQ(faults(), "");
}

TEST_F(SealLevelsTest, AnOutageLowersTheLevelAndNothingElse) {
    net_.away = true;
    const Json issued = service_->issue(alice_, at_level("k", "B-LTA")).body;
    EXPECT_EQ(revisions(issued)[0].at("level"), "B-B");
    EXPECT_EQ(check(issued).signatures.front().level, "B-B");
    EXPECT_EQ(service_->pay_debts(), 1U);
    const DebtSum owed = store_->debts();
    EXPECT_EQ(owed.open, 1U);
    EXPECT_NE(owed.last_error.find("no answer in time"), std::string::npos);

    net_.away = false;
    forward(seconds(30));
    EXPECT_EQ(service_->pay_debts(), 0U);
    EXPECT_EQ(revisions(issued).back().at("level"), "B-LTA");
    EXPECT_EQ(faults(), "");
}

TEST_F(SealLevelsTest, AResponderThatIsAwayLeavesTheTimeStamp) {
    write_demo_faults(world_->folder / "pki" / demo_pki_faults_name, {"ocsp-down", "crl-down"});
    const Json issued = service_->issue(alice_, at_level("k", "B-LT")).body;
    EXPECT_EQ(revisions(issued)[0].at("level"), "B-T");
    EXPECT_EQ(store_->debts().open, 1U);
    write_demo_faults(world_->folder / "pki" / demo_pki_faults_name, {});
    forward(seconds(30));
    EXPECT_EQ(service_->pay_debts(), 0U);
    EXPECT_EQ(revisions(issued).back().at("level"), "B-LT");
    EXPECT_EQ(faults(), "");
}

TEST_F(SealLevelsTest, ATsaThatLiesIsNoTsa) {
    for (const char* lie : {"tsa-wrong-imprint", "tsa-wrong-nonce", "tsa-expired"}) {
        write_demo_faults(world_->folder / "pki" / demo_pki_faults_name, {lie});
        const Json issued = service_->issue(alice_, at_level(lie, "B-T")).body;
        EXPECT_EQ(revisions(issued)[0].at("level"), "B-B") << lie;
        EXPECT_EQ(check(issued).signatures.front().level, "B-B");
    }
    write_demo_faults(world_->folder / "pki" / demo_pki_faults_name, {});
    EXPECT_EQ(store_->debts().open, 3U);
    forward(seconds(60));
    EXPECT_EQ(service_->pay_debts(), 0U);
    EXPECT_EQ(faults(), "");
}

TEST_F(SealLevelsTest, NothingGoesOutBelowARequiredLevel) {
    world_->config.timestamp_policy = "required";
    world_->config.seal_level = "B-T";
    const Json issued = service_->issue(alice_, record("k1")).body;
    EXPECT_EQ(revisions(issued)[0].at("level"), "B-T");
    net_.away = true;
    EXPECT_EQ(code_of([&] { service_->issue(alice_, record("k2")); }), ErrorCode::Unavailable);
    EXPECT_EQ(report().issued, 1U);
    EXPECT_EQ(report().unsettled, 0U);
    EXPECT_EQ(faults(), "");
}

TEST_F(SealLevelsTest, ExtendsWhatIsIssued) {
    const Json issued = service_->issue(alice_, record("k")).body;
    const std::string id = issued.at("id");
    EXPECT_EQ(service_->extend(alice_, id, "B-T").at("n"), 2);
    EXPECT_EQ(service_->extend(alice_, id, "B-T").at("n"), 2);  // it is there already
    EXPECT_EQ(service_->extend(alice_, id, "B-LTA").at("n"), 3);
    EXPECT_EQ(service_->extend(alice_, id, "B-LTA").at("n"), 4);  // renewed
    EXPECT_EQ(service_->extend(alice_, id, "B-T").at("level"), "B-LTA");
    for (int n = 1; n <= 4; ++n) {
        EXPECT_EQ(check(issued, n).integrity, verify::Integrity::Intact) << n;
    }
    EXPECT_EQ(code_of([&] { service_->extend({"bob", false}, id, "B-T"); }), ErrorCode::NotFound);
    EXPECT_EQ(code_of([&] { service_->extend(alice_, id, "B-X"); }), ErrorCode::Invalid);
    service_->revoke(alice_, id, "wrong data", "r");
    EXPECT_EQ(code_of([&] { service_->extend(alice_, id, "B-LTA"); }), ErrorCode::Conflict);
    EXPECT_EQ(faults(), "");
}

/// The site's TSA until it is away, then one with a longer key and chain.
class TwoTsas : public HttpClient {
  public:
    TwoTsas(SiteClient& site, keys::TimestampAuthority& other, const Clock& clock)
        : site_(site), other_(other), clock_(clock) {}
    HttpAnswer send(const HttpRequest& request) override {
        if (request.url.ends_with("/other")) {
            return {200, signer::timestamp_reply_type, other_.answer(request.body, clock_.now())};
        }
        return site_.send(request);
    }

  private:
    SiteClient& site_;
    keys::TimestampAuthority& other_;
    const Clock& clock_;
};

TEST_F(SealLevelsTest, AnotherTsaWithLargerTimeStampsIsSignedForAgain) {
    tests::TestPki rsa(world_->clock.now(), keys::KeyAlgorithm::Rsa3072);
    const auto key = rsa.key(keys::CertificateUse::TimeStamping, keys::KeyAlgorithm::Rsa3072);
    keys::TimestampAuthority larger(*key, rsa.issuer(), world_->random);
    TwoTsas net(net_, larger, world_->clock);
    std::vector<Bytes> anchors = world_->anchors;
    anchors.push_back(rsa.root());
    const verify::TrustStore trust(anchors);
    Timestamps both{{authorities_url + "/tsa/p256", authorities_url + "/other"},
                    seconds(3),
                    {net, trust, world_->clock, world_->random}};
    const LevelParts levels{both, raiser_};
    ServiceParts with = parts(*store_);
    with.levels = &levels;
    service_ = std::make_unique<Service>(with);
    const Json first = service_->issue(alice_, at_level("k1", "B-T")).body;
    const std::size_t before = both.token_bytes();
    int asked = 0;
    world_->seal_key->before_signing = [&asked](const keys::SignOrder& order) {
        asked += order.purpose == keys::KeyPurpose::Document ? 1 : 0;
    };

    net_.away = true;
    const Json second = service_->issue(alice_, at_level("k2", "B-T")).body;
    ASSERT_GT(both.token_bytes(), before + 512) << "no larger than what was reserved";
    for (const Json& issued : {first, second}) {
        EXPECT_EQ(revisions(issued)[0].at("level"), "B-T");
        EXPECT_EQ(check(issued).signatures.front().level, "B-T");
    }
    EXPECT_EQ(asked, 2);
    EXPECT_EQ(store_->key_register().signed_with("seal").size(), 2U) << "the other was discarded";
    EXPECT_EQ(faults(), "");
}

TEST_F(SealLevelsTest, AnInstanceWithoutATsaSaysSo) {
    service_ = std::make_unique<Service>(parts(*store_));
    EXPECT_EQ(rule_of([&] { service_->issue(alice_, at_level("k", "B-T")); }), "level");
    EXPECT_EQ(report().numbers, 0U);
    IssueRequest odd = record("k2");
    odd.options["level"] = "B-X";
    EXPECT_EQ(rule_of([&] { service_->issue(alice_, odd); }), "enum");
}

}  // namespace
}  // namespace yinxin::server
