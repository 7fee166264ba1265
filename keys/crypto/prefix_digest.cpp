// SPDX-License-Identifier: Apache-2.0
#include "keys/crypto/prefix_digest.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace yinxin::keys {
namespace {

/// Beginnings are compared and kept in pieces of this: so much, at most, of what is shared is
/// digested again. Below kPiecesWorth of them a digest is as fast.
constexpr std::size_t kPiece = 256;
constexpr std::size_t kPiecesWorth = 16;

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

std::vector<std::size_t> PrefixDigest::known() const {
    const std::lock_guard lock(mutex_);
    std::vector<std::size_t> lengths;
    for (const BeginningPtr& each : known_) {
        lengths.push_back(each->bytes.size());
    }
    return lengths;
}

PrefixDigest::BeginningPtr PrefixDigest::longest_in(ByteView data) {
    std::vector<BeginningPtr> known;
    {
        const std::lock_guard lock(mutex_);
        known = known_;
    }
    BeginningPtr longest;
    for (const BeginningPtr& each : known) {
        if ((longest == nullptr || each->bytes.size() > longest->bytes.size()) &&
            begins_with(data, each->bytes)) {
            longest = each;
        }
    }
    if (longest != nullptr && longest != known.front()) {
        const std::lock_guard lock(mutex_);
        const auto used = std::find(known_.begin(), known_.end(), longest);
        if (used != known_.end()) {
            std::rotate(known_.begin(), used, used + 1);
        }
    }
    return longest;
}

/// How much of the data is to be kept as a beginning: what they share with the last of which as
/// little was known, where that is clearly more; else 0. Not all of them: what is asked for twice
/// is the same document, not its form.
std::size_t PrefixDigest::worth_keeping(ByteView data, std::size_t known_bytes) {
    const ByteView start = data.first(std::min(data.size(), beginning_bytes_max));
    const std::size_t least = known_bytes + kPiecesWorth * kPiece;
    if (known_bytes >= data.size() / 3 || least > start.size()) {
        return 0;
    }
    const std::lock_guard lock(mutex_);
    const std::size_t same = shared(start, last_);
    if (same + kPiece > data.size()) {
        return 0;
    }
    last_.assign(start.begin(), start.end());
    return same >= least ? same : 0;
}

void PrefixDigest::keep(BeginningPtr beginning) {
    BeginningPtr dropped;  // ends after the lock: it is much to free
    const std::lock_guard lock(mutex_);
    const auto same = [&](const BeginningPtr& each) { return each->bytes == beginning->bytes; };
    if (std::any_of(known_.begin(), known_.end(), same)) {
        return;
    }
    if (known_.size() == beginnings_max) {
        dropped = std::exchange(known_.back(), nullptr);
        known_.pop_back();
    }
    known_.insert(known_.begin(), std::move(beginning));
}

}  // namespace yinxin::keys
