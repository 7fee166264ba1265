// SPDX-License-Identifier: Apache-2.0
// Every kind of damage is planted once, and found under its name.
#include "server/storage/fsck.h"

#include <algorithm>

#include "tests/server/storage/register_fixture.h"

namespace yinxin::server {
namespace {

class FsckTest : public RegisterTest {
  protected:
    /// Three issued, one replaced, one revoked, one void; two of them packed with a dictionary.
    void fill() {
        auto store = open();
        Reservation packed = reservation("a");
        packed.dictionary = store->keep_dictionary(dictionary("of a form"));
        store->keep_dictionary(dictionary("of another form"));
        const Document a = issue(*store, packed);
        Reservation r = reservation("b");
        r.replaces = a.id;
        r.dictionary = packed.dictionary;
        issue(*store, r);
        const Document c = issue(*store, reservation("c"));
        store->revoke(c.id, std::nullopt, "x", {"alice", "r", "revoke", Bytes(32, 0)}, day(0));
        store->settle_void(store->reserve(reservation("d")).document.id, "x", day(0));
    }
};

TEST_F(FsckTest, FindsNothingInAWholeRegisterAndCounts) {
    fill();
    const FsckReport report = check();
    EXPECT_EQ(faults(), "");
    EXPECT_EQ(report.numbers, 4u);
    EXPECT_EQ(report.issued, 3u);
    EXPECT_EQ(report.voided, 1u);
    EXPECT_EQ(report.unsettled, 0u);
    EXPECT_EQ(report.orphan_bytes, 0u);
}

TEST_F(FsckTest, CountsYoungReservationsAndReportsOldOnes) {
    open()->reserve(reservation("a"));
    EXPECT_EQ(check().unsettled, 1u);
    EXPECT_EQ(faults(), "");
    const FsckReport later = fsck(options_, {}, day(1));
    ASSERT_EQ(later.faults.size(), 1u);
    EXPECT_EQ(later.faults.front().kind, "unsettled");
}

struct Planted {
    const char* fault;
    const char* sql;
};

class PlantedFault : public FsckTest, public testing::WithParamInterface<Planted> {};

TEST_P(PlantedFault, IsFound) {
    fill();
    ASSERT_EQ(faults(), "");
    damage(GetParam().sql);
    const auto found = check().faults;
    EXPECT_TRUE(std::any_of(
        found.begin(), found.end(), [](const FsckFault& f) { return f.kind == GetParam().fault; }))
        << GetParam().sql << "\nfound only:\n"
        << faults();
}

INSTANTIATE_TEST_SUITE_P(
    All,
    PlantedFault,
    testing::Values(
        Planted{"gap", "UPDATE counter SET n = n + 1"},
        Planted{"gap", "DELETE FROM counter"},
        Planted{"gap", "UPDATE document SET serial = 9 WHERE serial = 2"},
        Planted{"schema", "DROP INDEX document_number"},
        Planted{"schema",
                "DROP INDEX document_code; CREATE INDEX document_code ON document (code_index)"},
        Planted{"duplicate_number",
                "DROP INDEX document_number; UPDATE document SET number = 'same'"},
        Planted{"duplicate_serial", "DROP INDEX document_serial; UPDATE document SET serial = 1"},
        Planted{"duplicate_code",
                "DROP INDEX document_code; UPDATE document SET code_index = zeroblob(32)"},
        Planted{"code", "UPDATE document SET code_index = zeroblob(32) WHERE serial = 1"},
        Planted{"code",
                "UPDATE document SET code = (SELECT code FROM document WHERE serial = 2) WHERE "
                "serial = 1"},
        Planted{"input", "UPDATE document SET input = x'00' WHERE serial = 1"},
        Planted{"facts", "UPDATE document SET facts = x'00' WHERE serial = 1"},
        Planted{"time", "UPDATE document SET issued_at = issued_at - 1 WHERE serial = 3"},
        Planted{"event",
                "UPDATE document SET state = 'ISSUED', status_at = NULL WHERE state = 'REVOKED'"},
        Planted{"event", "DELETE FROM event WHERE seq = 1"},
        Planted{"event", "DELETE FROM event WHERE kind = 'REVOKE'"},
        Planted{"foreign_key", "PRAGMA foreign_keys = OFF; DELETE FROM document WHERE serial = 4"},
        Planted{"replaced", "UPDATE document SET replaces = NULL WHERE serial = 2"},
        Planted{"no_bytes", "DELETE FROM revision WHERE rowid = 1"},
        Planted{"orphan_bytes",
                "UPDATE revision SET document = (SELECT seq FROM document WHERE state = 'VOID') "
                "WHERE rowid = 1"},
        Planted{"bytes", "UPDATE revision SET sha256 = zeroblob(32) WHERE rowid = 1"},
        Planted{"bytes",
                "UPDATE revision SET bytes = substr(bytes, 1, length(bytes) - 1) WHERE "
                "rowid = 1"},
        Planted{"bytes", "UPDATE revision SET packing = 0 WHERE rowid = 1"},
        Planted{"bytes", "UPDATE revision SET size = 1 << 60 WHERE rowid = 1"},
        Planted{"bytes", "UPDATE revision SET dictionary = NULL"},
        Planted{"bytes", "UPDATE revision SET dictionary = 2"},
        Planted{"input", "UPDATE document SET dictionary = NULL"},
        Planted{"facts", "UPDATE document SET dictionary = 2"},
        Planted{"dictionary", "UPDATE dictionary SET bytes = CAST('another' AS BLOB) WHERE id = 1"},
        Planted{"dictionary", "UPDATE dictionary SET sha256 = zeroblob(32) WHERE id = 1"},
        Planted{"dictionary", "PRAGMA foreign_keys = OFF; DELETE FROM dictionary WHERE id = 1"},
        Planted{"foreign_key", "PRAGMA foreign_keys = OFF; DELETE FROM dictionary WHERE id = 1"},
        Planted{"revision", "UPDATE revision SET n = 2 WHERE rowid = 1"},
        Planted{"leaf", "UPDATE log_leaf SET hash = zeroblob(32) WHERE leaf_index = 2"},
        Planted{"leaf", "DELETE FROM log_leaf WHERE leaf_index = 1"},
        Planted{"leaf", "UPDATE document SET number = 'other' WHERE serial = 1"},
        Planted{"audit_chain", "UPDATE audit SET key_id = 'other' WHERE seq = 2"},
        Planted{"audit_chain", "DELETE FROM audit WHERE seq = 2"},
        Planted{"audit", "UPDATE audit SET phase = 'end' WHERE seq = 1"},
        Planted{"request", "DELETE FROM idempotency WHERE key = 'a'"},
        Planted{"request", "PRAGMA foreign_keys = OFF; UPDATE idempotency SET document = 99"},
        Planted{"foreign_key", "PRAGMA foreign_keys = OFF; DELETE FROM form"},
        Planted{"foreign_key", "PRAGMA foreign_keys = OFF; DELETE FROM signer"},
        Planted{"reversal",
                "INSERT INTO reversal SELECT b.id, c.id, 1 FROM document b, document c WHERE "
                "b.serial = 2 AND c.serial = 3;"
                "INSERT INTO reversal_line SELECT red, 0, 5, 0 FROM reversal"}));

}  // namespace
}  // namespace yinxin::server
