// SPDX-License-Identifier: Apache-2.0
// SQLite's C handles as owners: a connection with its prepared statements. One thread at a time.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "common/bytes.h"

namespace yinxin::server {

struct SqliteDeleter {
    void operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }
    void operator()(sqlite3_stmt* handle) const { sqlite3_finalize(handle); }
};

class Connection;

/// A prepared statement on loan from its connection, bound and at its start; reset when it goes out
/// of scope.
class Query {
  public:
    ~Query();
    Query(Query&& other) noexcept
        : connection_(other.connection_), cached_(std::exchange(other.cached_, nullptr)) {}
    Query& operator=(Query&&) = delete;

    bool step();  ///< whether there is a row
    /// To the end; how many rows it changed.
    int run();

    std::int64_t integer(int column) const;
    std::string text(int column) const;
    Bytes blob(int column) const;
    bool is_null(int column) const;
    std::optional<std::int64_t> integer_or_null(int column) const;

  private:
    friend class Connection;
    struct Cached {
        std::unique_ptr<sqlite3_stmt, SqliteDeleter> handle;
        bool busy = false;
    };
    Query(Connection& connection, Cached& cached);

    void bind(int index, std::int64_t value);
    void bind(int index, int value) { bind(index, static_cast<std::int64_t>(value)); }
    void bind(int index, bool value) { bind(index, static_cast<std::int64_t>(value)); }
    void bind(int index, std::string_view value);
    void bind(int index, const std::string& value) { bind(index, std::string_view(value)); }
    void bind(int index, const char* value) { bind(index, std::string_view(value)); }
    void bind(int index, ByteView value);
    void bind(int index, const Bytes& value) { bind(index, ByteView(value)); }
    void bind_null(int index);
    template <typename T>
    void bind(int index, const std::optional<T>& value) {
        if (value) {
            bind(index, *value);
        } else {
            bind_null(index);
        }
    }

    Connection& connection_;
    Cached* cached_;  ///< nullptr: moved from
};

class Connection {
  public:
    /// `flags` as sqlite3_open_v2 takes them. Every failure is an Error: StorageFull (no room),
    /// Unavailable (busy or cannot open), Conflict (a constraint), Internal (all else).
    Connection(const std::filesystem::path& path, int flags, const std::string& vfs);

    template <typename... Values>
    Query query(std::string_view sql, const Values&... values) {
        Query query(*this, prepared(sql));
        int index = 0;
        (query.bind(++index, values), ...);
        return query;
    }
    /// One or more statements without values.
    void execute(const std::string& sql);

    sqlite3* handle() { return handle_.get(); }
    bool in_transaction() const { return sqlite3_get_autocommit(handle_.get()) == 0; }
    /// Whether a write, a sync or a read failed since the connection was opened: what is on the
    /// disk is not known any more.
    bool io_failed() const { return io_failed_; }
    [[noreturn]] void fail(int code, std::string_view doing);

  private:
    Query::Cached& prepared(std::string_view sql);

    /// Literals: the address tells most of them apart, and is hashed faster than the text.
    struct ByAddress {
        std::size_t operator()(std::string_view sql) const {
            return std::hash<const char*>{}(sql.data());
        }
    };

    std::unique_ptr<sqlite3, SqliteDeleter> handle_;
    std::unordered_map<std::string_view, Query::Cached, ByAddress>
        cache_;  ///< keyed by literals; closed before the handle
    bool io_failed_ = false;
};

}  // namespace yinxin::server
