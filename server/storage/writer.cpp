// SPDX-License-Identifier: Apache-2.0
#include "server/storage/writer.h"

#include "common/error.h"
#ifdef YINXIN_DEFECTS
#include "server/storage/defects.h"
#endif

namespace yinxin::server {
namespace {

constexpr std::size_t batch_units_max = 256;
constexpr int checkpoint_from_pages = 1000;

int note_log_pages(void* pages, sqlite3* /*handle*/, const char* /*database*/, int count) noexcept {
    *static_cast<int*>(pages) = count;
    return SQLITE_OK;
}

std::string text_of(const std::exception_ptr& error) {
    try {
        std::rethrow_exception(error);
    } catch (const std::exception& known) {
        return known.what();
    }
}

}  // namespace

Writer::Writer(std::unique_ptr<Connection> connection, OnFatal on_fatal)
    : connection_(std::move(connection)), on_fatal_(std::move(on_fatal)) {
    // Replaces SQLite's automatic checkpoint, whose errors nobody would see.
    sqlite3_wal_hook(connection_->handle(), note_log_pages, &log_pages_);
#ifdef YINXIN_DEFECTS
    if (defects().synchronous_off) {
        connection_->execute("PRAGMA synchronous = OFF");
    }
#endif
    thread_ = std::thread([this] { loop(); });
}

Writer::~Writer() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_all();
    thread_.join();
}

void Writer::Unit::tell() {
    error ? done.set_exception(error) : done.set_value();  // throws for who was told before
    if (waiter != nullptr) {
        waiter->settled();
    }
}

void Writer::submit(std::function<void(Connection&)> work, CommitWaiter* waiter) {
    std::future<void> done;
    {
        const std::lock_guard lock(mutex_);
        if (stopping_ || dead_) {
            throw Error(ErrorCode::Unavailable, "the register is closed");
        }
        Unit& unit = waiting_.emplace_back(Unit{std::move(work), waiter});
        done = unit.done.get_future();
        ++units_;
    }
    wake_.notify_one();
    if (waiter != nullptr) {
        waiter->wait();
    }
    done.get();
}

void Writer::loop() {
    std::deque<Unit> batch;
    for (;;) {
        batch.clear();
        {
            std::unique_lock lock(mutex_);
            wake_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
            if (waiting_.empty()) {
                return;
            }
            while (!waiting_.empty() && batch.size() < batch_units_max) {
                batch.push_back(std::move(waiting_.front()));
                waiting_.pop_front();
            }
            if (dead_) {
                lock.unlock();
                give_up(batch,
                        std::make_exception_ptr(
                            Error(ErrorCode::Unavailable, "the register is closed")));
                continue;
            }
        }
        commit_together(batch);
        if (log_pages_ >= checkpoint_from_pages) {
            checkpoint();
        }
    }
}

void Writer::commit_together(std::deque<Unit>& batch) {
    try {
        connection_->query("BEGIN IMMEDIATE").run();
        for (Unit& unit : batch) {
            run_in_savepoint(unit);
        }
#ifdef YINXIN_DEFECTS
        if (defects().acknowledge_before_commit) {
            for (Unit& unit : batch) {
                unit.tell();
            }
        }
#endif
        connection_->query("COMMIT").run();
        ++commits_;
    } catch (...) {
        const auto error = std::current_exception();
        if (connection_->io_failed()) {
            // After a failed fsync the kernel may have dropped the pages: nothing that is tried
            // later proves anything.
            die(text_of(error));
        } else if (connection_->in_transaction()) {
            sqlite3_exec(connection_->handle(), "ROLLBACK", nullptr, nullptr, nullptr);
        }
        give_up(batch, error);
        return;
    }
#ifdef YINXIN_DEFECTS
    if (defects().acknowledge_before_commit) {
        return;
    }
#endif
    for (Unit& unit : batch) {
        unit.tell();
    }
}

/// What the unit throws stays with the unit, unless it took the whole transaction with it.
void Writer::run_in_savepoint(Unit& unit) {
    connection_->query("SAVEPOINT unit").run();
    try {
        unit.work(*connection_);
    } catch (const Error& error) {
        if (error.code() == ErrorCode::StorageFull || connection_->io_failed() ||
            !connection_->in_transaction()) {
            throw;
        }
        unit.error = std::current_exception();
    } catch (...) {
        unit.error = std::current_exception();
    }
    if (unit.error) {
        connection_->query("ROLLBACK TO unit").run();
    }
    connection_->query("RELEASE unit").run();
}

void Writer::give_up(std::deque<Unit>& batch, const std::exception_ptr& error) {
    for (Unit& unit : batch) {
        try {
            unit.error = error;
            unit.tell();
        } catch (const std::future_error&) {
            // Already told: only a harness with acknowledge_before_commit does that.
        }
    }
}

void Writer::checkpoint() {
    const int code = sqlite3_wal_checkpoint_v2(
        connection_->handle(), nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
    ++checkpoints_;
    log_pages_ = 0;  // the next commit tells how long the log is now
    if ((code & 0xff) == SQLITE_IOERR) {
        die(std::string("register: checkpoint: ") + sqlite3_errmsg(connection_->handle()));
    }
}

void Writer::die(const std::string& what) {
    on_fatal_(what);
    sqlite3_db_config(connection_->handle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    const std::lock_guard lock(mutex_);
    dead_ = true;
}

}  // namespace yinxin::server
