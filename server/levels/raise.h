// SPDX-License-Identifier: Apache-2.0
// Takes a sealed file to a higher PAdES level (ETSI EN 319 142-1, 6): time stamps and validation
// data are appended, what was there stays an exact prefix.
#pragma once

#include <string>
#include <vector>

#include "common/bytes.h"
#include "common/ports.h"
#include "server/levels/revocations.h"
#include "server/levels/timestamps.h"

namespace yinxin::server {

/// In ascending order; each includes the ones before.
enum class Level { BB, BT, BLT, BLTA };
std::string to_text(Level level);                ///< "B-B", "B-T", "B-LT", "B-LTA"
Level level_from_text(const std::string& text);  ///< Error{Invalid} naming the four words

/// Any thread.
class LevelRaiser {
  public:
    struct Parts {
        Timestamps& timestamps;
        Revocations& revocations;
        const std::vector<Bytes>& anchors;  ///< DER
        const Clock& clock;
    };
    explicit LevelRaiser(Parts parts) : parts_(parts) {}

    /// `sealed` is at level `has`; comes back at level `wanted`. The same level again for B-LTA: a
    /// renewal, with validation data for the last time stamp and a new one over all. Throws
    /// Error{Unavailable} when a TSA or a responder does not answer, Error{Refused} when a
    /// certificate is revoked or the file cannot be extended.
    Bytes raise(const Bytes& sealed, Level has, Level wanted) const;

  private:
    Bytes stamped(const Bytes& file) const;
    Bytes with_evidence(const Bytes& file) const;

    Parts parts_;
};

}  // namespace yinxin::server
