// SPDX-License-Identifier: Apache-2.0
#include "keys/crypto/prefix_digest.h"

#include <algorithm>
#include <cstring>

namespace yinxin::keys {
namespace {

constexpr std::size_t kKnownMax = 8;
constexpr std::size_t kBeginningMax = 64u << 10;
/// Beginnings are compared and kept in pieces of this; below a few a digest is as fast.
constexpr std::size_t kPiece = 1024;
constexpr std::size_t kPiecesWorth = 4;

bool begins_with(ByteView data, ByteView beginning) {
    return data.size() >= beginning.size() &&
           std::memcmp(data.data(), beginning.data(), beginning.size()) == 0;
}

/// In whole pieces.
std::size_t shared(ByteView a, ByteView b) {
    const std::size_t most = std::min(a.size(), b.size());
    std::size_t same = 0;
    while (same + kPiece <= most && std::memcmp(a.data() + same, b.data() + same, kPiece) == 0) {
        same += kPiece;
    }
    return same;
}

}  // namespace

struct PrefixDigest::Beginning {
    Bytes bytes;
    Digest behind;
};

PrefixDigest::PrefixDigest(Digest::Kind kind) : kind_(kind) {}
PrefixDigest::~PrefixDigest() = default;

Bytes PrefixDigest::of(ByteView first, ByteView second) {
    const BeginningPtr known = longest_in(first);
    std::size_t done = known == nullptr ? 0 : known->bytes.size();
    Digest digest = known == nullptr ? Digest(kind_) : known->behind.copy();
    if (const std::size_t worth = worth_keeping(first, done); worth != 0) {
        digest.update(first.subspan(done, worth - done));
        keep(std::make_shared<const Beginning>(
            Beginning{to_bytes(first.first(worth)), digest.copy()}));
        done = worth;
    }
    return digest.update(first.subspan(done)).update(second).finish();
}

PrefixDigest::BeginningPtr PrefixDigest::longest_in(ByteView data) {
    std::vector<BeginningPtr> known;
    {
        const std::lock_guard lock(mutex_);
        known = known_;
    }
    BeginningPtr longest;
    for (BeginningPtr& each : known) {
        if ((longest == nullptr || each->bytes.size() > longest->bytes.size()) &&
            begins_with(data, each->bytes)) {
            longest = std::move(each);
        }
    }
    return longest;
}

/// How much of the data is to be kept as a beginning: what they share with others of which as
/// little was known, if that is clearly more; else 0.
std::size_t PrefixDigest::worth_keeping(ByteView data, std::size_t known_bytes) {
    if (known_bytes > data.size() / 2) {
        return 0;
    }
    const ByteView start = data.first(std::min(data.size(), kBeginningMax));
    const std::lock_guard lock(mutex_);
    const std::size_t same = shared(start, last_);
    last_.assign(start.begin(), start.end());
    return same >= known_bytes + kPiecesWorth * kPiece ? same : 0;
}

void PrefixDigest::keep(BeginningPtr beginning) {
    const std::lock_guard lock(mutex_);
    if (known_.size() == kKnownMax) {
        known_.pop_back();
    }
    known_.insert(known_.begin(), std::move(beginning));
}

}  // namespace yinxin::keys
