// SPDX-License-Identifier: Apache-2.0
#include "server/bench/bulk_load.h"

#include <vector>

#include "common/error.h"
#include "keys/crypto/random.h"
#include "server/domain/verification_code.h"
#include "server/storage/dictionaries.h"
#include "server/storage/register_secret.h"
#include "server/storage/sqlite_store.h"

namespace yinxin::server {
namespace {

constexpr std::string_view kRowsSetting = "bench_rows";

/// splitmix64 from a number on: the same bytes for the same number.
class Counted : public Random {
  public:
    explicit Counted(std::uint64_t n) : state_(n * 0x9e3779b97f4a7c15U) {}
    Bytes bytes(std::size_t count) override {
        Bytes made(count);
        for (std::uint8_t& byte : made) {
            std::uint64_t z = state_ += 0x9e3779b97f4a7c15U;
            z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
            z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
            byte = static_cast<std::uint8_t>(z >> 56U);
        }
        return made;
    }

  private:
    std::uint64_t state_;
};

/// Put aside while rows come in: an index is built faster from all rows than row by row, and the
/// triggers want each document to begin RESERVED.
struct Schema {
    std::vector<std::string> drop, create;
};

Schema put_aside(Connection& db) {
    Schema schema;
    {
        Query row = db.query(
            "SELECT type, name, sql FROM sqlite_schema WHERE tbl_name = 'document' AND type IN "
            "('index', 'trigger') AND sql IS NOT NULL");
        while (row.step()) {
            schema.drop.push_back("DROP " + row.text(0) + " " + row.text(1));
            schema.create.push_back(row.text(2));
        }
    }
    for (const std::string& sql : schema.drop) {
        db.execute(sql);
    }
    return schema;
}

/// What all copies have in common.
struct Original {
    std::int64_t seq = 0;
    std::string id, input_name, facts_name;  ///< what cells are sealed as
    Bytes input, facts;                      ///< packed
};

Original read_original(Connection& db, const RegisterSecret& secret) {
    Dictionaries dictionaries;
    Query row = db.query("SELECT seq, id, dictionary, input, facts FROM document");
    if (!row.step()) {
        throw Error(ErrorCode::Conflict, "the register holds no document that could be copied");
    }
    const Dictionary* dictionary = dictionaries.get(db, row.integer_or_null(2));
    Original original;
    original.seq = row.integer(0);
    original.id = row.text(1);
    original.input_name = packed_cell_name("input", dictionary);
    original.facts_name = packed_cell_name("facts", dictionary);
    original.input = secret.open(original.input_name, original.id, row.blob(3));
    original.facts = secret.open(original.facts_name, original.id, row.blob(4));
    if (row.step()) {
        throw Error(ErrorCode::Conflict, "the register holds documents already");
    }
    return original;
}

/// In rising order, so that the one index that cannot be put aside grows at its end.
std::string id_of(std::uint64_t n, Random& random) {
    Bytes id = random.bytes(16);
    for (std::size_t i = 0; i < 8; ++i) {
        id[i] = static_cast<std::uint8_t>((n + 1) >> (56 - 8 * i));
    }
    return to_hex(id);
}

void insert_copies(Connection& db,
                   const RegisterSecret& secret,
                   const Original& original,
                   std::uint64_t rows) {
    keys::OpenSslRandom random;
    db.query("INSERT INTO counter (series, n) VALUES ('bench', ?)", static_cast<std::int64_t>(rows))
        .run();
    const std::int64_t counter = sqlite3_last_insert_rowid(db.handle());
    for (std::uint64_t n = 0; n < rows; ++n) {
        const std::string id = id_of(n, random), code = bulk_code(n);
        db.query(
              "INSERT INTO document (id, number, counter, serial, form, owner, state, code_index, "
              "code, salt, issued_at, pages, signer, options, dictionary, input, facts) "
              "SELECT ?1, 'bench-' || ?2, ?3, ?2, form, owner, state, ?4, ?5, ?6, issued_at, "
              "pages, signer, options, dictionary, ?7, ?8 FROM document WHERE seq = ?9",
              id,
              static_cast<std::int64_t>(n + 1),
              counter,
              secret.code_index(code),
              secret.seal("code", id, as_bytes(code), random),
              random.bytes(16),
              secret.seal(original.input_name, id, original.input, random),
              secret.seal(original.facts_name, id, original.facts, random),
              original.seq)
            .run();
    }
}

}  // namespace

std::string bulk_code(std::uint64_t n) {
    Counted random(n);
    return new_verification_code(random);
}

void bulk_load(const std::filesystem::path& database, ByteView key, std::uint64_t rows) {
    Connection db(database, SQLITE_OPEN_READWRITE, "");
    check_version(db);
    const RegisterSecret secret(key);
    const Original original = read_original(db, secret);
    // A load that is cut short is begun anew elsewhere: nothing needs to be undone or to last.
    db.execute(
        "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -400000; "
        "PRAGMA threads = 2");
    db.execute("BEGIN");
    const Schema schema = put_aside(db);
    insert_copies(db, secret, original, rows);
    for (const std::string& sql : schema.create) {
        db.execute(sql);
    }
    db.query("INSERT INTO setting (name, value) VALUES (?, ?)", kRowsSetting, std::to_string(rows))
        .run();
    db.execute("COMMIT; PRAGMA journal_mode = WAL");
}

std::uint64_t bulk_rows(const std::filesystem::path& database) {
    const auto db = open_reader(database, "");
    Query row =
        db->query("SELECT CAST(value AS INTEGER) FROM setting WHERE name = ?", kRowsSetting);
    return row.step() ? static_cast<std::uint64_t>(row.integer(0)) : 0;
}

}  // namespace yinxin::server
