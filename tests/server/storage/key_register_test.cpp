// SPDX-License-Identifier: Apache-2.0
// Which keys may sign, what each has signed, and whether the sealer's counts are on record.
#include "server/storage/key_register.h"

#include <gmock/gmock.h>

#include "keys/operation_counter.h"
#include "tests/server/storage/register_fixture.h"

namespace yinxin::server {
namespace {

using keys::KeyPurpose;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;

KeyUse use(KeyUse::Phase phase,
           KeyPurpose purpose,
           const std::string& key,
           const std::string& subject) {
    return {phase, purpose, key, subject, Bytes(32, 5), day(0)};
}

class KeyRegisterTest : public RegisterTest {
  protected:
    void change(const std::string& key, KeyState state, const std::string& successor = "") {
        store_->key_register().change_key({.key_id = key,
                                           .state = state,
                                           .at = day(1),
                                           .successor = successor,
                                           .reason = "test",
                                           .certificates = {Bytes(32, 8)}});
    }
    /// Up to the moment before the key's answer is registered.
    Document begun(const std::string& key) {
        const Document document = store_->reserve(reservation(key)).document;
        store_->record_key_uses(
            {use(KeyUse::Phase::End, KeyPurpose::Token, "token", document.id),
             use(KeyUse::Phase::Begin, KeyPurpose::Document, "seal", document.id)});
        return document;
    }
    void settle(const Document& document) {
        Issued result = issued(document.id);
        result.key_uses = {use(KeyUse::Phase::End, KeyPurpose::Document, "seal", "")};
        store_->settle_issued(result);
    }

    std::unique_ptr<Store> store_ = open();
};

TEST_F(KeyRegisterTest, AKeyWithoutARowIsActive) {
    EXPECT_TRUE(store_->key_register().key_changes().empty());
    EXPECT_EQ(state_of({}, "seal"), KeyState::Active);
    EXPECT_EQ(successor_of({}, "seal"), "seal");
}

TEST_F(KeyRegisterTest, TheLastChangeCountsAndSuccessorsLeadOn) {
    change("b", KeyState::Active);
    change("a", KeyState::Retired, "b");
    change("c", KeyState::Active);
    change("b", KeyState::Compromised, "c");
    const auto changes = store_->key_register().key_changes();
    EXPECT_EQ(state_of(changes, "a"), KeyState::Retired);
    EXPECT_EQ(state_of(changes, "b"), KeyState::Compromised);
    EXPECT_EQ(successor_of(changes, "a"), "c");
    EXPECT_EQ(successor_of(changes, "c"), "c");
    store_.reset();
    store_ = open();
    EXPECT_EQ(state_of(store_->key_register().key_changes(), "b"), KeyState::Compromised);
}

TEST_F(KeyRegisterTest, SuccessorsInACircleEnd) {
    const std::vector<KeyChange> circle{{.key_id = "a", .successor = "b"},
                                        {.key_id = "b", .successor = "a"}};
    EXPECT_THAT(successor_of(circle, "a"), testing::AnyOf("a", "b"));
}

TEST_F(KeyRegisterTest, NothingLeadsBack) {
    change("a", KeyState::Retired);
    EXPECT_EQ(code_of([&] { change("a", KeyState::Active); }), ErrorCode::Conflict);
    change("a", KeyState::Compromised);
    EXPECT_EQ(code_of([&] { change("a", KeyState::Retired); }), ErrorCode::Conflict);
}

TEST_F(KeyRegisterTest, ARetiredKeyTakesNoNumberButEndsWhatItBegan) {
    const Document under_way = begun("first");
    change("seal", KeyState::Retired);
    Reservation next = reservation("second");
    next.seal_keys = {"other", "seal"};
    EXPECT_EQ(code_of([&] { store_->reserve(next); }), ErrorCode::Unavailable);
    EXPECT_EQ(
        code_of([&] {
            store_->record_key_uses({use(KeyUse::Phase::Begin, KeyPurpose::Document, "seal", "x")});
        }),
        ErrorCode::Unavailable);
    settle(under_way);
    EXPECT_EQ(store_->document(under_way.id, std::nullopt)->state, DocumentState::Issued);
    EXPECT_EQ(check().numbers, 1u);
}

TEST_F(KeyRegisterTest, WhatACompromisedKeyHasJustSignedIsNotIssued) {
    const Document under_way = begun("first");
    change("seal", KeyState::Compromised);
    EXPECT_EQ(code_of([&] { settle(under_way); }), ErrorCode::Conflict);
    EXPECT_EQ(store_->document(under_way.id, std::nullopt)->state, DocumentState::Reserved);
    store_->record_key_uses(
        {use(KeyUse::Phase::Discarded, KeyPurpose::Document, "seal", under_way.id)});
    store_->settle_void(under_way.id, "compromised", day(1));
    EXPECT_EQ(faults(), "");
}

TEST_F(KeyRegisterTest, AProbeIsNoUse) {
    change("seal", KeyState::Compromised);
    store_->record_key_uses({use(KeyUse::Phase::Begin, KeyPurpose::Probe, "seal", "preflight"),
                             use(KeyUse::Phase::End, KeyPurpose::Probe, "seal", "preflight")});
    EXPECT_EQ(faults(), "");
}

TEST_F(KeyRegisterTest, ListsAndMarksWhatACompromisedKeyHasSealed) {
    const Document first = begun("first");
    settle(first);
    const Document other = issue(*store_, reservation("other"));  // by another key
    change("seal", KeyState::Compromised);
    EXPECT_THAT(store_->key_register().signed_with("seal"),
                ElementsAre(testing::AllOf(Field(&SignedThing::subject, first.id),
                                           Field(&SignedThing::number, first.number),
                                           Field(&SignedThing::purpose, "document"))));
    EXPECT_TRUE(store_->key_register().signed_with("unused").empty());
    const auto marked = store_->key_register().compromised_certificates();
    EXPECT_TRUE(marked.contains(to_hex(Bytes(32, 9)))) << "the one it sealed with";
    EXPECT_TRUE(marked.contains(to_hex(Bytes(32, 8)))) << "the one it has now";
    EXPECT_EQ(marked.size(), 2u);
    EXPECT_EQ(marked.begin()->second, day(1));
    EXPECT_EQ(other.state, DocumentState::Reserved);
}

TEST_F(KeyRegisterTest, TheKeyOfAFirstSealDoesNotMarkTheCertificateOfTheSecond) {
    const Document document = begun("first");
    Issued result = issued(document.id);
    result.key_uses = {use(KeyUse::Phase::End, KeyPurpose::Document, "ses", ""),
                       use(KeyUse::Phase::End, KeyPurpose::Document, "seal", "")};
    store_->settle_issued(result);
    change("ses", KeyState::Compromised);
    EXPECT_THAT(store_->key_register().signed_with("ses"),
                ElementsAre(Field(&SignedThing::subject, document.id)));
    const auto marked = store_->key_register().compromised_certificates();
    EXPECT_TRUE(marked.contains(to_hex(Bytes(32, 8)))) << "the one it has now";
    EXPECT_EQ(marked.size(), 1u);
}

class OperationsTest : public KeyRegisterTest {
  protected:
    OperationsTest() : counter_(std::make_unique<keys::OperationCounter>(file())) {
        for (const char* key : {"seal", "token"}) {
            counter_->add_key(key);
        }
        store_->key_register().count_from_now(counter_->id(), day(0));
    }
    std::filesystem::path file() const { return folder_.path() / "operations"; }
    std::string operation_faults() {
        std::string text;
        for (const FsckFault& fault : check({.operations = file()}).faults) {
            text += fault.kind + ": " + fault.detail + "\n";
        }
        return text;
    }
    void issue_counted(const std::string& key) {
        const Document document = begun(key);
        counter_->count("token", KeyPurpose::Token);
        counter_->count("seal", KeyPurpose::Document);
        settle(document);
    }

    std::unique_ptr<keys::OperationCounter> counter_;
};

TEST_F(OperationsTest, EachSignatureOnRecordIsCounted) {
    issue_counted("a");
    issue_counted("b");
    EXPECT_EQ(operation_faults(), "");
    const FsckReport report = check({.operations = file()});
    EXPECT_EQ(report.operations, 4u);
    EXPECT_EQ(report.unanswered, 0u);
}

TEST_F(OperationsTest, OneSignatureWithoutARowIsAFault) {
    issue_counted("a");
    counter_->count("seal", KeyPurpose::Document);
    EXPECT_THAT(operation_faults(),
                HasSubstr("seal has signed 2 times as document, 1 are on record"));
}

TEST_F(OperationsTest, OneUnderAnotherPurposeIsAFault) {
    issue_counted("a");
    counter_->count("seal", KeyPurpose::Report);
    EXPECT_THAT(operation_faults(),
                HasSubstr("seal has signed 1 times as report, 0 are on record"));
}

TEST_F(OperationsTest, ARowWithoutASignatureIsAFault) {
    issue_counted("a");
    const Document forged = begun("b");
    counter_->count("token", KeyPurpose::Token);
    settle(forged);
    EXPECT_THAT(operation_faults(),
                HasSubstr("seal has signed 1 times as document, 2 are on record as done"));
}

TEST_F(OperationsTest, WhatWasThrownAwayIsOnRecordToo) {
    const Document document = begun("a");
    counter_->count("token", KeyPurpose::Token);
    counter_->count("seal", KeyPurpose::Document);
    store_->record_key_uses(
        {use(KeyUse::Phase::Discarded, KeyPurpose::Document, "seal", document.id)});
    store_->settle_void(document.id, "test", day(0));
    EXPECT_EQ(operation_faults(), "");
    EXPECT_EQ(check({.operations = file()}).unanswered, 0u);
}

TEST_F(OperationsTest, AKeyThatDidNotAnswerMayHaveSignedOrNot) {
    begun("a");  // asked, and then the sealer was killed
    counter_->count("token", KeyPurpose::Token);
    EXPECT_EQ(operation_faults(), "");
    EXPECT_EQ(check({.operations = file()}).unanswered, 1u);
    counter_->count("seal", KeyPurpose::Document);
    EXPECT_EQ(operation_faults(), "");
}

TEST_F(OperationsTest, ACounterTheRegisterDoesNotKnowIsAFault) {
    issue_counted("a");
    counter_.reset();
    std::filesystem::remove(file());
    EXPECT_THAT(operation_faults(), HasSubstr("the file of the sealer's counts is gone"));
    counter_ = std::make_unique<keys::OperationCounter>(file());
    counter_->add_key("seal");
    counter_->count("seal", KeyPurpose::Document);
    EXPECT_THAT(operation_faults(), HasSubstr("does not know the sealer's counter"));
}

TEST_F(OperationsTest, AnotherCounterStandsAtZero) {
    issue_counted("a");
    counter_.reset();
    std::filesystem::remove(file());
    counter_ = std::make_unique<keys::OperationCounter>(file());
    counter_->add_key("seal");
    counter_->add_key("token");
    store_->key_register().count_from_now(counter_->id(), day(0));
    issue_counted("b");
    EXPECT_EQ(operation_faults(), "");
    EXPECT_EQ(check({.operations = file()}).operations, 2u);
}

}  // namespace
}  // namespace yinxin::server
