// SPDX-License-Identifier: Apache-2.0
// What a code leads to: the way of every public question.
#include <gtest/gtest.h>

#include <vector>

#include "server/storage/store.h"
#include "tests/server/storage/register_fixture.h"

namespace yinxin::server {
namespace {

class LookupTest : public RegisterTest {};

/// What a document says to who comes with its code, beside what its owner is told.
void expect_same(const VerifiableDocument& seen, const Document& kept) {
    EXPECT_EQ(seen.id, kept.id);
    EXPECT_EQ(seen.number, kept.number);
    EXPECT_EQ(seen.type, kept.type);
    EXPECT_EQ(seen.state, kept.state);
    EXPECT_EQ(seen.facts, kept.facts);
    EXPECT_EQ(seen.issued_at, kept.issued_at);
    EXPECT_EQ(seen.status_at, kept.status_at);
    EXPECT_EQ(seen.status_reason, kept.status_reason);
    EXPECT_EQ(seen.pages, kept.pages);
    EXPECT_EQ(seen.issuer_organ, kept.issuer_organ);
    EXPECT_EQ(seen.signer_name, kept.signer_name);
    EXPECT_EQ(seen.signer_sha256, kept.signer_sha256);
}

TEST_F(LookupTest, ACodeTellsWhatTheDocumentIsInEachState) {
    auto store = open();
    Reservation packed = reservation("packed");
    packed.type = "invoice";
    packed.dictionary = store->keep_dictionary(dictionary("of a form"));
    const std::vector<Document> made{store->reserve(reservation("a")).document,
                                     store->reserve(packed).document,
                                     store->reserve(reservation("b")).document,
                                     store->reserve(reservation("c")).document};
    // Somebody else's: what he has asked before is no older than what is acknowledged now.
    StoreOptions reading = options_;
    reading.read_only = true;
    const auto other = open_store(reading, random_);
    const auto expect_all_same = [&] {
        for (const Document& each : made) {
            const Document kept = store->document(each.id, std::nullopt).value();
            expect_same(store->document_by_code(each.code).value(), kept);
            expect_same(other->document_by_code(each.code).value(), kept);
        }
    };
    expect_all_same();  // RESERVED
    for (const Document& each : made) {
        Issued issue = issued(each.id);
        issue.issuer_organ += each.number;  // each has another signer
        issue.signer_sha256 = keys::sha256(as_bytes(each.id));
        if (&each != &made.back()) {
            store->settle_issued(issue);
        }
    }
    store->settle_void(made.back().id, "cannot be made", day(1));
    expect_all_same();
    EXPECT_EQ(other->document_by_code(made[1].code)->type, "invoice");
    EXPECT_EQ(other->document_by_code(made[1].code)->signer_sha256,
              keys::sha256(as_bytes(made[1].id)));
    EXPECT_EQ(other->document_by_code(made[3].code)->state, DocumentState::Void);

    const RequestKey request{"alice", "r", "revoke", Bytes(32, 1)};
    store->revoke(made[1].id, "alice", "data_corrected", request, day(1));
    EXPECT_EQ(store->document_by_code(made[1].code)->state, DocumentState::Revoked);
    EXPECT_EQ(other->document_by_code(made[1].code)->state, DocumentState::Revoked);
    expect_all_same();
}

TEST_F(LookupTest, ADocumentWhoseSignerIsMissingIsNotAnswered) {
    Document made;
    {
        const auto store = open();
        made = issue(*store, reservation("a"));
    }
    damage("DELETE FROM signer");
    const auto store = open();
    EXPECT_EQ(code_of([&] { store->document_by_code(made.code); }), ErrorCode::Internal);
}

}  // namespace
}  // namespace yinxin::server
