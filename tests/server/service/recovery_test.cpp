// SPDX-License-Identifier: Apache-2.0
// What a run leaves open is settled by the next, when and as soon as it can be.
#include "server/service/recovery.h"

#include <gmock/gmock.h>

#include <future>
#include <new>

#include "tests/keys/test_pki.h"
#include "tests/server/service/service_fixture.h"
#include "tests/server/storage/memory_disk.h"

namespace yinxin::server {
namespace {

using testing::HasSubstr;

/// Stands between service and register and fails where a crash would.
struct Crash {};

class RecoveryTest : public ServiceTest {
  protected:
    ~RecoveryTest() override { world_->seal_key->away = world_->token_key->away = false; }

    /// A number whose document was about to be sealed when the process ended.
    Document crash(const std::string& key) {
        world_->seal_key->before_signing = [](const keys::SignOrder& order) {
            if (order.purpose == keys::KeyPurpose::Document) {
                throw Crash{};  // unlike an Error, nobody settles what this leaves
            }
        };
        EXPECT_THROW(service_->issue(alice_, record(key)), Crash);
        world_->seal_key->before_signing = nullptr;
        return *store_->document(store_->unsettled().back(), std::nullopt);
    }
    DocumentState state_of(const Document& document) {
        return store_->document(document.id, std::nullopt)->state;
    }
};

TEST_F(RecoveryTest, FinishesWithTheSameNumberAndCodeAfterACrashWhileSealing) {
    service_->issue(alice_, record("first"));
    world_->seal_key->before_signing = [](const keys::SignOrder& order) {
        if (order.purpose == keys::KeyPurpose::Document) {
            throw Crash{};  // unlike an Error, nobody settles what this leaves
        }
    };
    EXPECT_THROW(service_->issue(alice_, record("k")), Crash);
    world_->seal_key->before_signing = nullptr;
    const auto left = store_->unsettled();
    ASSERT_EQ(left.size(), 1u);
    const auto reserved = store_->document(left.front(), std::nullopt);
    EXPECT_EQ(service_->verify_code(reserved->code).at("outcome"), "not_verified");
    EXPECT_EQ(code_of([&] { service_->document(alice_, reserved->id); }), ErrorCode::NotFound);

    start();
    service_->recover();
    EXPECT_TRUE(store_->unsettled().empty());
    const IssueAnswer answer = service_->issue(alice_, record("k"));
    EXPECT_TRUE(answer.replayed);
    EXPECT_EQ(answer.body.at("id"), reserved->id);
    EXPECT_EQ(answer.body.at("number"), reserved->number);
    EXPECT_EQ(answer.body.at("code"), reserved->code);
    EXPECT_EQ(faults(), "");
}

TEST_F(RecoveryTest, FinishesWhatACrashLeftWhenItsKeyComesAgain) {
    service_->issue(alice_, record("first"));
    world_->seal_key->before_signing = [](const keys::SignOrder&) { throw Crash{}; };
    EXPECT_THROW(service_->issue(alice_, record("k")), Crash);
    world_->seal_key->before_signing = nullptr;
    const IssueAnswer answer = service_->issue(alice_, record("k"));
    EXPECT_TRUE(answer.replayed);
    EXPECT_EQ(answer.body.at("number"), "202699000100000002");
    EXPECT_EQ(faults(), "");
}

TEST_F(RecoveryTest, WaitsForASealerThatIsAwayAtTheStart) {
    const Json earlier = service_->issue(alice_, record("first")).body;
    const Document left = crash("k");
    world_->seal_key->away = world_->token_key->away = true;
    start();
    EXPECT_EQ(service_->recover(), 1u);
    EXPECT_EQ(state_of(left), DocumentState::Reserved);
    EXPECT_EQ(report().unsettled, 1u);
    EXPECT_EQ(service_->verify_code(earlier.at("code")).at("outcome"), "on_record");
    EXPECT_EQ(code_of([&] { service_->issue(alice_, record("other")); }), ErrorCode::Unavailable);
    EXPECT_EQ(code_of([&] { service_->issue(alice_, record("k")); }), ErrorCode::Unavailable)
        << "its caller may come again, and is told to wait";
    EXPECT_EQ(state_of(left), DocumentState::Reserved);
    const Json checks = service_->readiness().at("checks");
    EXPECT_EQ(checks.at("sealer"), "failed");
    EXPECT_EQ(checks.at("recovery"), "pending");

    world_->seal_key->away = world_->token_key->away = false;
    EXPECT_EQ(service_->recover(), 0u);
    const IssueAnswer answer = service_->issue(alice_, record("k"));
    EXPECT_TRUE(answer.replayed);
    EXPECT_EQ(answer.body.at("number"), left.number);
    EXPECT_EQ(answer.body.at("code"), left.code);
    EXPECT_EQ(report().unsettled, 0u);
    EXPECT_EQ(report().numbers, 2u);
    EXPECT_EQ(faults(), "");
}

TEST_F(RecoveryTest, WaitsForTheTokenKeyAndForMemory) {
    service_->issue(alice_, record("first"));
    const Document left = crash("k");
    start();
    world_->token_key->away = true;
    EXPECT_EQ(service_->recover(), 1u);
    world_->token_key->away = false;
    world_->seal_key->before_signing = [](const keys::SignOrder& order) {
        if (order.purpose == keys::KeyPurpose::Document) {
            throw std::bad_alloc();
        }
    };
    EXPECT_EQ(service_->recover(), 1u);
    EXPECT_EQ(state_of(left), DocumentState::Reserved);
    world_->seal_key->before_signing = nullptr;
    EXPECT_EQ(service_->recover(), 0u);
    EXPECT_EQ(state_of(left), DocumentState::Issued);
    EXPECT_EQ(faults(), "");
}

TEST_F(RecoveryTest, WaitsForRoomOnTheDisk) {
    MemoryDisk disk("full-at-start");
    options_.path = "register.db";
    options_.vfs = disk.name();
    start();
    const Json earlier = service_->issue(alice_, record("first")).body;
    const Document left = crash("k");
    disk.fail_writes = SQLITE_FULL;
    start();
    EXPECT_EQ(service_->recover(), 1u);
    EXPECT_EQ(service_->verify_code(earlier.at("code")).at("outcome"), "on_record");
    EXPECT_EQ(code_of([&] { service_->issue(alice_, record("other")); }), ErrorCode::StorageFull);
    EXPECT_EQ(service_->readiness().at("checks").at("database"), "failed");
    EXPECT_EQ(state_of(left), DocumentState::Reserved);
    disk.fail_writes = SQLITE_OK;
    EXPECT_EQ(service_->recover(), 0u);
    EXPECT_EQ(state_of(left), DocumentState::Issued);
    EXPECT_EQ(faults(), "");
    service_.reset();
    store_.reset();
}

TEST_F(RecoveryTest, VoidsWhatCannotBeMadeAnyMore) {
    service_->issue(alice_, record("first"));
    Reservation gone;
    gone.request = {"alice", "gone", "issue", Bytes(32, 1)};
    gone.type = "no-such-type";
    gone.form_version = "1";
    gone.form_sha256 = Bytes(32, 2);
    gone.series = "x";
    gone.number = [](std::uint64_t serial) { return "X" + std::to_string(serial); };
    gone.input = gone.options = "{}";
    gone.at = world_->clock.now();
    const Document left = store_->reserve(gone).document;
    Document changed = crash("k");
    start();
    EXPECT_EQ(service_->recover(), 0u);
    EXPECT_EQ(state_of(left), DocumentState::Void);
    EXPECT_THAT(store_->document(left.id, std::nullopt)->status_reason, HasSubstr("interrupted"));
    EXPECT_EQ(state_of(changed), DocumentState::Issued) << "one that is lost does not stop another";
    EXPECT_EQ(faults(), "");
}

TEST_F(RecoveryTest, VoidsWhatWasToBeSealedWithACertificateThatWasReplaced) {
    service_->issue(alice_, record("first"));
    const Document left = crash("k");
    const Time renewed = world_->clock.now() + std::chrono::hours(2);
    tests::TestPki pki(renewed);
    const auto key = pki.key(keys::CertificateUse::Seal, keys::KeyAlgorithm::EcdsaP256);
    auto seals = world_->seals;
    for (auto& [use, seal] : seals) {
        seal.certificate_sha256 = {keys::sha256(key->chain().front())};
    }
    const auto service = service_with(*key, {pki.root()}, seals);
    EXPECT_EQ(service->recover(), 1u) << "none can be used yet: it waits";
    world_->clock.set(renewed + std::chrono::hours(2));
    EXPECT_EQ(service->recover(), 0u);
    EXPECT_EQ(state_of(left), DocumentState::Void);
    EXPECT_EQ(faults(), "");
}

TEST_F(RecoveryTest, StopsWhenItIsAsked) {
    service_->issue(alice_, record("first"));
    const Document left = crash("k");
    start();
    std::stop_source stop;
    stop.request_stop();
    EXPECT_EQ(service_->recover(stop.get_token()), 1u);
    EXPECT_EQ(state_of(left), DocumentState::Reserved);
    EXPECT_EQ(service_->recover(), 0u);
    EXPECT_EQ(state_of(left), DocumentState::Issued);
}

TEST_F(RecoveryTest, VoidsLaterWhatAFailureCouldNotVoid) {
    service_->issue(alice_, record("first"));
    MemoryDisk disk("full-later");
    options_.path = "register.db";
    options_.vfs = disk.name();
    start();
    service_->issue(alice_, record("first"));
    world_->seal_key->before_signing = [&](const keys::SignOrder&) {
        disk.fail_writes = SQLITE_FULL;
    };
    EXPECT_EQ(code_of([&] { service_->issue(alice_, record("k")); }), ErrorCode::StorageFull);
    world_->seal_key->before_signing = nullptr;
    EXPECT_EQ(service_->recover(), 1u);
    disk.fail_writes = SQLITE_OK;
    EXPECT_EQ(service_->recover(), 0u);
    EXPECT_EQ(report().voided, 1u) << "its caller was told that it failed";
    EXPECT_EQ(faults(), "");
    service_.reset();
    store_.reset();
}

TEST(Recovery, TriesUntilNothingIsOpen) {
    std::promise<void> tried;
    int calls = 0;
    Recovery recovery(
        [&](const std::stop_token&) -> std::size_t {
            ++calls;
            if (calls == 2) {
                throw std::bad_alloc();
            }
            if (calls == 5) {
                tried.set_value();
            }
            return calls < 4 ? 1 : 0;
        },
        {.least = std::chrono::milliseconds(1), .most = std::chrono::milliseconds(2)});
    tried.get_future().wait();  // also after all was settled: a failure may leave something again
}

TEST(Recovery, WaitsForTheFirstAttemptAndNotForever) {
    std::promise<void> release;
    std::atomic<bool> over{false};
    Recovery recovery(
        [&, wait = release.get_future().share()](const std::stop_token&) -> std::size_t {
            wait.wait();
            over = true;
            return 0;
        },
        {.least = std::chrono::hours(1), .most = std::chrono::hours(1)});
    recovery.await_first(std::chrono::milliseconds(1));
    EXPECT_FALSE(over);
    release.set_value();
    recovery.await_first(std::chrono::hours(1));
    EXPECT_TRUE(over);
}

}  // namespace
}  // namespace yinxin::server
