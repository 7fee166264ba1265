// SPDX-License-Identifier: Apache-2.0
// The digest of bytes that often begin as others did, like documents of one form: a beginning that
// was met before is compared, and the digest goes on from its state behind it. It is the digest of
// all bytes, in half the time where half of them are the form's.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "common/bytes.h"
#include "keys/crypto/digest.h"

namespace yinxin::keys {

/// Learns by itself: a beginning is what two that were asked for one after the other share. Any
/// thread.
class PrefixDigest {
  public:
    /// Beginnings that are kept, of at most `beginning_bytes_max` each; the one not met for longest
    /// makes room. As much of the last bytes of which little was known is kept, too.
    static constexpr std::size_t beginnings_max = 8;
    static constexpr std::size_t beginning_bytes_max = 64u << 10;

    explicit PrefixDigest(Digest::Kind kind);
    ~PrefixDigest();
    PrefixDigest(const PrefixDigest&) = delete;
    PrefixDigest& operator=(const PrefixDigest&) = delete;

    /// Of both parts, one behind the other; only beginnings of the first are known.
    Bytes of(ByteView first, ByteView second = {});

    /// How long the beginnings are that are kept, that of the latest use first.
    std::vector<std::size_t> known() const;

  private:
    struct Beginning;
    using BeginningPtr = std::shared_ptr<const Beginning>;

    BeginningPtr longest_in(ByteView data);
    std::size_t worth_keeping(ByteView data, std::size_t known_bytes);
    void keep(BeginningPtr beginning);

    const Digest::Kind kind_;
    mutable std::mutex mutex_;
    std::vector<BeginningPtr> known_;  ///< that of the latest use first
    Bytes last_;                       ///< how the data before began of which little was known
};

}  // namespace yinxin::keys
