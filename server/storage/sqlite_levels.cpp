// SPDX-License-Identifier: Apache-2.0
// Later revisions, and the levels that are still owed.
#include <algorithm>

#include "common/error.h"
#include "keys/crypto/digest.h"
#include "server/storage/packing.h"
#include "server/storage/sqlite_store.h"

namespace yinxin::server {

void SqliteStore::add_revision(const NewRevision& revision) {
    const std::vector<RevisionInfo> before = revisions(revision.document_id);
    if (before.empty() || before.back().n != revision.n - 1) {
        throw Error(ErrorCode::Conflict, "another revision came first");
    }
    const RevisionInfo& last = before.back();
    const Bytes prefix = revision_bytes(last);
    YINXIN_ASSERT(revision.pdf.size() > prefix.size() &&
                  std::equal(prefix.begin(), prefix.end(), revision.pdf.begin()));
    // Only what is new is kept: the bytes before it are those of the revision before.
    const Packed packed = pack_tail(ByteView(revision.pdf).subspan(prefix.size()));
    const Bytes bytes = secret_.seal(
        "revision " + std::to_string(revision.n), revision.document_id, packed.bytes, random_);
    const Bytes sha256 = keys::sha256(revision.pdf);
    writer().run([&](Connection& db) {
        Query newest = db.query(
            "SELECT max(n) FROM revision WHERE document = (SELECT seq FROM document WHERE "
            "id = ?)",
            revision.document_id);
        YINXIN_ASSERT(newest.step());
        if (newest.integer(0) != last.n) {
            throw Error(ErrorCode::Conflict, "another revision came first");
        }
        db.query(
              "INSERT INTO revision (document, n, sha256, size, level, at, packing, bytes) "
              "VALUES ((SELECT seq FROM document WHERE id = ?), ?, ?, ?, ?, ?, ?, ?)",
              revision.document_id,
              revision.n,
              sha256,
              static_cast<std::int64_t>(revision.pdf.size()),
              revision.level,
              to_ms(revision.at),
              static_cast<int>(packed.packing),
              bytes)
            .run();
        for (const std::string& level : revision.reaches) {
            db.query(
                  "UPDATE level_debt SET paid_at = ?, last_error = '' "
                  "WHERE document = ? AND wanted = ? AND paid_at IS NULL",
                  to_ms(revision.at),
                  revision.document_id,
                  level)
                .run();
        }
    });
}

std::vector<LevelDebt> SqliteStore::due_debts(Time now, std::size_t count_max) {
    auto reader = readers_.take();
    Query row = reader->query(
        "SELECT document, wanted, since, attempts, last_error FROM level_debt "
        "WHERE paid_at IS NULL AND next_try <= ? ORDER BY next_try LIMIT ?",
        to_ms(now),
        static_cast<std::int64_t>(count_max));
    std::vector<LevelDebt> debts;
    while (row.step()) {
        debts.push_back({row.text(0),
                         row.text(1),
                         from_ms(row.integer(2)),
                         static_cast<int>(row.integer(3)),
                         row.text(4)});
    }
    return debts;
}

void SqliteStore::put_off_debt(const std::string& document, const std::string& why, Time next_try) {
    writer().run([&](Connection& db) {
        db.query(
              "UPDATE level_debt SET attempts = attempts + 1, last_error = ?, next_try = ? "
              "WHERE document = ? AND paid_at IS NULL",
              why,
              to_ms(next_try),
              document)
            .run();
    });
}

DebtSum SqliteStore::debts() {
    auto reader = readers_.take();
    DebtSum sum;
    Query row = reader->query("SELECT count(*), min(since) FROM level_debt WHERE paid_at IS NULL");
    if (row.step()) {
        sum.open = static_cast<std::uint64_t>(row.integer(0));
        if (const auto since = row.integer_or_null(1)) {
            sum.oldest = from_ms(*since);
        }
    }
    Query why = reader->query(
        "SELECT last_error FROM level_debt WHERE paid_at IS NULL AND last_error <> '' "
        "ORDER BY next_try DESC LIMIT 1");
    if (why.step()) {
        sum.last_error = why.text(0);
    }
    return sum;
}

std::vector<DebtGroup> SqliteStore::debts_by_age(Time now) {
    const auto since = [now](std::chrono::milliseconds age) { return to_ms(now - age); };
    auto reader = readers_.take();
    Query row = reader->query(
        "SELECT wanted, CASE WHEN since >= ? THEN 0 WHEN since >= ? THEN 1 WHEN since >= ? THEN 2 "
        "ELSE 3 END AS age, count(*), min(since) FROM level_debt WHERE paid_at IS NULL "
        "GROUP BY wanted, age",
        since(std::chrono::minutes(1)),
        since(std::chrono::hours(1)),
        since(std::chrono::hours(24)));
    std::vector<DebtGroup> groups;
    while (row.step()) {
        groups.push_back({row.text(0),
                          debt_ages.at(static_cast<std::size_t>(row.integer(1))),
                          static_cast<std::uint64_t>(row.integer(2)),
                          from_ms(row.integer(3))});
    }
    return groups;
}

}  // namespace yinxin::server
