// SPDX-License-Identifier: Apache-2.0
#include "server/storage/readers.h"

namespace yinxin::server {
namespace {

constexpr std::size_t idle_max = 16;

}  // namespace

std::unique_ptr<Connection> open_reader(const std::filesystem::path& path, const std::string& vfs) {
    auto connection = std::make_unique<Connection>(path, SQLITE_OPEN_READONLY, vfs);
    // The writer alone checkpoints; SQLite up to 3.51.2 can lose commits when two connections do.
    sqlite3_db_config(connection->handle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    connection->execute(
        "PRAGMA query_only = ON; PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON");
    return connection;
}

Readers::Lease Readers::take() {
    auto connection = take_idle();
    if (!connection) {
        try {
            connection = open_reader(path_, vfs_);
            if (few_) {
                connection->execute("PRAGMA cache_size = -" +
                                    std::to_string(few_->cache_bytes >> 10U));
            }
        } catch (...) {
            give_back(nullptr);
            throw;
        }
    }
    return {*this, std::move(connection)};
}

/// nullptr: there is none, and another one may be opened.
std::unique_ptr<Connection> Readers::take_idle() {
    std::unique_lock lock(mutex_);
    given_back_.wait(lock, [this] { return !few_ || lent_ < few_->most; });
    ++lent_;
    if (idle_.empty()) {
        return nullptr;
    }
    auto connection = std::move(idle_.back());
    idle_.pop_back();
    return connection;
}

Readers::Lease::~Lease() {
    pool_.give_back(std::move(connection_));
}

void Readers::give_back(std::unique_ptr<Connection> connection) {
    const bool good =
        connection != nullptr && !connection->in_transaction() && !connection->io_failed();
    {
        const std::lock_guard lock(mutex_);
        --lent_;
        if (good && idle_.size() < idle_max) {
            idle_.push_back(std::move(connection));
        }
    }
    if (few_) {
        given_back_.notify_one();
    }
}

}  // namespace yinxin::server
