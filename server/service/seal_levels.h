// SPDX-License-Identifier: Apache-2.0
// Which level a new document is to reach, when, and what it may owe: the policy of [timestamps] in
// yinxin.toml. A TSA that does not answer never stops an issue unless the policy says so.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>

#include "server/levels/raise.h"
#include "server/service/service.h"

namespace yinxin::server {

/// Any thread.
class SealLevels {
  public:
    struct Goal {
        Level wanted = Level::BB;
        bool now = false;       ///< before it is released; else it is owed
        bool required = false;  ///< without it nothing is released
    };
    explicit SealLevels(const ServiceParts& parts) : parts_(parts) {}

    /// A level that is asked for by name is wanted now. Throws Error{Invalid} when it needs a TSA
    /// and this instance has none.
    Goal goal(const Json& options) const;

    // Each for what `goal` wants now, else nothing happens. Throw Error{Unavailable} when it is
    // required and cannot be had.
    /// What to reserve for a time stamp inside the signature; 0: none.
    std::size_t token_bytes(const Goal& goal) const;
    /// The same after a time stamp that was larger than that, as from a TSA not asked before: once
    /// its own size, after that nothing.
    std::size_t token_bytes_after(const Goal& goal, ByteView stamp, int attempts) const;
    /// A time stamp over the signature's octets, or nothing.
    Bytes token(const Goal& goal, ByteView signature) const;
    /// The file at the highest level that can be reached.
    Bytes raise(const Goal& goal, Bytes sealed, bool stamped) const;

  private:
    /// False when it cannot be had now and is owed instead.
    bool had(const Goal& goal, const std::function<void()>& call) const;

    const ServiceParts& parts_;
};

}  // namespace yinxin::server
