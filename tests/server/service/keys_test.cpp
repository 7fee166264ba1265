// SPDX-License-Identifier: Apache-2.0
// Keys as the use cases see them: what they sign is on record whatever becomes of it, who has come
// before still counts, and what a compromised key has sealed is marked.
#include <gmock/gmock.h>

#include "keys/certificate_writer.h"
#include "server/service/preflight.h"
#include "tests/server/service/forwarding_store.h"
#include "tests/server/service/service_fixture.h"

namespace yinxin::server {
namespace {

using std::chrono::days;
using std::chrono::hours;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class KeysTest : public ServiceTest {
  protected:
    std::unique_ptr<Service> with(const std::map<std::string, Time>& compromised,
                                  const std::vector<Bytes>& retired_tokens = {}) {
        ServiceParts given = parts(*store_);
        given.compromised_certificates = compromised;
        given.retired_token_certificates = retired_tokens;
        return std::make_unique<Service>(given);
    }
    std::string own() const { return to_hex(keys::sha256(world_->seal_key->chain().front())); }
    void compromise(const std::string& key) {
        store_->key_register().change_key({.key_id = key,
                                           .state = KeyState::Compromised,
                                           .at = world_->clock.now(),
                                           .reason = "stolen"});
    }
    Bytes issued_file(Service& service, const std::string& key) {
        const Json answer = service.issue(alice_, record(key)).body;
        return service.pdf(alice_, answer.at("id"), std::nullopt).pdf;
    }
};

TEST_F(KeysTest, WhatACompromisedKeyHasSealedStaysOnRecordAndIsMarked) {
    const Json answer = service_->issue(alice_, record("k")).body;
    const Bytes file = service_->pdf(alice_, answer.at("id"), std::nullopt).pdf;
    EXPECT_FALSE(service_->verify_file(file).at("issuer").contains("key"));
    const Time since = world_->clock.now();
    const auto marked = with({{own(), since}});
    const Json by_file = marked->verify_file(file);
    EXPECT_EQ(by_file.at("outcome"), "genuine") << "the register attests to it";
    EXPECT_EQ(by_file.at("issuer").at("trusted"), "no");
    EXPECT_EQ(by_file.at("issuer").at("key"), "compromised");
    EXPECT_EQ(by_file.at("issuer").at("compromised_at"), to_rfc3339(since));
    const Json by_code = marked->verify_code(answer.at("code"));
    EXPECT_EQ(by_code.at("outcome"), "on_record");
    EXPECT_EQ(by_code.at("issuer").at("key"), "compromised");
    // Something appended: the reader's view of the issuer is marked, too.
    Bytes longer = file;
    const ByteView tail = as_bytes("% more\n");
    longer.insert(longer.end(), tail.begin(), tail.end());
    EXPECT_EQ(marked->verify_file(longer).at("issuer").at("key"), "compromised");
}

TEST_F(KeysTest, AFileOfACompromisedKeyThatIsNotRegisteredIsNotVerified) {
    const Bytes file = issued_file(*service_, "k");
    service_.reset();
    store_.reset();
    std::filesystem::remove(options_.path);
    start();
    const auto marked = with({{own(), world_->clock.now()}});
    const Json answer = marked->verify_file(file);
    EXPECT_EQ(answer.at("outcome"), "not_verified");
    EXPECT_EQ(answer.at("issuer").at("trusted"), "no");
}

TEST_F(KeysTest, TokensOfARetiredKeyHoldAndOfACompromisedOneDoNot) {
    const auto kids = [](Service& service) { return service.jwks().at("keys").size(); };
    EXPECT_EQ(kids(*service_), 1u);
    keys::OpenSslRandom random;
    const auto before = keys::SoftwareKey::generate("token-0", keys::KeyAlgorithm::EcdsaP256);
    keys::CertificateOrder order;
    order.use = keys::CertificateUse::Root;
    order.subject = {.organization = "o", .common_name = "token-0"};
    order.spki = before->spki();
    order.not_before = world_->clock.now();
    order.not_after = order.not_before + hours(1);
    const Bytes certificate = keys::write_certificate(order, *before, random);
    const auto both = with({}, {certificate});
    EXPECT_EQ(kids(*both), 2u);
    EXPECT_NE(both->jwks().at("keys").at(1).at("x5c"), both->jwks().at("keys").at(0).at("x5c"));
    const auto one =
        with({{to_hex(keys::sha256(certificate)), world_->clock.now()}}, {certificate});
    EXPECT_EQ(kids(*one), 1u);
}

TEST_F(KeysTest, ACompromisedKeyTakesNoNumberAndIsNotReady) {
    EXPECT_EQ(service_->readiness().at("checks").at("keys"), "ok");
    compromise("seal");
    EXPECT_EQ(code_of([&] { service_->issue(alice_, record("k")); }), ErrorCode::Unavailable);
    EXPECT_EQ(report().numbers, 0u);
    start();
    const Json readiness = service_->readiness();
    EXPECT_EQ(readiness.at("checks").at("keys"), "failed");
    EXPECT_EQ(readiness.at("ready"), false);
    EXPECT_EQ(faults(), "");
}

TEST_F(KeysTest, WhatItSignsAtThatMomentIsThrownAwayAndOnRecord) {
    world_->seal_key->before_signing = [this](const keys::SignOrder& order) {
        if (order.purpose == keys::KeyPurpose::Document) {
            compromise("seal");
        }
    };
    EXPECT_EQ(code_of([&] { service_->issue(alice_, record("k")); }), ErrorCode::Conflict);
    const FsckReport found = report();
    EXPECT_EQ(found.numbers, 1u);
    EXPECT_EQ(found.voided, 1u);
    EXPECT_EQ(faults(), "");
    EXPECT_THAT(store_->key_register().signed_with("seal"), IsEmpty());
}

/// Purposes of the audit rows that end, in order.
class AuditStore : public ForwardingStore {
  public:
    using ForwardingStore::ForwardingStore;
    void record_key_uses(const std::vector<KeyUse>& uses, CommitWaiter* waiter) override {
        ForwardingStore::record_key_uses(uses, waiter);
        for (const KeyUse& use : uses) {
            const char* phase = use.phase == KeyUse::Phase::Begin ? "begin "
                                : use.phase == KeyUse::Phase::End ? "end "
                                                                  : "discarded ";
            rows.push_back(phase + keys::to_text(use.purpose));
        }
    }
    std::vector<std::string> rows;
};

TEST_F(KeysTest, ProbesAreOnRecord) {
    AuditStore store(*store_);
    Service service(parts(store));
    service.issue(alice_, record("k"));
    EXPECT_THAT(store.rows, ElementsAre("begin probe", "end probe", "end token", "begin document"));
    store.rows.clear();
    EXPECT_TRUE(service.preflight());
    EXPECT_THAT(store.rows, ElementsAre("begin probe", "end probe", "begin probe", "end probe"));
    store.rows.clear();
    service.readiness();
    EXPECT_THAT(store.rows, IsEmpty()) << "readiness signs nothing";
}

TEST_F(KeysTest, SignaturesOfADocumentThatFailedAreOnRecordAsDiscarded) {
    class Full : public AuditStore {
      public:
        using AuditStore::AuditStore;
        void settle_issued(const Issued&) override {
            throw Error(ErrorCode::StorageFull, "no room");
        }
    } store(*store_);
    Service service(parts(store));
    EXPECT_EQ(code_of([&] { service.issue(alice_, record("k")); }), ErrorCode::StorageFull);
    EXPECT_EQ(store.rows.back(), "discarded document");
    world_->seal_key->away = true;
    store.rows.clear();
    EXPECT_EQ(code_of([&] { service.issue(alice_, record("l")); }), ErrorCode::Unavailable);
    world_->seal_key->away = false;
    EXPECT_EQ(faults(), "");
}

TEST_F(KeysTest, PreflightFindsAGoodKeyGood) {
    const Preflight found = preflight(*world_->seal_key, world_->anchors, world_->clock.now());
    EXPECT_THAT(found.faults, IsEmpty());
    EXPECT_EQ(found.warning, "");
    EXPECT_EQ(found.not_after,
              keys::Certificate::from_der(world_->seal_key->chain().front()).not_after);
}

TEST_F(KeysTest, PreflightWarnsThirtySevenAndOneDaysBefore) {
    const Time end = keys::Certificate::from_der(world_->seal_key->chain().front()).not_after;
    const auto warning = [&](Time now) {
        return preflight_certificate(world_->seal_key->chain(), world_->anchors, now).warning;
    };
    EXPECT_EQ(warning(end - days(31)), "");
    EXPECT_THAT(warning(end - days(29)), HasSubstr("less than 30 days"));
    EXPECT_THAT(warning(end - days(6)), HasSubstr("less than 7 days"));
    EXPECT_THAT(warning(end - hours(3)), HasSubstr("less than 1 day,"));
}

TEST_F(KeysTest, PreflightNamesEachFault) {
    const Time now = world_->clock.now();
    const auto& chain = world_->seal_key->chain();
    const Time end = keys::Certificate::from_der(chain.front()).not_after;
    EXPECT_THAT(preflight_certificate({}, world_->anchors, now).faults,
                ElementsAre("it has no certificate"));
    EXPECT_THAT(preflight_certificate(chain, {}, now).faults,
                ElementsAre(HasSubstr("no path to a trust anchor")));
    EXPECT_THAT(preflight_certificate(chain, world_->anchors, end).faults,
                testing::Contains(HasSubstr("its certificate ended")));
    // A certificate that must not sign documents: an issuer's.
    EXPECT_THAT(preflight_certificate({chain.at(1)}, world_->anchors, now).faults,
                testing::Contains(HasSubstr("its certificate's")));
}

/// Signs with another key than the one its certificate is of.
class Swapped : public keys::PrivateKey {
  public:
    explicit Swapped(keys::PrivateKey& key)
        : key_(key), other_(keys::SoftwareKey::generate("x", keys::KeyAlgorithm::EcdsaP256)) {}
    const std::string& id() const override { return key_.id(); }
    keys::KeyAlgorithm algorithm() const override { return key_.algorithm(); }
    const std::vector<Bytes>& chain() const override { return key_.chain(); }
    Bytes sign(const keys::SignOrder& order) override { return other_->sign(order); }

  private:
    keys::PrivateKey& key_;
    std::unique_ptr<keys::SoftwareKey> other_;
};

TEST_F(KeysTest, PreflightFindsAKeyThatIsNotOfItsCertificateOrDoesNotAnswer) {
    Swapped swapped(*world_->seal_key);
    EXPECT_THAT(preflight(swapped, world_->anchors, world_->clock.now()).faults,
                ElementsAre(HasSubstr("does not verify with its certificate")));
    world_->seal_key->away = true;
    EXPECT_THAT(preflight(*world_->seal_key, world_->anchors, world_->clock.now()).faults,
                ElementsAre(HasSubstr("the sealer does not answer")));
    world_->seal_key->away = false;
}

}  // namespace
}  // namespace yinxin::server
