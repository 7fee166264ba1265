// SPDX-License-Identifier: Apache-2.0
// Limits per caller: token buckets in a bounded table, and how many connections an address has.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "common/bytes.h"

namespace Poco::Net {
class IPAddress;
}

namespace yinxin::server {

/// The group an address is counted in: IPv4 /32 (also when mapped into IPv6), IPv6 /64.
std::string caller_group(const Poco::Net::IPAddress& address);

/// Addresses and networks ("10.0.0.7", "10.0.0.0/8", "fd00::/8"). Throws Error{Invalid} on anything
/// else.
class AddressList {
  public:
    explicit AddressList(const std::vector<std::string>& texts);
    ~AddressList();
    bool contains(const Poco::Net::IPAddress& address) const;

  private:
    struct Network;
    std::vector<Network> networks_;
};

/// Token buckets by key, sharded by lock. Beyond its size the least recently used bucket goes
/// first; a bucket that is gone starts full again, so a flood of addresses costs memory only up to
/// the bound. Any thread.
class Limiter {
  public:
    using Instant = std::chrono::steady_clock::time_point;
    struct Rate {
        int per_minute;
        int burst;
    };

    explicit Limiter(Rate rate, std::size_t buckets_max = 1u << 18);

    /// Takes one token. nullopt: allowed; else the whole seconds until there is one again.
    std::optional<int> take(const std::string& key, Instant now);
    /// What a request turned out to be worth beside its own token. The bucket may owe afterwards.
    void spend(const std::string& key, Instant now, std::size_t tokens);
    /// What take() would say, without taking.
    std::optional<int> look(const std::string& key, Instant now);

  private:
    struct Bucket {
        std::string key;
        double tokens;
        Instant at;
    };
    struct Shard;
    Bucket& fill(Shard& shard, const std::string& key, Instant now) const;
    std::optional<int> wait_of(const Bucket& bucket) const;
    double per_second() const { return std::max(1, rate_.per_minute) / 60.0; }

    struct Shard {
        std::mutex mutex;
        std::list<Bucket> buckets;  ///< most recently used first
        std::unordered_map<std::string_view, std::list<Bucket>::iterator> index;
    };

    Rate rate_;
    std::size_t shard_max_;
    std::array<Shard, 64> shards_;
};

}  // namespace yinxin::server
