// SPDX-License-Identifier: Apache-2.0
// What the register keeps beside documents: failed facts, API keys, settings.
#include "common/error.h"
#include "common/time_text.h"
#include "keys/crypto/digest.h"
#include "server/storage/sqlite_store.h"

namespace yinxin::server {
namespace {

constexpr std::size_t api_key_bytes = 32;
constexpr std::string_view api_key_prefix = "yx_";
constexpr std::chrono::hours china_offset{8};

/// Midnight in UTC+8 before or at `now`.
Time start_of_day_in_china(Time now) {
    return std::chrono::floor<std::chrono::days>(now + china_offset) - china_offset;
}

std::int64_t failed_since(Connection& db, const Bytes& code_index, Time since) {
    Query row = db.query("SELECT count(*) FROM failed_fact WHERE code_index = ? AND at > ?",
                         code_index,
                         to_ms(since) - 1);
    YINXIN_ASSERT(row.step());
    return row.integer(0);
}

Role role_in(const Query& row, int column) {
    const auto role = role_from_text(row.text(column));
    YINXIN_ASSERT(role);
    return *role;
}

void refuse_taken(const Error& error, const std::string& what) {
    if (error.code() == ErrorCode::Conflict) {
        throw Error(ErrorCode::Conflict, what + " exists already; choose another id");
    }
}

}  // namespace

std::optional<std::int64_t> SqliteStore::begin_fact_attempt(const std::string& code,
                                                            const FactLimits& limits,
                                                            Time now) {
    const Bytes index = secret_.code_index(code);
    return writer().run([&](Connection& db) -> std::optional<std::int64_t> {
        db.query("DELETE FROM failed_fact WHERE at < ?", to_ms(now - std::chrono::hours(48))).run();
        if (failed_since(db, index, now - std::chrono::minutes(10)) >=
                limits.failed_per_10_minutes ||
            failed_since(db, index, start_of_day_in_china(now)) >= limits.failed_per_day) {
            return std::nullopt;
        }
        db.query("INSERT INTO failed_fact (code_index, at) VALUES (?, ?)", index, to_ms(now)).run();
        return sqlite3_last_insert_rowid(db.handle());
    });
}

void SqliteStore::forgive_fact_attempt(std::int64_t attempt) {
    writer().run(
        [&](Connection& db) { db.query("DELETE FROM failed_fact WHERE id = ?", attempt).run(); });
}

std::string SqliteStore::add_api_key(const std::string& id, Role role) {
    const std::string key =
        std::string(api_key_prefix) + to_base64url(random_.bytes(api_key_bytes));
    writer().run([&](Connection& db) {
        try {
            db.query(
                  "INSERT INTO api_key (id, key_sha256, role, created_at) "
                  "VALUES (?, ?, ?, unixepoch() * 1000)",
                  id,
                  keys::sha256(as_bytes(key)),
                  to_text(role))
                .run();
        } catch (const Error& error) {
            refuse_taken(error, "the API key " + id);
            throw;
        }
    });
    return key;
}

std::optional<ApiKey> SqliteStore::find_api_key(std::string_view key) {
    auto reader = lookups_.take();
    // Found by its digest: how long the search takes says nothing about the key.
    Query row = reader->query(
        "SELECT id, role, created_at FROM api_key WHERE key_sha256 = ? AND revoked_at IS NULL",
        keys::sha256(as_bytes(key)));
    if (!row.step()) {
        return std::nullopt;
    }
    return ApiKey{row.text(0), role_in(row, 1), from_ms(row.integer(2)), std::nullopt};
}

std::vector<ApiKey> SqliteStore::api_keys() {
    auto reader = readers_.take();
    std::vector<ApiKey> keys;
    Query row = reader->query("SELECT id, role, created_at, revoked_at FROM api_key ORDER BY id");
    while (row.step()) {
        const auto revoked_ms = row.integer_or_null(3);
        keys.push_back({row.text(0),
                        role_in(row, 1),
                        from_ms(row.integer(2)),
                        revoked_ms ? std::optional(from_ms(*revoked_ms)) : std::nullopt});
    }
    return keys;
}

void SqliteStore::revoke_api_key(const std::string& id) {
    writer().run([&](Connection& db) {
        if (db.query("UPDATE api_key SET revoked_at = coalesce(revoked_at, unixepoch() * 1000) "
                     "WHERE id = ?",
                     id)
                .run() != 1) {
            throw Error(ErrorCode::NotFound, "there is no API key " + id);
        }
    });
}

void SqliteStore::put_setting(const std::string& name, const std::string& value) {
    writer().run([&](Connection& db) {
        db.query(
              "INSERT INTO setting (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET "
              "value = excluded.value",
              name,
              value)
            .run();
    });
}

std::optional<std::string> SqliteStore::setting(const std::string& name) {
    auto reader = readers_.take();
    Query row = reader->query("SELECT value FROM setting WHERE name = ?", name);
    return row.step() ? std::optional(row.text(0)) : std::nullopt;
}

}  // namespace yinxin::server
