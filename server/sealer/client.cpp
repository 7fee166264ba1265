// SPDX-License-Identifier: Apache-2.0
#include "server/sealer/client.h"

#include <optional>
#include <utility>

#include "common/error.h"
#include "keys/pki/certificate.h"

namespace yinxin::server {
namespace {

using SteadyClock = std::chrono::steady_clock;
using Milliseconds = std::chrono::milliseconds;
using nlohmann::json;

constexpr std::size_t kIdleMax = 64;

std::string names_of(const json& keys) {
    std::string names;
    for (const json& key : keys) {
        names += (names.empty() ? "" : ", ") + key.at("id").get<std::string>();
    }
    return names.empty() ? "none" : names;
}

std::vector<std::string> arguments(const std::filesystem::path& keys_dir,
                                   const std::filesystem::path& passphrase_file,
                                   const std::vector<std::string>& closed) {
    std::vector<std::string> all{"serve", keys_dir.string(), passphrase_file.string()};
    all.insert(all.end(), closed.begin(), closed.end());
    return all;
}

/// A key that lives in the sealer.
class RemoteKey : public keys::PrivateKey {
  public:
    RemoteKey(SealerClient& sealer,
              std::string id,
              keys::KeyAlgorithm algorithm,
              std::vector<Bytes> chain)
        : sealer_(sealer), id_(std::move(id)), algorithm_(algorithm), chain_(std::move(chain)) {}

    const std::string& id() const override { return id_; }
    keys::KeyAlgorithm algorithm() const override { return algorithm_; }
    const std::vector<Bytes>& chain() const override { return chain_; }

    Bytes sign(const keys::SignOrder& order) override {
        json head{{"verb", "sign"},
                  {"key", id_},
                  {"purpose", keys::to_text(order.purpose)},
                  {"subject", order.subject},
                  {"digest", to_base64url(order.digest)}};
        return sealer_.call({std::move(head), to_bytes(order.message)}).body;
    }
    void check_alive() override { sealer_.call({json{{"verb", "alive"}, {"key", id_}}, {}}); }

  private:
    SealerClient& sealer_;
    const std::string id_;
    const keys::KeyAlgorithm algorithm_;
    const std::vector<Bytes> chain_;
};

}  // namespace

SealerClient::SealerClient(const std::filesystem::path& keys_dir,
                           const std::filesystem::path& passphrase_file,
                           const std::vector<std::string>& closed,
                           Milliseconds deadline)
    : deadline_(deadline),
      keeper_({.program = find_program("yinxin-sealer"),
               .arguments = arguments(keys_dir, passphrase_file, closed)}) {}

void SealerClient::wait_ready() {
    keeper_.wait_ready();
}

bool SealerClient::is_root() {
    return keeper_.wait_ready().at("root");
}

std::unique_ptr<keys::PrivateKey> SealerClient::key(const std::string& id) {
    wait_ready();
    const json keys = call({json{{"verb", "keys"}}, {}}).head.at("keys");
    for (const json& key : keys) {
        if (key.at("id") == id) {
            if (key.contains("why_not")) {
                throw Error(ErrorCode::Unavailable, key.at("why_not").get<std::string>());
            }
            std::vector<Bytes> chain;
            for (const json& certificate : key.at("chain")) {
                chain.push_back(from_base64url(certificate.get<std::string>()));
            }
            return std::make_unique<RemoteKey>(
                *this, id, keys::key_algorithm_from_text(key.at("algorithm")), std::move(chain));
        }
    }
    throw Error(ErrorCode::NotFound,
                "there is no key \"" + id + "\" in keys/; there is: " + names_of(keys));
}

std::unique_ptr<keys::PrivateKey> SealerClient::key(const std::string& id,
                                                    std::vector<Bytes> chain) {
    const auto algorithm = keys::key_algorithm_of(keys::Certificate::from_der(chain.at(0)).spki);
    return std::make_unique<RemoteKey>(*this, id, algorithm, std::move(chain));
}

json SealerClient::counts() {
    return call({json{{"verb", "counts"}}, {}}).head.at("counts");
}

double SealerClient::raw_signing_rate(const std::string& id, Milliseconds span) {
    const json request{{"verb", "measure"}, {"key", id}, {"milliseconds", span.count()}};
    return call({request, {}}, span + deadline_).head.at("per_second");
}

Message SealerClient::call(const Message& request, Milliseconds deadline) {
    const auto end = SteadyClock::now() + deadline;
    Keeper::Connection connection = borrow(deadline);
    std::optional<Message> answer;
    try {
        connection.channel.send(request, deadline);
        answer = connection.channel.receive(deadline);
    } catch (const Error& error) {
        if (error.code() == ErrorCode::TooLarge) {
            throw;
        }
        if (SteadyClock::now() >= end || error.code() == ErrorCode::Malformed) {
            keeper_.replace(connection.generation);
        }
    }
    if (!answer) {
        throw Error(ErrorCode::Unavailable,
                    "the sealer did not answer; it is being restarted, try again");
    }
    give_back(std::move(connection));
    rethrow_if_error(answer->head);
    return std::move(*answer);
}

Keeper::Connection SealerClient::borrow(Milliseconds deadline) {
    const std::uint64_t generation = keeper_.generation();
    {
        const std::lock_guard lock(mutex_);
        while (!idle_.empty()) {
            Keeper::Connection connection = std::move(idle_.back());
            idle_.pop_back();
            if (connection.generation == generation) {
                return connection;
            }
        }
    }
    return keeper_.connect(deadline);
}

void SealerClient::give_back(Keeper::Connection connection) {
    const std::lock_guard lock(mutex_);
    if (idle_.size() < kIdleMax) {
        idle_.push_back(std::move(connection));
    }
}

}  // namespace yinxin::server
