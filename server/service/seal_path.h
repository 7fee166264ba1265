// SPDX-License-Identifier: Apache-2.0
// Whether the seal key's certificate may seal: it leads to a trust anchor (RFC 5280, 6) and its
// usage allows it. Asked before a number is taken.
#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "common/bytes.h"
#include "common/ports.h"
#include "keys/pki/seal_record.h"

namespace yinxin::server {

/// Any thread.
class SealPath {
  public:
    /// `key` is its name, for the words.
    SealPath(std::string key, std::vector<Bytes> chain, std::vector<Bytes> anchors);

    /// Throws Error{Unavailable} naming the certificate that is not valid at this time, or why
    /// there is no path. A path is built once and holds for as long as all of its certificates do.
    void check(Time at);
    /// The same, and that the seal of this record is valid then and lists the certificate.
    void check(const keys::SealRecord& seal, Time at);
    /// The same, and that the certificate is still good now, when a number that waited is sealed.
    void check(const keys::SealRecord& seal, Time at, Time now);

  private:
    void find(Time at);

    const std::string key_;
    const std::vector<Bytes> chain_, anchors_;
    std::mutex mutex_;
    Time from_ = Time::max(), to_ = Time::min();  ///< of the path found last
};

}  // namespace yinxin::server
