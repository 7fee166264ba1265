// SPDX-License-Identifier: Apache-2.0
// The composition root: everything one instance needs, put together. Nothing else makes a Store, a
// sealer or a Service.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/ports.h"
#include "server/api/use_cases.h"
#include "server/config/config.h"
#include "server/key_keeper.h"
#include "server/key_set.h"
#include "server/live_service.h"
#include "server/metrics.h"
#include "server/seal_records.h"
#include "server/sealer/client.h"
#include "server/service/service.h"
#include "server/storage/store.h"

namespace yinxin::server {

/// The right to write to an instance: flock on DIR/run/lock, which holds the process id of its
/// owner.
class InstanceLock {
  public:
    /// nullopt: somebody else has it. Throws Error{Unavailable} when the file cannot be opened.
    static std::optional<InstanceLock> try_take(const std::filesystem::path& file);
    /// The process that has it, as text; "" when unknown.
    static std::string owner(const std::filesystem::path& file);
    ~InstanceLock();
    InstanceLock(InstanceLock&& other) noexcept;
    InstanceLock& operator=(InstanceLock&&) = delete;

  private:
    explicit InstanceLock(int fd) : fd_(fd) {}
    int fd_;
};

/// Shipped forms first, then [forms] folders, then DIR/forms. Without an instance the shipped ones.
std::vector<std::filesystem::path> form_roots(const Config* config);
StoreOptions store_options(const Config& config);

/// The caller holds the lock. Any thread may use what it gives out.
class App {
  public:
    explicit App(Config config);
    ~App();

    const Config& config() const;
    /// Of now: for who changes no key meanwhile.
    Service& service();
    LiveService& live();
    KeyKeeper& keeper();
    Store& store();
    SealerClient& sealer();
    pdf::FormLibrary& forms();
    ApiKeys& api_keys();
    SealRecords& seals();
    Random& random();
    const Clock& clock() const;
    Metrics metrics();  ///< for /metrics

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

/// What is given outlives the result.
SealUseCases seal_use_cases(SealRecords& seals);

/// The use cases of an instance, by a running server or, when there is none, by itself under the
/// lock.
struct Session {
    UseCases use;
    SealUseCases seals;
    bool by_server = false;
    std::shared_ptr<void> keeps;  ///< what `use` stands on
};
/// Called once with the process id of another command that has the lock.
using Waiting = std::function<void(const std::string& owner)>;
/// Waits while another command has the lock. Throws Error{Unavailable} after `patience`.
Session open_session(const Config& config,
                     const Waiting& waiting,
                     std::chrono::seconds patience = std::chrono::seconds(60));

/// The same for the instance's own keys.
struct SigningKeySession {
    KeyUses use;
    std::shared_ptr<void> keeps;
};
SigningKeySession open_signing_key_session(
    const Config& config,
    const Waiting& waiting,
    std::chrono::seconds patience = std::chrono::seconds(60));

/// The same for the keys of callers: needs the register only, so it works before the instance can
/// issue.
struct KeySession {
    KeyUseCases use;
    std::shared_ptr<void> keeps;
};
KeySession open_key_session(const Config& config,
                            const Waiting& waiting,
                            std::chrono::seconds patience = std::chrono::seconds(60));

}  // namespace yinxin::server
