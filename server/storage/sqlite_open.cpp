// SPDX-License-Identifier: Apache-2.0
// Opening and migrating.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include "common/error.h"
#include "embedded/migrations.h"
#include "server/storage/sqlite_store.h"

namespace yinxin::server {
namespace {

constexpr off_t spare_bytes = 1 << 20;

std::int64_t pragma(Connection& connection, std::string_view sql) {
    Query query = connection.query(sql);
    return query.step() ? query.integer(0) : 0;
}

int newest_version() {
    return static_cast<int>(embedded::migrations().size());
}

/// 0600 from the first moment; SQLite gives its side files the same mode.
void create_file(const std::filesystem::path& path) {
    const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) {
        throw Error(ErrorCode::Unavailable, "cannot make the register " + path.string());
    }
    close(fd);
}

void set_up_writing(Connection& connection) {
    Query mode = connection.query("PRAGMA journal_mode = WAL");
    if (!mode.step() || mode.text(0) != "wal") {
        throw Error(ErrorCode::Unavailable,
                    "the register cannot be kept with a write-ahead log here");
    }
}

[[noreturn]] void die(const std::string& what) {
    std::fputs(
        ("yinxin: " + what + "; stopping, because it is not known what is on the disk\n").c_str(),
        stderr);
    std::abort();
}

}  // namespace

std::int64_t to_ms(Time time) {
    return time.time_since_epoch().count();
}
Time from_ms(std::int64_t ms) {
    return Time(std::chrono::milliseconds(ms));
}

void check_version(Connection& connection) {
    if (pragma(connection, "PRAGMA application_id") != register_application_id) {
        throw Error(ErrorCode::Invalid, "this file is no register of yinxin");
    }
    const auto version = pragma(connection, "PRAGMA user_version");
    if (version != newest_version()) {
        throw Error(ErrorCode::Invalid,
                    "the register has version " + std::to_string(version) + ", this yinxin reads " +
                        std::to_string(newest_version()) +
                        (version < newest_version() ? ": start the server once to migrate it"
                                                    : ": use the newer yinxin"));
    }
}

void migrate(Connection& connection) {
    const auto files = embedded::migrations();
    auto version = pragma(connection, "PRAGMA user_version");
    const bool empty =
        version == 0 && pragma(connection, "SELECT count(*) FROM sqlite_schema") == 0;
    if (!empty) {
        if (pragma(connection, "PRAGMA application_id") != register_application_id ||
            version > newest_version()) {
            check_version(connection);
        }
    }
    // A table that is put in the place of another one is none of its rows' loss. Has no effect
    // inside a transaction.
    connection.execute("PRAGMA foreign_keys = OFF");
    for (; version < newest_version(); ++version) {
        connection.execute("BEGIN IMMEDIATE");
        connection.execute(std::string(files[static_cast<std::size_t>(version)].content));
        if (Query broken = connection.query("PRAGMA foreign_key_check"); broken.step()) {
            throw Error(ErrorCode::Internal,
                        "the register cannot be migrated: a row of " + broken.text(0) +
                            " points to none in " + broken.text(2) +
                            "; put the register back from a backup");
        }
        connection.execute("PRAGMA application_id = " + std::to_string(register_application_id));
        connection.execute("PRAGMA user_version = " + std::to_string(version + 1));
        connection.execute("COMMIT");
    }
}

namespace {

/// Not made when there is no room.
void keep_spare(const std::filesystem::path& file) {
    const int fd =
        file.empty() ? -1 : open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) {
        return;
    }
    const bool made = posix_fallocate(fd, 0, spare_bytes) == 0;
    close(fd);
    if (!made) {
        std::error_code ignored;
        std::filesystem::remove(file, ignored);
    }
}

/// The upper pages of the index of codes and of the documents, some 350 for a million, stay though
/// each lookup brings two that are hardly needed again. Measured: twice as much is no faster.
constexpr std::size_t lookup_cache_bytes = 4u << 20;

/// More would only wait for a CPU, each with pages of its own. Measured with 16 to 480 clients.
std::size_t lookups_at_once() {
    return std::clamp<std::size_t>(4 * std::thread::hardware_concurrency(), 8, 16);
}

std::unique_ptr<Store> open_writing(const StoreOptions& options, Random& random) {
    auto connection = std::make_unique<Connection>(
        options.path,
        SQLITE_OPEN_READWRITE | (options.create ? SQLITE_OPEN_CREATE : 0),
        options.vfs);
    set_up_writing(*connection);
    connection->execute(
        "PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0;"
        "PRAGMA trusted_schema = OFF; PRAGMA temp_store = MEMORY; PRAGMA cell_size_check = ON");
    migrate(*connection);
    connection->execute("PRAGMA foreign_keys = ON");
    return std::make_unique<SqliteStore>(options, std::move(connection), random);
}

}  // namespace

std::unique_ptr<Store> open_store(const StoreOptions& options, Random& random) {
    if (options.vfs.empty() && !std::filesystem::exists(options.path)) {
        if (!options.create || options.read_only) {
            throw Error(ErrorCode::NotFound,
                        "there is no register " + options.path.string() + "; run yinxin init");
        }
        create_file(options.path);
    }
    if (options.read_only) {
        check_version(*open_reader(options.path, options.vfs));
        return std::make_unique<SqliteStore>(options, nullptr, random);
    }
    std::unique_ptr<Store> store;
    try {
        store = open_writing(options, random);
    } catch (const Error& error) {
        std::error_code ignored;
        if (error.code() != ErrorCode::StorageFull ||
            !std::filesystem::remove(options.spare, ignored)) {
            throw;
        }
        store = open_writing(options, random);
    }
    keep_spare(options.spare);
    return store;
}

SqliteStore::SqliteStore(const StoreOptions& options,
                         std::unique_ptr<Connection> writing,
                         Random& random)
    : secret_(options.secret),
      random_(random),
      lookups_(options.path,
               options.vfs,
               Readers::Few{.most = lookups_at_once(), .cache_bytes = lookup_cache_bytes}),
      readers_(options.path, options.vfs) {
    if (writing) {
        writer_ =
            std::make_unique<Writer>(std::move(writing), options.on_fatal ? options.on_fatal : die);
    }
}

Writer& SqliteStore::writer() {
    if (!writer_) {
        throw Error(ErrorCode::Unavailable, "the register was opened for reading only");
    }
    return *writer_;
}

void SqliteStore::probe_write() {
    writer().run([](Connection& db) {
        db.query(
              "INSERT INTO setting (name, value) VALUES ('probe', '1') "
              "ON CONFLICT (name) DO UPDATE SET value = CAST(value AS INTEGER) + 1")
            .run();
    });
}

Store::Counts SqliteStore::counts() const {
    return writer_ ? Counts{writer_->units(), writer_->commits(), writer_->checkpoints()}
                   : Counts{};
}

}  // namespace yinxin::server
