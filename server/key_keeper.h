// SPDX-License-Identifier: Apache-2.0
// Changes which keys are used, in an instance that may be serving: made, certified, put in
// another's place, retired, compromised.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "common/ports.h"
#include "server/config/config.h"
#include "server/key_set.h"
#include "server/seal_records.h"
#include "server/sealer/client.h"
#include "server/storage/store.h"

namespace yinxin::server {

using Json = nlohmann::json;

/// The local operator's use cases, here or at a running server. Each answers JSON for machines.
struct KeyUses {
    /// Every key: id, use, state, certificate, days left.
    std::function<Json()> list;
    /// generate, csr, import, token: orders of sealer/make.h without the places.
    std::function<Json(const Json& order)> make;
    /// `use` is "seal", "token" or "ses".
    std::function<Json(const std::string& id, const std::string& use)> rotate;
    std::function<Json(const std::string& id, const std::string& reason)> retire;
    /// Again for a compromised key: the list of what it signed, as it is now.
    std::function<Json(const std::string& id, const std::string& reason)> compromise;
    std::function<Json(const std::string& id)> retry_pin;
};

/// References outlive it.
struct KeyKeeperParts {
    const Config& config;
    Store& store;
    const Clock& clock;
    SealRecords& seals;
    /// Makes `change`, after which the register tells these changes, and has the keys used that
    /// follow from them, in a running server while nothing is being issued. The sealer holds them;
    /// nullptr: another one is started, which does.
    std::function<void(const std::vector<KeyChange>& changes,
                       std::shared_ptr<SealerClient> sealer,
                       const std::function<void()>& change)>
        put_in_use;
};

/// Any thread; one change at a time.
class KeyKeeper {
  public:
    explicit KeyKeeper(KeyKeeperParts parts) : parts_(std::move(parts)) {}

    Json list();
    /// A chain (PEM) must pass the preflight; of a key in use it is used from then on, by a running
    /// server too, and seals that do not list it are replaced first, as by rotate().
    Json make(Json order);
    /// The key must pass the preflight. Seals that its certificate may not use are replaced by
    /// others like them. Documents under way end with the key they began with.
    Json rotate(const std::string& id, const std::string& use);
    /// Refused for a key in use: rotate first.
    Json retire(const std::string& id, const std::string& reason);
    /// Before it returns nothing more is issued with it, whoever asks.
    Json compromise(const std::string& id, const std::string& reason);
    /// Offers the PIN of a key in a token once more, refused or not. Throws what comes of it.
    Json retry_pin(const std::string& id);
    KeyUses uses();

  private:
    Json ask_maker(Json order);
    void check_known(const std::string& id);
    Json import_chain(const std::string& id,
                      const std::vector<Bytes>& chain,
                      const std::function<Json()>& install);
    std::map<std::string, std::string> seals_for(const KeysInUse& used,
                                                 const std::string& id,
                                                 const Bytes& certificate);

    const KeyKeeperParts parts_;
    std::mutex mutex_;
};

}  // namespace yinxin::server
