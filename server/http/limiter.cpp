// SPDX-License-Identifier: Apache-2.0
#include "server/http/limiter.h"

#include <Poco/Exception.h>
#include <Poco/Net/IPAddress.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <functional>

#include "common/error.h"

namespace yinxin::server {
namespace {

std::string raw(const Poco::Net::IPAddress& address) {
    std::string bytes(static_cast<const char*>(address.addr()), address.length());
    // ::ffff:a.b.c.d is the IPv4 caller a.b.c.d
    if (bytes.size() == 16 && bytes.starts_with(std::string(10, '\0') + "\xff\xff"))
        return bytes.substr(12);
    return bytes;
}

}  // namespace

struct AddressList::Network {
    std::string prefix;
    unsigned bits;
};

std::string caller_group(const Poco::Net::IPAddress& address) {
    return raw(address).substr(0, 8);
}

AddressList::AddressList(const std::vector<std::string>& texts) {
    for (const auto& text : texts) {
        const auto slash = text.find('/');
        Poco::Net::IPAddress address;
        if (!Poco::Net::IPAddress::tryParse(text.substr(0, slash), address))
            throw Error(ErrorCode::Invalid,
                        "server.trusted_proxies: \"" + text +
                            "\" is not an address or network; write 10.0.0.7 "
                            "or 10.0.0.0/8.");
        Network network{raw(address), 0};
        network.bits = static_cast<unsigned>(network.prefix.size() * 8);
        if (slash != std::string::npos) {
            unsigned bits = 0;
            const char* end = text.data() + text.size();
            const auto parsed = std::from_chars(text.data() + slash + 1, end, bits);
            if (parsed.ec != std::errc() || parsed.ptr != end || bits > network.bits)
                throw Error(ErrorCode::Invalid,
                            "server.trusted_proxies: \"" + text + "\" has no valid prefix length.");
            network.bits = bits;
        }
        networks_.push_back(network);
    }
}

AddressList::~AddressList() = default;

bool AddressList::contains(const Poco::Net::IPAddress& address) const {
    const std::string bytes = raw(address);
    return std::any_of(networks_.begin(), networks_.end(), [&bytes](const Network& network) {
        if (network.prefix.size() != bytes.size())
            return false;
        for (unsigned bit = 0; bit < network.bits; ++bit) {
            const unsigned difference = static_cast<unsigned char>(bytes[bit / 8]) ^
                                        static_cast<unsigned char>(network.prefix[bit / 8]);
            if ((difference >> (7 - bit % 8)) & 1U)
                return false;
        }
        return true;
    });
}

Limiter::Limiter(Rate rate, std::size_t buckets_max)
    : rate_(rate), shard_max_(std::max<std::size_t>(1, buckets_max / 64)) {}

std::optional<int> Limiter::take(const std::string& key, Instant now) {
    Shard& shard = shards_[std::hash<std::string>{}(key) % shards_.size()];
    const std::lock_guard lock(shard.mutex);
    Bucket& bucket = fill(shard, key, now);
    const auto wait = wait_of(bucket);
    if (!wait)
        bucket.tokens -= 1.0;
    return wait;
}

void Limiter::spend(const std::string& key, Instant now, std::size_t tokens) {
    Shard& shard = shards_[std::hash<std::string>{}(key) % shards_.size()];
    const std::lock_guard lock(shard.mutex);
    fill(shard, key, now).tokens -= static_cast<double>(tokens);
}

std::optional<int> Limiter::look(const std::string& key, Instant now) {
    Shard& shard = shards_[std::hash<std::string>{}(key) % shards_.size()];
    const std::lock_guard lock(shard.mutex);
    // An unknown caller gets no bucket by being looked at: its bucket would be full.
    return shard.index.contains(key) ? wait_of(fill(shard, key, now)) : std::nullopt;
}

/// The caller's bucket with what came in since, most recently used from now on.
Limiter::Bucket& Limiter::fill(Shard& shard, const std::string& key, Instant now) const {
    if (const auto found = shard.index.find(key); found != shard.index.end()) {
        shard.buckets.splice(shard.buckets.begin(), shard.buckets, found->second);
    } else {
        if (shard.buckets.size() == shard_max_) {
            shard.index.erase(shard.buckets.back().key);
            shard.buckets.pop_back();
        }
        shard.buckets.push_front({key, static_cast<double>(rate_.burst), now});
        shard.index.emplace(shard.buckets.front().key, shard.buckets.begin());
    }
    Bucket& bucket = shard.buckets.front();
    const std::chrono::duration<double> passed = now - bucket.at;
    bucket.tokens =
        std::min<double>(rate_.burst, bucket.tokens + std::max(0.0, passed.count()) * per_second());
    bucket.at = now;
    return bucket;
}

std::optional<int> Limiter::wait_of(const Bucket& bucket) const {
    if (bucket.tokens >= 1.0)
        return std::nullopt;
    return std::max(1, static_cast<int>(std::ceil((1.0 - bucket.tokens) / per_second())));
}

}  // namespace yinxin::server
