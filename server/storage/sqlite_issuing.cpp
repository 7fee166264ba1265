// SPDX-License-Identifier: Apache-2.0
// The transactions that change a document. Each function named in_* runs in the writer's thread.
#include <algorithm>

#include "common/error.h"
#include "common/time_text.h"
#include "keys/crypto/digest.h"
#include "server/domain/verification_code.h"
#include "server/storage/log_hash.h"
#include "server/storage/packing.h"
#include "server/storage/sqlite_store.h"

namespace yinxin::server {
namespace {

constexpr int code_draws_max = 8;
constexpr std::size_t salt_bytes = 16;

std::optional<std::string> or_null(const std::string& text) {
    return text.empty() ? std::nullopt : std::optional(text);
}

std::optional<std::int64_t> id_or_null(const Dictionary* dictionary) {
    return dictionary == nullptr ? std::nullopt : std::optional(dictionary->id());
}

std::int64_t in_event(Connection& db,
                      std::int64_t document,
                      const std::string& kind,
                      Time at,
                      const std::string& actor,
                      const std::string& detail) {
    db.query("INSERT INTO event (document, kind, at, actor, detail) VALUES (?, ?, ?, ?, ?)",
             document,
             kind,
             to_ms(at),
             actor,
             detail)
        .run();
    return sqlite3_last_insert_rowid(db.handle());
}

/// An event that the transparency log will show.
void in_logged_event(Connection& db,
                     std::int64_t document,
                     const std::string& kind,
                     Time at,
                     const std::string& actor,
                     const std::string& detail) {
    const std::int64_t event = in_event(db, document, kind, at, actor, detail);
    LeafContent leaf;
    leaf.event = kind;
    leaf.at_ms = to_ms(at);
    leaf.sha256 = Bytes(keys::sha256_bytes, 0);
    {
        Query row = db.query(
            "SELECT d.number, d.salt, r.sha256 FROM document d "
            "LEFT JOIN revision r ON r.document = d.seq AND r.n = 1 WHERE d.seq = ?",
            document);
        YINXIN_ASSERT(row.step());
        leaf.number = row.text(0);
        leaf.salt = row.blob(1);
        if (!row.is_null(2)) {
            leaf.sha256 = row.blob(2);
        }
    }
    db.query(
          "INSERT INTO log_leaf (leaf_index, event, hash) "
          "VALUES ((SELECT coalesce(max(leaf_index) + 1, 0) FROM log_leaf), ?, ?)",
          event,
          leaf_hash(leaf))
        .run();
}

std::optional<std::int64_t> seq_of(Connection& db, const std::string& id) {
    Query row = db.query("SELECT seq FROM document WHERE id = ?", id);
    return row.step() ? std::optional(row.integer(0)) : std::nullopt;
}

/// Of one that is there.
std::int64_t known_seq(Connection& db, const std::string& id) {
    const auto seq = seq_of(db, id);
    YINXIN_ASSERT(seq);
    return *seq;
}

std::optional<DocumentState> state_of(Connection& db, const std::string& id) {
    Query row = db.query("SELECT state FROM document WHERE id = ?", id);
    return row.step() ? std::optional(document_state_from_text(row.text(0))) : std::nullopt;
}

void in_keep_request(Connection& db, const RequestKey& request, std::int64_t document) {
    // A key whose first attempt ended VOID may be used again: it then names the new attempt.
    db.query(
          "INSERT INTO idempotency (owner, key, verb, request_sha256, document) VALUES (?, ?, ?, "
          "?, ?) "
          "ON CONFLICT (owner, key) DO UPDATE SET document = excluded.document",
          request.owner,
          request.key,
          request.verb,
          request.request_sha256,
          document)
        .run();
}

/// All red invoices together take back no more than the original holds, in every line.
void in_check_reversal(Connection& db, const Reversal& reversal, const std::string& replaced) {
    if (state_of(db, reversal.original_id) != DocumentState::Issued) {
        throw Error(ErrorCode::Invalid,
                    "the original is not valid any more",
                    {{"/red/original_number",
                      "original_state",
                      "The original invoice is not valid any more."}});
    }
    std::vector<FieldError> faults;
    for (const Reversal::Line& line : reversal.lines) {
        Query taken = db.query(
            "SELECT coalesce(sum(l.amount_fen), 0), coalesce(sum(l.tax_fen), 0) "
            "FROM reversal r JOIN reversal_line l ON l.red = r.red JOIN document d ON d.id = r.red "
            "WHERE r.original = ? AND l.line = ? AND d.state IN ('RESERVED', 'ISSUED') AND d.id <> "
            "?",
            reversal.original_id,
            line.line,
            replaced);
        YINXIN_ASSERT(taken.step());
        if (taken.integer(0) + line.amount_fen > line.amount_max_fen ||
            taken.integer(1) + line.tax_fen > line.tax_max_fen) {
            faults.push_back(
                {line.pointer,
                 "reversal_limit",
                 "This takes back more than is left of the original's line; lower the amount."});
        }
    }
    if (!faults.empty()) {
        throw Error(ErrorCode::Invalid, "more is taken back than is left", std::move(faults));
    }
}

/// At the time of issue, because either may have changed since the number was taken: a red invoice
/// takes back from a valid one, and what red invoices took back from is not replaced.
void in_check_still_fits(Connection& db, const std::string& id, const std::string& replaces) {
    Query original = db.query(
        "SELECT 1 FROM reversal r JOIN document d ON d.id = r.original WHERE r.red = ? AND d.state "
        "<> 'ISSUED'",
        id);
    if (original.step()) {
        throw Error(ErrorCode::Conflict, "the original invoice is not valid any more");
    }
    if (replaces.empty()) {
        return;
    }
    Query red = db.query(
        "SELECT 1 FROM reversal r JOIN document d ON d.id = r.red WHERE r.original = ? AND d.state "
        "= 'ISSUED'",
        replaces);
    if (red.step()) {
        throw Error(ErrorCode::Conflict,
                    "red invoices have taken this invoice back already; issue a new one");
    }
}

void in_keep_reversal(Connection& db, const Reversal& reversal, const std::string& red) {
    db.query("INSERT INTO reversal (red, original, original_gross_fen) VALUES (?, ?, ?)",
             red,
             reversal.original_id,
             reversal.original_gross_fen)
        .run();
    for (const Reversal::Line& line : reversal.lines) {
        db.query("INSERT INTO reversal_line (red, line, amount_fen, tax_fen) VALUES (?, ?, ?, ?)",
                 red,
                 line.line,
                 line.amount_fen,
                 line.tax_fen)
            .run();
    }
}

/// What many documents share stands once; here is its number.
template <typename... Values>
std::int64_t in_common(Connection& db,
                       std::string_view find,
                       std::string_view insert,
                       const Values&... values) {
    {
        Query row = db.query(find, values...);
        if (row.step()) {
            return row.integer(0);
        }
    }
    db.query(insert, values...).run();
    return sqlite3_last_insert_rowid(db.handle());
}

std::int64_t in_form(Connection& db, const Reservation& r) {
    return in_common(db,
                     "SELECT id FROM form WHERE type = ? AND version = ? AND sha256 = ?",
                     "INSERT INTO form (type, version, sha256) VALUES (?, ?, ?)",
                     r.type,
                     r.form_version,
                     r.form_sha256);
}

std::int64_t in_signer(Connection& db, const Issued& issued) {
    return in_common(
        db,
        "SELECT id FROM signer WHERE sha256 = ? AND seal = ? AND organ = ? AND name = ?",
        "INSERT INTO signer (sha256, seal, organ, name) VALUES (?, ?, ?, ?)",
        issued.signer_sha256,
        issued.seal,
        issued.issuer_organ,
        issued.signer_name);
}

std::optional<Time> last_time(Connection& db) {
    Query last = db.query("SELECT issued_at FROM document ORDER BY seq DESC LIMIT 1");
    return last.step() ? std::optional(from_ms(last.integer(0))) : std::nullopt;
}

/// Never before the last one given: rows are in the order of their numbers.
Time in_issue_time(Connection& db, const Reservation& r) {
    const Time last = last_time(db).value_or(r.at);
    if (last > r.last_max) {
        const std::string detail = "the last document was issued at " + to_rfc3339(last) +
                                   ", which is in the future: set this server's clock right";
        throw Error(ErrorCode::Unavailable, detail, {{"", "clock", detail}});
    }
    return std::max(r.at, last);
}

struct Counted {
    std::int64_t counter = 0, serial = 0;
};

Counted in_count(Connection& db, const std::string& series) {
    if (db.query("UPDATE counter SET n = n + 1 WHERE series = ?", series).run() == 0) {
        db.query("INSERT INTO counter (series, n) VALUES (?, 1)", series).run();
    }
    Query row = db.query("SELECT id, n FROM counter WHERE series = ?", series);
    YINXIN_ASSERT(row.step());
    return {row.integer(0), row.integer(1)};
}

void in_audit_row(Connection& db,
                  const KeyUse& use,
                  const std::string& subject,
                  const std::optional<std::int64_t>& document) {
    in_check_key(db, use);
    AuditContent row{
        0,
        to_ms(use.at),
        use.phase == KeyUse::Phase::Begin ? "begin" : "end",
        use.phase == KeyUse::Phase::Discarded ? "discarded" : keys::to_text(use.purpose),
        use.key_id,
        subject,
        use.digest};
    Bytes before(32, 0);
    {
        Query last = db.query("SELECT seq, chain FROM audit ORDER BY seq DESC LIMIT 1");
        if (last.step()) {
            row.seq = last.integer(0);
            before = last.blob(1);
        }
    }
    ++row.seq;
    db.query(
          "INSERT INTO audit (seq, at, phase, purpose, key_id, document, subject, digest, chain) "
          "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
          row.seq,
          row.at_ms,
          row.phase,
          row.purpose,
          row.key_id,
          document,
          document ? "" : row.subject,
          row.digest,
          audit_chain(before, row))
        .run();
}

}  // namespace

/// Draws codes until one is new; that it is new is decided by the unique index. Answers the row's
/// number.
std::int64_t SqliteStore::insert_document(Connection& db,
                                          const Reservation& r,
                                          const Dictionary* dictionary,
                                          std::int64_t counter,
                                          Document& document) {
    const std::int64_t form = in_form(db, r);
    for (int draw = 1;; ++draw) {
        document.code = new_verification_code(random_);
        try {
            db.query(
                  "INSERT INTO document (id, number, counter, serial, form, owner, state, "
                  "code_index, code, salt, issued_at, replaces, replace_reason, original, options, "
                  "input, dictionary) "
                  "VALUES (?, ?, ?, ?, ?, ?, 'RESERVED', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                  document.id,
                  document.number,
                  counter,
                  static_cast<std::int64_t>(document.serial),
                  form,
                  document.owner,
                  secret_.code_index(document.code),
                  secret_.seal("code", document.id, as_bytes(document.code), random_),
                  random_.bytes(salt_bytes),
                  to_ms(document.issued_at),
                  or_null(r.replaces),
                  r.replace_reason,
                  r.original,
                  r.options,
                  seal_text("input", document.id, r.input, dictionary),
                  id_or_null(dictionary))
                .run();
            return sqlite3_last_insert_rowid(db.handle());
        } catch (const Error& error) {
            const bool same_code = error.code() == ErrorCode::Conflict &&
                                   std::string_view(error.what()).find("document.code_index") !=
                                       std::string_view::npos;
            if (!same_code || draw == code_draws_max) {
                if (std::string_view(error.what()).find("document.number") !=
                    std::string_view::npos) {
                    throw Error(ErrorCode::Conflict,
                                "the number " + document.number +
                                    " is given out already: the number pattern of type " + r.type +
                                    " gives numbers of another type; add a version of its form "
                                    "with another number.pattern");
                }
                // What else exists already is a fault of ours, not of the caller.
                throw error.code() == ErrorCode::Conflict ? Error(ErrorCode::Internal, error.what())
                                                          : error;
            }
        }
    }
}

std::int64_t SqliteStore::keep_dictionary(const NewDictionary& made) {
    const Bytes sha256 = keys::sha256(made.bytes);
    return writer().run([&](Connection& db) {
        db.query(
              "INSERT INTO dictionary (type, form_version, made_of, sha256, created_at, bytes) "
              "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (made_of) DO NOTHING",
              made.type,
              made.form_version,
              made.made_of,
              sha256,
              to_ms(made.at),
              made.bytes)
            .run();
        Query row = db.query("SELECT id FROM dictionary WHERE made_of = ?", made.made_of);
        YINXIN_ASSERT(row.step());
        return row.integer(0);
    });
}

Store::Reserved SqliteStore::reserve(const Reservation& r) {
    const Dictionary* dictionary = nullptr;
    if (r.dictionary != 0) {
        auto reader = readers_.take();
        dictionary = dictionaries_.get(*reader, r.dictionary);
    }
    const auto take = [&](Connection& db) -> Reserved {
        auto earlier = find_request(db, r.request);
        if (earlier && earlier->state != DocumentState::Void) {
            return {std::move(*earlier), true};
        }
        for (const std::string& key_id : r.seal_keys) {
            in_check_active(db, key_id);
        }
        if (!r.replaces.empty() && state_of(db, r.replaces) != DocumentState::Issued) {
            throw Error(ErrorCode::Conflict, "only a valid document can be replaced");
        }
        if (r.reversal) {
            in_check_reversal(db, *r.reversal, r.replaces);
        }
        Document document;
        const Counted counted = in_count(db, r.series);
        document.id = new_document_id(random_);
        document.series = r.series;
        document.serial = static_cast<std::uint64_t>(counted.serial);
        document.number = r.number(document.serial);
        document.type = r.type;
        document.form_version = r.form_version;
        document.form_sha256 = r.form_sha256;
        document.owner = r.owner.empty() ? r.request.owner : r.owner;
        document.input = r.input;
        document.options = r.options;
        document.issued_at = in_issue_time(db, r);
        document.replaces = r.replaces;
        document.replace_reason = r.replace_reason;
        document.original = r.original;
        const std::int64_t seq = insert_document(db, r, dictionary, counted.counter, document);
        in_keep_request(db, r.request, seq);
        if (r.reversal) {
            in_keep_reversal(db, *r.reversal, document.id);
        }
        in_event(db, seq, "RESERVE", document.issued_at, r.request.owner, "");
        for (const KeyUse& use : r.key_uses) {
            in_audit_row(db, use, document.id, seq);
        }
        return {std::move(document), false};
    };
    return writer().run(take, r.waiter);
}

void in_audit(Connection& db, const KeyUse& use, const std::string& subject) {
    in_audit_row(db, use, subject, seq_of(db, subject));
}

void SqliteStore::record_key_uses(const std::vector<KeyUse>& uses, CommitWaiter* waiter) {
    writer().run(
        [&](Connection& db) {
            for (const KeyUse& use : uses) {
                in_audit(db, use, use.subject);
            }
        },
        waiter);
}

void SqliteStore::settle_issued(const Issued& issued) {
    const Bytes sha256 = sha256_.of(issued.pdf);
    const Dictionary* dictionary = nullptr;
    {
        auto reader = readers_.take();
        Query row = reader->query("SELECT dictionary FROM document WHERE id = ?", issued.id);
        dictionary = row.step() ? dictionaries_.get(*reader, row.integer_or_null(0)) : nullptr;
    }
    const Packed packed = pack_open(issued.pdf, issued.streams, dictionary);
    const Bytes bytes =
        secret_.seal(packed_cell_name("revision 1", dictionary), issued.id, packed.bytes, random_);
    const Bytes facts = seal_text("facts", issued.id, issued.facts, dictionary);
    const auto settle = [&](Connection& db) {
        std::int64_t seq = 0;
        Time at{};
        std::string owner, replaces, reason;
        {
            Query row = db.query(
                "SELECT seq, issued_at, owner, replaces, replace_reason FROM document "
                "WHERE id = ? AND state = 'RESERVED'",
                issued.id);
            if (!row.step()) {
                throw Error(ErrorCode::Conflict, "this document was settled by somebody else");
            }
            seq = row.integer(0);
            at = from_ms(row.integer(1));
            owner = row.text(2);
            replaces = row.text(3);
            reason = row.text(4);
        }
        const auto settled = db.query(
                                   "UPDATE document SET state = 'ISSUED', facts = ?, pages = ?, "
                                   "signer = ? WHERE seq = ?",
                                   facts,
                                   issued.pages,
                                   in_signer(db, issued),
                                   seq)
                                 .run();
        YINXIN_ASSERT(settled == 1);
        in_check_still_fits(db, issued.id, replaces);
        db.query(
              "INSERT INTO revision (document, n, sha256, size, level, at, packing, dictionary, "
              "bytes) VALUES (?, 1, ?, ?, ?, ?, ?, ?, ?)",
              seq,
              sha256,
              static_cast<std::int64_t>(issued.pdf.size()),
              issued.level,
              to_ms(at),
              static_cast<int>(packed.packing),
              id_or_null(dictionary),
              bytes)
            .run();
        if (!issued.owed_level.empty()) {
            db.query(
                  "INSERT INTO level_debt (document, wanted, since, next_try) VALUES (?, ?, ?, ?)",
                  issued.id,
                  issued.owed_level,
                  to_ms(at),
                  to_ms(at))
                .run();
        }
        in_logged_event(db, seq, "ISSUE", at, owner, "");
        if (!replaces.empty()) {
            if (db.query("UPDATE document SET state = 'SUPERSEDED', status_at = ?, status_reason = "
                         "?, replaced_by = ? "
                         "WHERE id = ? AND state = 'ISSUED'",
                         to_ms(at),
                         reason,
                         issued.id,
                         replaces)
                    .run() != 1) {
                throw Error(ErrorCode::Conflict,
                            "the document to be replaced is not valid any more");
            }
            in_logged_event(db, known_seq(db, replaces), "SUPERSEDE", at, owner, reason);
        }
        for (const KeyUse& use : issued.key_uses) {
            in_audit_row(db, use, issued.id, seq);
        }
    };
    writer().run(settle, issued.waiter);
}

void SqliteStore::settle_void(const std::string& id, const std::string& reason, Time at) {
    writer().run([&](Connection& db) {
        if (db.query("UPDATE document SET state = 'VOID', status_at = max(?, issued_at), "
                     "status_reason = ? "
                     "WHERE id = ? AND state = 'RESERVED'",
                     to_ms(at),
                     reason,
                     id)
                .run() != 1) {
            throw Error(ErrorCode::Conflict, "this document was settled by somebody else");
        }
        in_logged_event(db, known_seq(db, id), "VOID", at, "yinxin", reason);
    });
}

Store::Revoked SqliteStore::revoke(const std::string& id,
                                   const std::optional<std::string>& owner,
                                   const std::string& reason,
                                   const RequestKey& request,
                                   Time at) {
    return writer().run([&](Connection& db) -> Revoked {
        if (auto earlier = find_request(db, request)) {
            return {std::move(*earlier), true};
        }
        std::int64_t seq = 0;
        DocumentState state{};
        {
            Query row = db.query(
                "SELECT seq, state FROM document WHERE id = ?1 AND (?2 IS NULL OR owner = ?2)",
                id,
                owner);
            if (!row.step()) {
                throw Error(ErrorCode::NotFound, "there is no such document");
            }
            seq = row.integer(0);
            state = document_state_from_text(row.text(1));
        }
        if (!visible(state)) {
            throw Error(ErrorCode::NotFound, "there is no such document");
        }
        if (state != DocumentState::Issued) {
            throw Error(ErrorCode::Conflict, "the document is " + status_word(state) + " already");
        }
        db.query(
              "UPDATE document SET state = 'REVOKED', status_at = max(?, issued_at), status_reason "
              "= ? WHERE seq = ?",
              to_ms(at),
              reason,
              seq)
            .run();
        in_keep_request(db, request, seq);
        in_logged_event(db, seq, "REVOKE", at, request.owner, reason);
        Query row = db.query(select_document_by_id, id);
        YINXIN_ASSERT(row.step());
        return {read_document(db, row), false};
    });
}

std::vector<std::string> SqliteStore::unsettled() {
    auto reader = readers_.take();
    std::vector<std::string> ids;
    Query row =
        reader->query("SELECT id FROM document WHERE state = 'RESERVED' ORDER BY issued_at, seq");
    while (row.step()) {
        ids.push_back(row.text(0));
    }
    return ids;
}

std::optional<Time> SqliteStore::last_issued_at() {
    auto reader = readers_.take();
    return last_time(*reader);
}

}  // namespace yinxin::server
