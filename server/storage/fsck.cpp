// SPDX-License-Identifier: Apache-2.0
#include "server/storage/fsck.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>

#include "common/error.h"
#include "keys/crypto/digest.h"
#include "keys/operation_counter.h"
#include "server/domain/verification_code.h"
#include "server/storage/log_hash.h"
#include "server/storage/packing.h"
#include "server/storage/sqlite_store.h"

namespace yinxin::server {
namespace {

/// One run over one snapshot.
class Checker {
  public:
    Checker(const StoreOptions& options, const FsckOptions& fsck_options, Time now)
        : db_(open_reader(options.path, options.vfs)),
          secret_(options.secret),
          options_(fsck_options),
          now_(now) {}

    FsckReport run() {
        check_version(*db_);
        const auto before = read_counter();
        db_->execute("BEGIN");  // a snapshot: a server may go on writing
        guarded("operations", [&] { check_operations(before); });
        if (options_.integrity_check) {
            guarded("sqlite", [this] { ask_sqlite(); });
        }
        guarded("schema", [this] { compare_schema(); });
        guarded("numbers", [this] { check_numbers(); });
        guarded("documents", [this] { check_documents(); });
        guarded("links", [this] { check_links(); });
        guarded("dictionary", [this] { check_dictionaries(); });
        guarded("revisions", [this] { check_revisions(); });
        guarded("debts", [this] { check_debts(); });
        guarded("events", [this] { check_events(); });
        guarded("leaf", [this] { check_leaves(); });
        guarded("audit", [this] { check_audit(); });
        guarded("requests", [this] { check_requests(); });
        guarded("reversals", [this] { check_reversals(); });
        return std::move(report_);
    }

  private:
    void fault(const std::string& kind, const std::string& detail) {
        report_.faults.push_back({kind, detail});
    }

    /// A part that cannot be read is a fault, and the others are still looked at.
    template <typename Part>
    void guarded(const std::string& kind, Part part) {
        try {
            part();
        } catch (const Error& error) {
            fault(kind, error.what());
        }
    }

    /// One fault for each row; its first column names it.
    template <typename... Values>
    void none(const std::string& kind,
              const std::string& detail,
              std::string_view sql,
              const Values&... values) {
        Query row = db_->query(sql, values...);
        while (row.step()) {
            fault(kind, detail + ": " + row.text(0));
        }
    }

    void ask_sqlite() {
        Query row = db_->query("PRAGMA integrity_check(20)");
        while (row.step()) {
            if (row.text(0) != "ok") {
                fault("sqlite", row.text(0));
            }
        }
        Query key = db_->query("PRAGMA foreign_key_check");
        while (key.step()) {
            fault("foreign_key",
                  key.text(0) + " row " + key.text(1) + " points into " + key.text(2));
        }
    }

    static std::map<std::string, std::string> schema_of(Connection& db) {
        std::map<std::string, std::string> schema;
        Query row = db.query("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL");
        while (row.step()) {
            schema[row.text(0)] = row.text(1);
        }
        return schema;
    }

    /// Every table, unique index and trigger is the one the migrations make.
    void compare_schema() {
        Connection fresh(":memory:", SQLITE_OPEN_READWRITE, "");
        migrate(fresh);
        const auto expected = schema_of(fresh);
        const auto found = schema_of(*db_);
        for (const auto& [name, sql] : expected) {
            const auto at = found.find(name);
            if (at == found.end() || at->second != sql) {
                fault("schema", name + (at == found.end() ? " is missing" : " was changed"));
            }
        }
    }

    void check_numbers() {
        Query row = db_->query(
            "SELECT count(*), count(*) FILTER (WHERE state IN ('ISSUED', 'SUPERSEDED', "
            "'REVOKED')), "
            "count(*) FILTER (WHERE state = 'VOID'), count(*) FILTER (WHERE state = 'RESERVED') "
            "FROM document");
        row.step();
        report_.numbers = static_cast<std::uint64_t>(row.integer(0));
        report_.issued = static_cast<std::uint64_t>(row.integer(1));
        report_.voided = static_cast<std::uint64_t>(row.integer(2));
        report_.unsettled = static_cast<std::uint64_t>(row.integer(3));
        none("unsettled",
             "neither issued nor void for too long",
             "SELECT number FROM document WHERE state = 'RESERVED' AND issued_at < ?",
             to_ms(now_ - options_.grace));
        none("duplicate_number",
             "taken more than once",
             "SELECT number FROM document GROUP BY number HAVING count(*) > 1");
        none("duplicate_serial",
             "taken more than once",
             "SELECT counter || ' ' || serial FROM document GROUP BY counter, serial HAVING "
             "count(*) > 1");
        none("duplicate_code",
             "the same code on documents; the first",
             "SELECT min(id) FROM document GROUP BY code_index HAVING count(*) > 1");
        none("gap",
             "not every serial from 1 to the counter is a document",
             "SELECT c.series FROM counter c LEFT JOIN document d ON d.counter = c.id "
             "GROUP BY c.id HAVING min(d.serial) IS NOT 1 OR max(d.serial) IS NOT c.n OR "
             "count(DISTINCT d.serial) IS NOT c.n");
        none("gap",
             "documents of a series without a counter",
             "SELECT DISTINCT counter FROM document WHERE counter NOT IN (SELECT id FROM counter)");
        none("time",
             "issued before the one before it",
             "SELECT number FROM (SELECT number, issued_at, lag(issued_at) OVER (PARTITION BY "
             "counter ORDER BY serial) "
             "AS before FROM document) WHERE issued_at < before");
    }

    void check_documents() {
        Query row =
            db_->query("SELECT id, code_index, code, input, facts, dictionary FROM document");
        while (row.step()) {
            const std::string id = row.text(0);
            guarded("code", [&] {
                const Bytes code = secret_.open("code", id, row.blob(2));
                if (secret_.code_index(as_text(code)) != row.blob(1) ||
                    read_verification_code(as_text(code)) != as_text(code)) {
                    fault("code", "the code and what it is found by differ: " + id);
                }
            });
            const auto text = [&](const char* column, const Bytes& cell) {
                open_text(
                    secret_, column, id, cell, dictionaries_.get(*db_, row.integer_or_null(5)));
            };
            guarded("input", [&] { text("input", row.blob(3)); });
            if (!row.is_null(4)) {
                guarded("facts", [&] { text("facts", row.blob(4)); });
            }
        }
    }

    void check_links() {
        none("replaced",
             "superseded, but its successor does not say so or was never issued",
             "SELECT d.number FROM document d LEFT JOIN document s ON s.id = d.replaced_by WHERE "
             "d.state = 'SUPERSEDED' "
             "AND (s.replaces IS NOT d.id OR s.state NOT IN ('ISSUED', 'SUPERSEDED', 'REVOKED'))");
        none("replaced",
             "issued in place of a document that does not say so",
             "SELECT d.number FROM document d JOIN document o ON o.id = d.replaces "
             "WHERE d.state IN ('ISSUED', 'SUPERSEDED', 'REVOKED') AND o.replaced_by IS NOT d.id");
    }

    void check_dictionaries() {
        Query row = db_->query("SELECT id, bytes, sha256 FROM dictionary");
        while (row.step()) {
            if (keys::sha256(row.blob(1)) != row.blob(2)) {
                fault("dictionary", "its bytes have another SHA-256: " + row.text(0));
            }
        }
        none("dictionary",
             "one is missing; packed with it",
             "SELECT (SELECT id FROM document WHERE seq = r.document) || ' revision ' || r.n FROM "
             "revision r WHERE r.dictionary IS NOT "
             "NULL AND NOT EXISTS (SELECT 1 FROM dictionary x WHERE x.id = r.dictionary) "
             "UNION ALL SELECT d.id FROM document d WHERE d.dictionary IS NOT NULL AND NOT EXISTS "
             "(SELECT 1 FROM dictionary x WHERE x.id = d.dictionary)");
    }

    void check_revisions() {
        none("no_bytes",
             "issued, but no revision 1",
             "SELECT d.number FROM document d WHERE d.state IN ('ISSUED', 'SUPERSEDED', 'REVOKED') "
             "AND NOT EXISTS "
             "(SELECT 1 FROM revision r WHERE r.document = d.seq AND r.n = 1)");
        std::string document;
        int n = 0;
        Bytes before;
        Query row = db_->query(
            "SELECT coalesce(d.id, r.document), r.n, r.sha256, r.size, r.packing, r.bytes, "
            "d.state, r.dictionary "
            "FROM revision r "
            "LEFT JOIN document d ON d.seq = r.document ORDER BY r.document, r.n");
        while (row.step()) {
            const std::string name = row.text(0) + " revision " + row.text(1);
            if (row.is_null(6) || !visible(document_state_from_text(row.text(6)))) {
                ++report_.orphan_bytes;
                fault("orphan_bytes", "bytes of no issued document: " + name);
            }
            if (row.text(0) != document) {
                document = row.text(0);
                n = 0;
                before.clear();
            }
            if (row.integer(1) != ++n) {
                fault("revision", "revisions are not counted from 1: " + name);
            }
            guarded("bytes", [&] {
                const int packing = static_cast<int>(row.integer(4));
                const auto size = static_cast<std::size_t>(row.integer(3));
                Bytes pdf = is_tail(packing) ? before : Bytes{};
                const Dictionary* dictionary = dictionaries_.get(*db_, row.integer_or_null(7));
                const Bytes packed = secret_.open(
                    packed_cell_name("revision " + row.text(1), dictionary), document, row.blob(5));
                const Bytes own =
                    unpack(packing, packed, size >= pdf.size() ? size - pdf.size() : 0, dictionary);
                pdf.insert(pdf.end(), own.begin(), own.end());
                if (keys::sha256(pdf) != row.blob(2)) {
                    fault("bytes", "stored bytes have another SHA-256: " + name);
                }
                if (pdf.size() < before.size() ||
                    !std::equal(before.begin(), before.end(), pdf.begin())) {
                    fault("prefix", "the revision before is no prefix of " + name);
                }
                before = std::move(pdf);
            });
        }
    }

    void check_debts() {
        none("debt",
             "a level was paid that no revision has",
             "SELECT l.document FROM level_debt l WHERE l.paid_at IS NOT NULL AND NOT EXISTS "
             "(SELECT 1 FROM revision r JOIN document d ON d.seq = r.document WHERE d.id = "
             "l.document AND (r.level = l.wanted OR "
             "(l.wanted = 'B-T' AND r.level <> 'B-B') OR (l.wanted = 'B-LT' AND r.level = "
             "'B-LTA')))");
        none("debt",
             "a level is owed for what was not issued",
             "SELECT l.document FROM level_debt l JOIN document d ON d.id = l.document "
             "WHERE d.state IN ('RESERVED', 'VOID')");
    }

    static std::string events_expected(DocumentState state) {
        switch (state) {
            case DocumentState::Reserved:
                return "RESERVE";
            case DocumentState::Issued:
                return "RESERVE,ISSUE";
            case DocumentState::Superseded:
                return "RESERVE,ISSUE,SUPERSEDE";
            case DocumentState::Revoked:
                return "RESERVE,ISSUE,REVOKE";
            case DocumentState::Void:
                return "RESERVE,VOID";
        }
        assertion_failed("a document state", __FILE__, __LINE__);
    }

    void check_events() {
        none("event",
             "events are not counted from 1 without a gap, up to",
             "SELECT max(seq) FROM event HAVING count(*) > 0 AND (min(seq) <> 1 OR max(seq) <> "
             "count(*))");
        Query row = db_->query(
            "SELECT d.number, d.state, (SELECT group_concat(kind) FROM "
            "(SELECT kind FROM event WHERE document = d.seq ORDER BY seq)) FROM document d");
        while (row.step()) {
            if (row.text(2) != events_expected(document_state_from_text(row.text(1)))) {
                fault("event",
                      row.text(0) + " is " + row.text(1) + ", its events are " + row.text(2));
            }
        }
    }

    void check_leaves() {
        none("leaf",
             "an event the log must show has no leaf; event",
             "SELECT seq FROM event WHERE kind <> 'RESERVE' AND seq NOT IN (SELECT event FROM "
             "log_leaf)");
        std::int64_t index = 0;
        Query row = db_->query(
            "SELECT l.leaf_index, l.hash, e.kind, e.at, d.number, d.salt, r.sha256 FROM log_leaf l "
            "LEFT JOIN event e ON e.seq = l.event LEFT JOIN document d ON d.seq = e.document "
            "LEFT JOIN revision r ON r.document = d.seq AND r.n = 1 ORDER BY l.leaf_index");
        for (; row.step(); ++index) {
            LeafContent leaf{row.text(2),
                             row.text(4),
                             row.is_null(6) ? Bytes(keys::sha256_bytes, 0) : row.blob(6),
                             row.integer(3),
                             row.blob(5)};
            if (row.integer(0) != index) {
                fault("leaf", "leaves are not counted from 0 without a gap, at " + row.text(0));
                index = row.integer(0);
            }
            if (leaf.salt.size() != 16 || leaf_hash(leaf) != row.blob(1)) {
                fault("leaf", "the hash is not that of the stored rows: leaf " + row.text(0));
            }
        }
    }

    void check_audit() {
        none("audit",
             "rows after the use of a key without one before it",
             "SELECT a.key_id || ' ' || coalesce(max(d.id), a.subject) FROM audit a LEFT JOIN "
             "document d ON d.seq = a.document GROUP BY a.key_id, a.document, a.subject "
             "HAVING count(*) FILTER (WHERE phase = 'begin') < count(*) FILTER (WHERE phase <> "
             "'begin')");
        none("external_seal",
             "a seal on a file without the use of its key, or the other way round",
             "SELECT id FROM external_seal e WHERE NOT EXISTS (SELECT 1 FROM audit a WHERE "
             "a.subject = e.id AND a.purpose = 'external_seal' AND a.phase = 'end' AND a.digest = "
             "e.signed_sha256) UNION ALL SELECT subject FROM audit WHERE purpose = 'external_seal' "
             "AND phase = 'end' AND subject NOT IN (SELECT id FROM external_seal)");
        Bytes before(keys::sha256_bytes, 0);
        std::int64_t seq = 0;
        Query row = db_->query(
            "SELECT a.seq, a.at, a.phase, a.purpose, a.key_id, coalesce(d.id, a.subject), "
            "a.digest, "
            "a.chain FROM audit a LEFT JOIN document d ON d.seq = a.document ORDER BY a.seq");
        while (row.step()) {
            const AuditContent content{row.integer(0),
                                       row.integer(1),
                                       row.text(2),
                                       row.text(3),
                                       row.text(4),
                                       row.text(5),
                                       row.blob(6)};
            if (content.seq != seq + 1) {
                fault("audit_chain", "a row is missing before " + std::to_string(content.seq));
            }
            if (audit_chain(before, content) != row.blob(7)) {
                fault("audit_chain",
                      "the chain does not hold at row " + std::to_string(content.seq));
            }
            seq = content.seq;
            before = row.blob(7);
        }
    }

    std::optional<keys::StoredOperations> read_counter() {
        std::error_code ignored;
        if (options_.operations.empty() || !std::filesystem::exists(options_.operations, ignored)) {
            return std::nullopt;
        }
        return keys::read_operations(options_.operations);
    }

    struct Uses {
        std::map<std::string, std::uint64_t> begun, ended;  ///< by purpose
        std::uint64_t begun_sum = 0, ended_sum = 0;         ///< the latter with those discarded
    };

    std::map<std::string, Uses> audited_since(std::int64_t seq) {
        std::map<std::string, Uses> audited;
        Query row = db_->query(
            "SELECT key_id, purpose, phase, count(*) FROM audit WHERE seq > ? GROUP BY 1, 2, 3",
            seq);
        while (row.step()) {
            Uses& uses = audited[row.text(0)];
            const auto count = static_cast<std::uint64_t>(row.integer(3));
            const bool begins = row.text(2) == "begin";
            (begins ? uses.begun : uses.ended)[row.text(1)] += count;
            (begins ? uses.begun_sum : uses.ended_sum) += count;
        }
        return audited;
    }

    /// Each signature has a row before it, so there are never more than rows that begin; each row
    /// after it stands for one, so there are never fewer than rows that end. Where every use that
    /// began has its end, both are one number. Counted is before and after the snapshot, because a
    /// server may go on signing.
    void check_operations(const std::optional<keys::StoredOperations>& before) {
        if (!before) {
            none("operations",
                 "the file of the sealer's counts is gone; counter",
                 "SELECT id FROM operation_counter WHERE ?",
                 !options_.operations.empty());
            return;
        }
        std::int64_t since = -1;
        {
            Query row = db_->query("SELECT audit_seq FROM operation_counter WHERE id = ?",
                                   before->counter_id);
            since = row.step() ? row.integer(0) : -1;
        }
        auto audited = audited_since(since);
        const auto after = keys::read_operations(options_.operations);
        if (since < 0 || after.counter_id != before->counter_id) {
            if (!before->counts.empty()) {
                fault("operations", "the register does not know the sealer's counter");
            }
            return;
        }
        for (const auto& [key, counts] : after.counts) {
            audited.try_emplace(key);
        }
        for (const auto& [key, uses] : audited) {
            compare_operations(key, uses, counts_of(*before, key), counts_of(after, key));
        }
    }

    using Counts = std::map<std::string, std::uint64_t>;
    static Counts counts_of(const keys::StoredOperations& stored, const std::string& key) {
        Counts counts;
        if (const auto found = stored.counts.find(key); found != stored.counts.end()) {
            for (const auto& [purpose, operations] : found->second) {
                counts[keys::to_text(purpose)] = operations;
            }
        }
        return counts;
    }

    void compare_operations(const std::string& key,
                            const Uses& uses,
                            const Counts& before,
                            const Counts& after) {
        const auto value = [](const Counts& counts, const std::string& purpose) {
            const auto found = counts.find(purpose);
            return found == counts.end() ? 0 : found->second;
        };
        std::uint64_t sum_after = 0;
        for (const auto& [purpose, operations] : after) {
            sum_after += operations;
        }
        for (const auto& [purpose, operations] : before) {
            report_.operations += operations;
            if (operations > value(uses.begun, purpose)) {
                fault("operations",
                      key + " has signed " + std::to_string(operations) + " times as " + purpose +
                          ", " + std::to_string(value(uses.begun, purpose)) + " are on record");
            }
        }
        for (const auto& [purpose, ended] : uses.ended) {
            if (purpose != "discarded" && value(after, purpose) < ended) {
                fault("operations",
                      key + " has signed " + std::to_string(value(after, purpose)) + " times as " +
                          purpose + ", " + std::to_string(ended) + " are on record as done");
            }
        }
        if (sum_after < uses.ended_sum) {
            fault("operations",
                  key + " has signed " + std::to_string(sum_after) + " times, " +
                      std::to_string(uses.ended_sum) + " are on record as done or discarded");
        }
        report_.unanswered += uses.begun_sum - std::min(uses.begun_sum, uses.ended_sum);
    }

    void check_requests() {
        none("request",
             "a key that points at no document",
             "SELECT document FROM idempotency WHERE document NOT IN (SELECT seq FROM document)");
        none("request",
             "a document that no request asked for",
             "SELECT number FROM document WHERE state <> 'VOID' AND seq NOT IN (SELECT document "
             "FROM idempotency WHERE verb IN ('issue', 'replace'))");
    }

    void check_reversals() {
        none(
            "reversal",
            "red invoices take back more than the original holds",
            "SELECT o.number FROM reversal r JOIN reversal_line l ON l.red = r.red JOIN document d "
            "ON d.id = r.red "
            "JOIN document o ON o.id = r.original WHERE d.state = 'ISSUED' "
            "GROUP BY r.original HAVING sum(l.amount_fen + l.tax_fen) > max(r.original_gross_fen)");
    }

    std::unique_ptr<Connection> db_;
    RegisterSecret secret_;
    Dictionaries dictionaries_;
    FsckOptions options_;
    Time now_;
    FsckReport report_;
};

}  // namespace

FsckReport fsck(const StoreOptions& options, const FsckOptions& fsck_options, Time now) {
    return Checker(options, fsck_options, now).run();
}

}  // namespace yinxin::server
