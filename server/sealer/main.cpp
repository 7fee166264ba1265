// SPDX-License-Identifier: Apache-2.0
// yinxin-sealer: the process that holds the private keys. It listens nowhere: connections come
// through its door (descriptor 3), handed over by the parent that started it.
//   yinxin-sealer serve KEYS_DIR PASSPHRASE_FILE [CLOSED...]
//                                                   signs until the door closes, but by no key that
//                                                   is named CLOSED: those it does not open
//   yinxin-sealer maker                             signs one seal record by the seal maker's key
//   yinxin-sealer make                              makes keys: one order at the door
#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "common/error.h"
#include "keys/key_store.h"
#include "keys/operation_counter.h"
#include "keys/signing_rate.h"
#include "keys/token_key.h"
#include "server/ipc/channel.h"
#include "server/sealer/make.h"
#include "server/sealer/powers.h"

namespace {

using namespace yinxin;
using nlohmann::json;
using server::Channel;
using server::Message;

constexpr int kDoor = 3;
constexpr int kConnectionsMax = 256;

// ---- what it holds

/// A key, and how often it has signed since the start.
struct Held {
    std::unique_ptr<keys::PrivateKey> key;  ///< nullptr: it signs nothing
    std::string why_not;
    std::map<keys::KeyPurpose, std::uint64_t> operations;
};

/// Any thread.
class Vault {
  public:
    Vault(const std::filesystem::path& folder,
          const std::string& passphrase_file,
          const std::set<std::string>& closed)
        : counter_(folder / "operations") {
        const keys::KeyStore store(folder, keys::read_passphrase(passphrase_file));
        for (const std::string& id : store.ids()) {
            if (closed.contains(id)) {
                held_[id].why_not =
                    "the key " + id + " is retired or compromised: it signs nothing more";
            } else if (store.in_token(id)) {
                hold_in_token(store, id);
            } else {
                held_[id].key = store.open(id);
            }
            counter_.add_key(id);
        }
    }

    const server::NeedsOfModules& needs() const { return needs_; }

    /// Loads their modules, which is done without the powers that were given up.
    void open_tokens() {
        for (keys::TokenKey* key : in_tokens_) {
            key->try_to_open();
        }
    }

    keys::PrivateKey& find(const json& request) { return *held(request).key; }

    Bytes sign(const json& request, const keys::SignOrder& order) {
        Held& with = held(request);
        Bytes signature = with.key->sign(order);
        counter_.count(with.key->id(), order.purpose);
        const std::lock_guard lock(mutex_);
        ++with.operations[order.purpose];
        return signature;
    }

    json describe() const {
        auto list = json::array();
        for (const auto& [id, held] : held_) {
            list.push_back(describe(id, held));
        }
        return {{"keys", list}};
    }

    /// At the end: threads may still use all else.
    void keep_counts() { counter_.close(); }

    json counts() const {
        auto counts = json::object();
        const std::lock_guard lock(mutex_);
        for (const auto& [id, held] : held_) {
            auto& of_key = counts[id] = json::object();
            for (const auto& [purpose, operations] : held.operations) {
                of_key[to_text(purpose)] = operations;
            }
        }
        return counts;
    }

  private:
    /// What is wrong with one token keeps no other key from signing.
    void hold_in_token(const keys::KeyStore& store, const std::string& id) {
        try {
            auto key = store.in_its_token(id);
            needs_.files = true;
            needs_.network = needs_.network || key->needs_network();
            in_tokens_.push_back(key.get());
            held_[id].key = std::move(key);
        } catch (const Error& error) {
            held_[id].why_not = "the key " + id + ": " + error.what();
        }
    }

    static json describe(const std::string& id, const Held& held) {
        if (held.key == nullptr) {
            return {{"id", id}, {"why_not", held.why_not}};
        }
        auto chain = json::array();
        for (const Bytes& certificate : held.key->chain()) {
            chain.push_back(to_base64url(certificate));
        }
        try {
            return {{"id", id}, {"algorithm", to_text(held.key->algorithm())}, {"chain", chain}};
        } catch (const Error& error) {  // a token that is away, and no certificate yet
            return {{"id", id}, {"why_not", error.what()}};
        }
    }

    Held& held(const json& request) {
        const auto found = held_.find(request.at("key").get<std::string>());
        if (found == held_.end()) {
            throw Error(ErrorCode::NotFound, "the sealer has no such key");
        }
        if (found->second.key == nullptr) {
            throw Error(ErrorCode::Unavailable, found->second.why_not);
        }
        return found->second;
    }

    keys::OperationCounter counter_;
    server::NeedsOfModules needs_;
    std::map<std::string, Held> held_;
    std::vector<keys::TokenKey*> in_tokens_;  ///< of those held
    mutable std::mutex mutex_;                ///< of the operations
};

// ---- answering

Message sign(Vault& vault, const Message& request) {
    const Bytes digest = from_base64url(request.head.at("digest").get<std::string>());
    keys::SignOrder order;
    order.purpose = keys::key_purpose_from_text(request.head.at("purpose"));
    order.subject = request.head.at("subject").get<std::string>();
    order.digest = digest;
    order.message = request.body;
    return {json::object(), vault.sign(request.head, order)};
}

json measure(Vault& vault, const json& request) {
    const std::chrono::milliseconds span(request.at("milliseconds").get<int>());
    const auto* key = dynamic_cast<const keys::SoftwareKey*>(&vault.find(request));
    if (key == nullptr) {
        throw Error(ErrorCode::Refused, "only a key in memory is measured");
    }
    return {{"per_second", keys::raw_signing_rate(*key, span)}};
}

Message answer(Vault& vault, const Message& request) {
    const std::string verb = request.head.value("verb", "");
    if (verb == "sign") {
        return sign(vault, request);
    }
    if (verb == "keys") {
        return {vault.describe(), {}};
    }
    if (verb == "alive") {
        vault.find(request.head).check_alive();
        return {json::object(), {}};
    }
    if (verb == "counts") {
        return {{{"counts", vault.counts()}}, {}};
    }
    if (verb == "measure") {
        return {measure(vault, request.head), {}};
    }
    throw Error(ErrorCode::NotFound, "the sealer does not know this verb");
}

void converse(Channel channel, Vault& vault) {
    try {
        while (const auto request = channel.receive()) {
            Message reply;
            try {
                reply = answer(vault, *request);
            } catch (const json::exception&) {
                reply.head = server::error_to_json(
                    Error(ErrorCode::Malformed, "a request that is not as agreed"));
            } catch (const std::exception& error) {
                reply.head = server::error_to_json(error);
            }
            channel.send(reply, std::chrono::seconds(5));
        }
    } catch (const Error&) {  // the other side is gone or talks nonsense: this connection is over
    }
}

int serve(const std::string& folder,
          const std::string& passphrase_file,
          const std::set<std::string>& closed) {
    Channel door(kDoor);
    const uid_t parent = ::geteuid();
    std::optional<Vault> vault;
    auto user = server::BecameUser::Own;
    try {
        vault.emplace(folder, passphrase_file, closed);
        user = server::give_up_powers(vault->needs());
        vault->open_tokens();
    } catch (const std::exception& error) {
        door.send({server::error_to_json(error), {}});
        return 1;
    }
    json hello = vault->describe();
    hello["root"] = user == server::BecameUser::Root;
    door.send({hello, {}});
    std::atomic<int> connections{0};
    while (auto channel = door.take()) {
        if (!channel->peer_is(parent) || connections >= kConnectionsMax) {
            continue;
        }
        ++connections;
        std::thread([&vault, &connections, taken = std::move(*channel)]() mutable {
            converse(std::move(taken), *vault);
            --connections;
        }).detach();
    }
    vault->keep_counts();
    std::_Exit(0);  // threads may still be in a signature nobody waits for
}

/// One order at the door, one answer.
int answer_one(json (*work)(const json&)) {
    Channel door(kDoor);
    const auto request = door.receive();
    if (!request) {
        return 2;
    }
    Message reply;
    try {
        reply.head = work(request->head);
    } catch (const std::exception& error) {
        reply.head = server::error_to_json(error);
    }
    door.send(reply);
    return reply.head.contains("error") ? 1 : 0;
}

}  // namespace

int main(int argc, char** argv) {
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    const bool serves = arguments.size() >= 3 && arguments[0] == "serve";
    const bool makes = arguments.size() == 1 && arguments[0] == "make";
    const bool maker = arguments.size() == 1 && arguments[0] == "maker";
    if ((!serves && !makes && !maker) || ::fcntl(kDoor, F_GETFD) < 0) {
        std::fputs("yinxin-sealer is started by yinxin\n", stderr);
        return 2;
    }
    try {
        server::keep_memory_private();
        if (maker) {
            return answer_one(server::make_record);
        }
        return serves ? serve(arguments[1],
                              arguments[2],
                              std::set(arguments.begin() + 3, arguments.end()))
                      : answer_one(server::make);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "yinxin-sealer: %s\n", error.what());
        return 1;
    }
}
