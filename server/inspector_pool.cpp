// SPDX-License-Identifier: Apache-2.0
#include "server/inspector_pool.h"

#include <optional>
#include <utility>

#include "common/error.h"
#include "common/time_text.h"

namespace yinxin::server {
namespace {

using SteadyClock = std::chrono::steady_clock;
using nlohmann::json;

json list_of(const std::vector<Bytes>& items) {
    auto list = json::array();
    for (const Bytes& item : items) {
        list.push_back(to_base64url(item));
    }
    return list;
}

/// A file that took its reader with it: nothing is known about it, and that is what is said.
verify::DocumentReport not_checked(bool too_slow) {
    verify::DocumentReport report;
    report.integrity = verify::Integrity::NotChecked;
    report.findings.push_back({verify::Finding::Weight::Fault,
                               too_slow ? "inspection_timeout" : "inspection_failed",
                               too_slow ? "reading the file took longer than allowed"
                                        : "the file ended the process that was reading it"});
    return report;
}

}  // namespace

struct InspectorPool::Worker {
    explicit Worker(const std::filesystem::path& program)
        : keeper({.program = program, .arguments = {}}) {}
    Keeper keeper;
    std::optional<Keeper::Connection> connection;

    Channel& channel() {
        if (!connection || connection->generation != keeper.generation()) {
            connection = keeper.connect(std::chrono::seconds(2));
        }
        return connection->channel;
    }
    /// nullopt: it died, or did not answer in time.
    std::optional<Message> ask(const Message& request, std::chrono::milliseconds deadline) {
        Channel& open = channel();
        try {
            open.send(request, deadline);
            return open.receive(deadline);
        } catch (const Error& error) {
            if (error.code() == ErrorCode::TooLarge) {
                throw;
            }
            return std::nullopt;
        }
    }
    /// The child is of no more use; the next request gets a fresh one.
    void discard() {
        keeper.replace(connection->generation);
        connection.reset();
    }
};

class InspectorPool::Borrowed {
  public:
    explicit Borrowed(InspectorPool& pool) : pool_(pool), worker_(pool.borrow()) {}
    ~Borrowed() { pool_.give_back(worker_); }
    Borrowed(const Borrowed&) = delete;
    Borrowed& operator=(const Borrowed&) = delete;
    Worker* operator->() { return &worker_; }

  private:
    InspectorPool& pool_;
    Worker& worker_;
};

InspectorPool::InspectorPool(InspectorOptions options, const Clock& clock)
    : options_(std::move(options)), clock_(clock) {
    for (int i = 0; i < options_.children; ++i) {
        idle_.push_back(workers_.emplace_back(std::make_unique<Worker>(options_.program)).get());
    }
}

InspectorPool::~InspectorPool() = default;

InspectorPool::Worker& InspectorPool::borrow() {
    std::unique_lock lock(mutex_);
    if (!returned_.wait_for(lock, options_.deadline, [this] { return !idle_.empty(); })) {
        throw Error(ErrorCode::Unavailable, "all inspectors are busy; try again");
    }
    Worker* worker = idle_.back();
    idle_.pop_back();
    return *worker;
}

void InspectorPool::give_back(Worker& worker) {
    const std::lock_guard lock(mutex_);
    idle_.push_back(&worker);
    returned_.notify_one();
}

verify::DocumentReport InspectorPool::inspect(ByteView file) {
    const Message request{{{"verb", "inspect"},
                           {"now", to_rfc3339(clock_.now())},
                           {"anchors", list_of(options_.anchors)},
                           {"own", list_of(options_.own_certificate_sha256)}},
                          to_bytes(file)};
    const auto end = SteadyClock::now() + options_.deadline;
    Borrowed worker(*this);
    // A child may have died of something else a moment ago; a file that takes two with it is the
    // reason.
    for (int attempt = 0; attempt < 2; ++attempt) {
        if (const auto answer = worker->ask(request, options_.deadline)) {
            try {
                rethrow_if_error(answer->head);
                return verify::report_from_json(answer->head);
            } catch (const Error&) {  // whatever reads hostile files may have been taken over
                worker->discard();
                return not_checked(false);
            }
        }
        worker->discard();
        if (SteadyClock::now() >= end) {
            return not_checked(true);
        }
    }
    return not_checked(false);
}

}  // namespace yinxin::server
