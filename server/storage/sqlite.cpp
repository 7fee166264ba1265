// SPDX-License-Identifier: Apache-2.0
#include "server/storage/sqlite.h"

#include "common/error.h"

namespace yinxin::server {
namespace {

// Shared-memory failures come before anything is written: the transaction is given up, the file is
// as it was.
bool leaves_disk_unknown(int extended_code) {
    if ((extended_code & 0xff) != SQLITE_IOERR) {
        return false;
    }
    switch (extended_code) {
        case SQLITE_IOERR_SHMOPEN:
        case SQLITE_IOERR_SHMSIZE:
        case SQLITE_IOERR_SHMLOCK:
        case SQLITE_IOERR_SHMMAP:
        case SQLITE_IOERR_NOMEM:
            return false;
        default:
            return true;
    }
}

ErrorCode error_code_of(int extended_code) {
    switch (extended_code & 0xff) {
        case SQLITE_FULL:
            return ErrorCode::StorageFull;
        case SQLITE_IOERR:
            return extended_code == SQLITE_IOERR_SHMSIZE ? ErrorCode::StorageFull
                                                         : ErrorCode::Internal;
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
        case SQLITE_CANTOPEN:
        case SQLITE_READONLY:
            return ErrorCode::Unavailable;
        case SQLITE_CONSTRAINT:
            return ErrorCode::Conflict;
        default:
            return ErrorCode::Internal;
    }
}

/// SQLite counts the memory it takes under one lock for all connections, so that readers wait for
/// each other and for the writer; nobody asks for the sum. Has no effect once SQLite was used.
void count_no_memory() {
    [[maybe_unused]] static const int done = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

}  // namespace

Connection::Connection(const std::filesystem::path& path, int flags, const std::string& vfs) {
    count_no_memory();
    sqlite3* raw = nullptr;
    const int code = sqlite3_open_v2(
        path.c_str(), &raw, flags | SQLITE_OPEN_NOMUTEX, vfs.empty() ? nullptr : vfs.c_str());
    handle_.reset(raw);
    if (!handle_) {
        throw Error(ErrorCode::Unavailable, "the register " + path.string() + " cannot be opened");
    }
    sqlite3_extended_result_codes(handle_.get(), 1);
    if (code != SQLITE_OK) {
        fail(code, "open " + path.filename().string());  // callers may be strangers
    }
    sqlite3_busy_timeout(handle_.get(), 10'000);
}

void Connection::fail(int code, std::string_view doing) {
    const int extended = handle_ ? sqlite3_extended_errcode(handle_.get()) : code;
    const int precise = (extended & 0xff) == (code & 0xff) ? extended : code;
    std::string detail = "register: " + std::string(doing) + ": " + sqlite3_errmsg(handle_.get()) +
                         " (SQLite " + std::to_string(precise) + ")";
    if (leaves_disk_unknown(precise)) {
        io_failed_ = true;
    }
    throw Error(error_code_of(precise), detail);
}

void Connection::execute(const std::string& sql) {
    const int code = sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) {
        fail(code, sql.substr(0, 60));
    }
}

Query::Cached& Connection::prepared(std::string_view sql) {
    Query::Cached& cached = cache_[sql];
    if (!cached.handle) {
        sqlite3_stmt* raw = nullptr;
        const int code = sqlite3_prepare_v3(handle_.get(),
                                            sql.data(),
                                            static_cast<int>(sql.size()),
                                            SQLITE_PREPARE_PERSISTENT,
                                            &raw,
                                            nullptr);
        cached.handle.reset(raw);
        if (code != SQLITE_OK) {
            fail(code, sql.substr(0, 60));
        }
    }
    return cached;
}

Query::Query(Connection& connection, Cached& cached) : connection_(connection), cached_(&cached) {
    YINXIN_ASSERT(!cached.busy);
    cached.busy = true;
}

Query::~Query() {
    if (cached_ != nullptr) {
        sqlite3_reset(cached_->handle.get());
        sqlite3_clear_bindings(cached_->handle.get());
        cached_->busy = false;
    }
}

bool Query::step() {
    const int code = sqlite3_step(cached_->handle.get());
    if (code == SQLITE_ROW) {
        return true;
    }
    if (code != SQLITE_DONE) {
        connection_.fail(code, std::string_view(sqlite3_sql(cached_->handle.get())).substr(0, 60));
    }
    return false;
}

int Query::run() {
    while (step()) {
    }
    return sqlite3_changes(connection_.handle());
}

std::int64_t Query::integer(int column) const {
    return sqlite3_column_int64(cached_->handle.get(), column);
}

std::string Query::text(int column) const {
    const auto* data = sqlite3_column_text(cached_->handle.get(), column);
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(cached_->handle.get(), column));
    return data == nullptr ? std::string() : std::string(reinterpret_cast<const char*>(data), size);
}

Bytes Query::blob(int column) const {
    const auto* data =
        static_cast<const std::uint8_t*>(sqlite3_column_blob(cached_->handle.get(), column));
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(cached_->handle.get(), column));
    return data == nullptr ? Bytes() : Bytes(data, data + size);
}

bool Query::is_null(int column) const {
    return sqlite3_column_type(cached_->handle.get(), column) == SQLITE_NULL;
}

std::optional<std::int64_t> Query::integer_or_null(int column) const {
    return is_null(column) ? std::nullopt : std::optional(integer(column));
}

void Query::bind(int index, std::int64_t value) {
    const int code = sqlite3_bind_int64(cached_->handle.get(), index, value);
    if (code != SQLITE_OK) {
        connection_.fail(code, "bind");
    }
}

void Query::bind(int index, std::string_view value) {
    const int code = sqlite3_bind_text64(cached_->handle.get(),
                                         index,
                                         value.empty() ? "" : value.data(),
                                         value.size(),
                                         SQLITE_TRANSIENT,
                                         SQLITE_UTF8);
    if (code != SQLITE_OK) {
        connection_.fail(code, "bind");
    }
}

void Query::bind(int index, ByteView value) {
    const void* data = value.empty() ? static_cast<const void*>("") : value.data();
    const int code =
        sqlite3_bind_blob64(cached_->handle.get(), index, data, value.size(), SQLITE_TRANSIENT);
    if (code != SQLITE_OK) {
        connection_.fail(code, "bind");
    }
}

void Query::bind_null(int index) {
    const int code = sqlite3_bind_null(cached_->handle.get(), index);
    if (code != SQLITE_OK) {
        connection_.fail(code, "bind");
    }
}

}  // namespace yinxin::server
