// SPDX-License-Identifier: Apache-2.0
#include "server/storage/sqlite_keys.h"

#include <algorithm>

#include "common/error.h"
#include "server/storage/sqlite_store.h"

namespace yinxin::server {
namespace {

KeyState state_in(const Query& row, int column) {
    const auto state = key_state_from_text(row.text(column));
    YINXIN_ASSERT(state);
    return *state;
}

KeyState in_state_of(Connection& db, const std::string& key_id) {
    Query row =
        db.query("SELECT state FROM key_change WHERE key_id = ? ORDER BY seq DESC LIMIT 1", key_id);
    return row.step() ? state_in(row, 0) : KeyState::Active;
}

[[noreturn]] void refuse(ErrorCode code, const std::string& key_id, KeyState state) {
    const std::string detail = "the key " + key_id + " is " + to_text(state) +
                               ": it signs nothing any more; put another in its place with yinxin "
                               "keys rotate";
    throw Error(code, detail, {{"", "key_state", detail}});
}

}  // namespace

void in_check_active(Connection& db, const std::string& key_id) {
    if (const KeyState state = in_state_of(db, key_id); state != KeyState::Active) {
        refuse(ErrorCode::Unavailable, key_id, state);
    }
}

void in_check_key(Connection& db, const KeyUse& use) {
    if (use.purpose == keys::KeyPurpose::Probe || use.phase == KeyUse::Phase::Discarded) {
        return;  // seals nothing
    }
    if (use.phase == KeyUse::Phase::Begin) {
        in_check_active(db, use.key_id);
    } else if (in_state_of(db, use.key_id) == KeyState::Compromised) {
        refuse(ErrorCode::Conflict, use.key_id, KeyState::Compromised);
    }
}

std::string successor_of(const std::vector<KeyChange>& changes, const std::string& key_id) {
    std::string found = key_id;
    for (std::size_t steps = 0; steps < changes.size(); ++steps) {  // not round and round
        const auto change =
            std::find_if(changes.begin(), changes.end(), [&](const KeyChange& each) {
                return each.key_id == found && !each.successor.empty();
            });
        if (change == changes.end()) {
            break;
        }
        found = change->successor;
    }
    return found;
}

KeyState state_of(const std::vector<KeyChange>& changes, const std::string& key_id) {
    const auto change = std::find_if(changes.begin(), changes.end(), [&](const KeyChange& each) {
        return each.key_id == key_id;
    });
    return change == changes.end() ? KeyState::Active : change->state;
}

std::vector<KeyChange> SqliteKeys::key_changes() {
    auto reader = readers_.take();
    Query row = reader->query(
        "SELECT key_id, state, at, successor, reason FROM key_change "
        "WHERE seq IN (SELECT max(seq) FROM key_change GROUP BY key_id) ORDER BY seq");
    std::vector<KeyChange> changes;
    while (row.step()) {
        changes.push_back({.key_id = row.text(0),
                           .state = state_in(row, 1),
                           .at = from_ms(row.integer(2)),
                           .successor = row.text(3),
                           .reason = row.text(4)});
    }
    return changes;
}

/// Looked up before the transaction: it reads the whole audit table, and what is still under way is
/// sealed with a certificate the caller knows. A document's certificate is that of its last seal,
/// so the key of a first seal by GB/T 38540 does not lead to it.
std::vector<Bytes> SqliteKeys::sealing_certificates(const std::string& key_id) {
    auto reader = readers_.take();
    Query row = reader->query(
        "SELECT DISTINCT s.sha256 FROM (SELECT document, key_id, max(seq) FROM audit "
        "WHERE purpose = 'document' AND phase = 'end' GROUP BY document) a "
        "JOIN document d ON d.seq = a.document JOIN signer s ON s.id = d.signer "
        "WHERE a.key_id = ?1 AND s.sha256 <> x'' "
        "UNION SELECT e.signer_sha256 FROM audit a JOIN external_seal e ON e.id = "
        "a.subject WHERE a.key_id = ?1 AND a.purpose = 'external_seal' AND a.phase = 'end'",
        key_id);
    std::vector<Bytes> found;
    while (row.step()) {
        found.push_back(row.blob(0));
    }
    return found;
}

void SqliteKeys::change_key(const KeyChange& change) {
    std::vector<Bytes> marked;
    if (change.state == KeyState::Compromised) {
        marked = sealing_certificates(change.key_id);
        marked.insert(marked.end(), change.certificates.begin(), change.certificates.end());
    }
    writer_().run([&](Connection& db) {
        const KeyState before = in_state_of(db, change.key_id);
        if (!may_follow(before, change.state)) {
            throw Error(ErrorCode::Conflict,
                        "the key " + change.key_id + " is " + to_text(before) +
                            " and does not become " + to_text(change.state));
        }
        db.query(
              "INSERT INTO key_change (key_id, state, at, successor, reason) VALUES (?, ?, ?, ?, "
              "?)",
              change.key_id,
              to_text(change.state),
              to_ms(change.at),
              change.successor,
              change.reason)
            .run();
        for (const Bytes& sha256 : marked) {
            db.query(
                  "INSERT OR IGNORE INTO compromised_certificate (sha256, key_id, at) VALUES (?, "
                  "?, ?)",
                  sha256,
                  change.key_id,
                  to_ms(change.at))
                .run();
        }
    });
}

std::vector<SignedThing> SqliteKeys::signed_with(const std::string& key_id) {
    auto reader = readers_.take();
    Query row = reader->query(
        "SELECT a.purpose, coalesce(d.id, a.subject), min(a.at), d.number, f.type, d.state, "
        "e.sha256 FROM audit a "
        "LEFT JOIN document d ON d.seq = a.document LEFT JOIN form f ON f.id = d.form "
        "LEFT JOIN external_seal e ON e.id = a.subject "
        "WHERE a.key_id = ? AND a.phase = 'end' AND a.purpose NOT IN ('probe', 'discarded') "
        "AND d.state IS NOT 'VOID' AND d.state IS NOT 'RESERVED' "
        "GROUP BY a.purpose, a.document, a.subject ORDER BY min(a.seq)",
        key_id);
    std::vector<SignedThing> things;
    while (row.step()) {
        things.push_back({.purpose = row.text(0),
                          .subject = row.text(1),
                          .at = from_ms(row.integer(2)),
                          .number = row.text(3),
                          .type = row.text(4),
                          .state = row.text(5),
                          .sha256 = row.blob(6)});
    }
    return things;
}

std::map<std::string, Time> SqliteKeys::compromised_certificates() {
    auto reader = readers_.take();
    Query row = reader->query("SELECT sha256, at FROM compromised_certificate");
    std::map<std::string, Time> found;
    while (row.step()) {
        found.emplace(to_hex(row.blob(0)), from_ms(row.integer(1)));
    }
    return found;
}

void SqliteKeys::count_from_now(const std::string& counter_id, Time at) {
    writer_().run([&](Connection& db) {
        db.query(
              "INSERT OR IGNORE INTO operation_counter (id, audit_seq, at) "
              "VALUES (?, (SELECT coalesce(max(seq), 0) FROM audit), ?)",
              counter_id,
              to_ms(at))
            .run();
    });
}

}  // namespace yinxin::server
