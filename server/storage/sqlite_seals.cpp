// SPDX-License-Identifier: Apache-2.0
// Seal records, and seals on files that are not kept.
#include "common/error.h"
#include "server/storage/sqlite_store.h"

namespace yinxin::server {
namespace {

void in_end(Connection& db,
            const std::string& id,
            const std::string& reason,
            const std::string& replaced_by,
            Time at) {
    if (db.query("UPDATE seal_record SET ended_at = ?, end_reason = ?, replaced_by = ? WHERE id = "
                 "? AND ended_at IS NULL",
                 to_ms(at),
                 reason,
                 replaced_by,
                 id)
            .run() == 1) {
        return;
    }
    Query row = db.query("SELECT 1 FROM seal_record WHERE id = ?", id);
    if (!row.step()) {
        throw Error(ErrorCode::NotFound, "there is no seal " + id + "; see: yinxin seals list");
    }
    throw Error(ErrorCode::Conflict, "the seal " + id + " has ended already");
}

}  // namespace

void SqliteStore::put_seal_record(const std::string& id,
                                  const keys::StoredSealRecord& record,
                                  const std::vector<KeyUse>& key_uses,
                                  const std::string& replaces,
                                  const std::string& reason) {
    writer().run([&](Connection& db) {
        try {
            db.query(
                  "INSERT INTO seal_record (id, body, signature, maker_certificate, added_at, "
                  "picture, ses_seal) VALUES (?, ?, ?, ?, unixepoch() * 1000, ?, ?)",
                  id,
                  record.body,
                  record.signature,
                  record.maker_certificate,
                  record.picture.empty() ? std::nullopt : std::optional(record.picture),
                  record.ses_seal)
                .run();
        } catch (const Error& error) {
            if (error.code() == ErrorCode::Conflict) {
                throw Error(ErrorCode::Conflict,
                            "the seal record " + id + " exists already; choose another id");
            }
            throw;
        }
        for (const KeyUse& use : key_uses) {
            in_audit(db, use, use.subject);
        }
        if (!replaces.empty()) {
            YINXIN_ASSERT(!key_uses.empty());
            in_end(db, replaces, reason, id, key_uses.back().at);
        }
    });
}

void SqliteStore::end_seal_record(const std::string& id,
                                  const std::string& reason,
                                  Time at,
                                  const std::string& replaced_by) {
    writer().run([&](Connection& db) { in_end(db, id, reason, replaced_by, at); });
}

std::vector<SealRecordRow> SqliteStore::seal_records() {
    auto reader = readers_.take();
    std::vector<SealRecordRow> rows;
    Query row = reader->query(
        "SELECT id, body, signature, maker_certificate, added_at, picture, ses_seal, ended_at, "
        "end_reason, replaced_by FROM seal_record ORDER BY id");
    while (row.step()) {
        SealRecordRow each;
        each.id = row.text(0);
        each.record.body = row.blob(1);
        each.record.signature = row.blob(2);
        each.record.maker_certificate = row.blob(3);
        each.added_at = from_ms(row.integer(4));
        each.record.picture = row.blob(5);
        if (Bytes ses = row.blob(6); !ses.empty()) {
            each.record.ses_seal = std::move(ses);
        }
        if (const auto ended = row.integer_or_null(7)) {
            each.ended_at = from_ms(*ended);
        }
        each.end_reason = row.text(8);
        each.replaced_by = row.text(9);
        rows.push_back(std::move(each));
    }
    return rows;
}

void SqliteStore::settle_external_seal(const ExternalSeal& act) {
    writer().run([&](Connection& db) {
        db.query(
              "INSERT INTO external_seal (id, owner, seal, signer_sha256, input_sha256, sha256, "
              "signed_sha256, size, level, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
              act.id,
              act.owner,
              act.seal,
              act.signer_sha256,
              act.input_sha256,
              act.sha256,
              act.signed_sha256,
              static_cast<std::int64_t>(act.size_bytes),
              act.level,
              to_ms(act.at))
            .run();
        in_audit(db, act.key_use, act.id);
    });
}

bool SqliteStore::sealed_externally(ByteView signed_sha256) {
    auto reader = readers_.take();
    Query row =
        reader->query("SELECT 1 FROM external_seal WHERE signed_sha256 = ? LIMIT 1", signed_sha256);
    return row.step();
}

}  // namespace yinxin::server
