// SPDX-License-Identifier: Apache-2.0
// The digest of bytes that often begin as others did, like documents of one form: a beginning that
// was met before is compared, and the digest goes on from its state behind it. It is the digest of
// all bytes, in a fifth of the time where four fifths are the form's.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "common/bytes.h"
#include "keys/crypto/digest.h"

namespace yinxin::keys {

/// Learns by itself. Keeps at most eight beginnings of at most 64 KiB. Any thread.
class PrefixDigest {
  public:
    explicit PrefixDigest(Digest::Kind kind);
    ~PrefixDigest();
    PrefixDigest(const PrefixDigest&) = delete;
    PrefixDigest& operator=(const PrefixDigest&) = delete;

    /// Of both parts, one behind the other; only beginnings of the first are known.
    Bytes of(ByteView first, ByteView second = {});

  private:
    struct Beginning;
    using BeginningPtr = std::shared_ptr<const Beginning>;

    BeginningPtr longest_in(ByteView data);
    std::size_t worth_keeping(ByteView data, std::size_t known_bytes);
    void keep(BeginningPtr beginning);

    const Digest::Kind kind_;
    std::mutex mutex_;
    std::vector<BeginningPtr> known_;  ///< the latest first
    Bytes last_;                       ///< how data began of which little was known
};

}  // namespace yinxin::keys
