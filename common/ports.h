// SPDX-License-Identifier: Apache-2.0
// How time and chance enter: interfaces, so that everything below server is tested without a clock
// or dice.
#pragma once

#include <chrono>

#include "common/bytes.h"

namespace yinxin {

using Time = std::chrono::sys_time<std::chrono::milliseconds>;

/// Any thread.
class Clock {
  public:
    virtual ~Clock() = default;
    virtual Time now() const = 0;
    /// Time that has gone by since some moment; nobody can set it. Of a clock that says nothing
    /// else it is that of now(): one that is never set.
    virtual std::chrono::milliseconds gone_by() const { return now().time_since_epoch(); }
};

/// Cryptographically strong bytes; any thread. The only real one is keys/crypto's, on OpenSSL.
class Random {
  public:
    virtual ~Random() = default;
    virtual Bytes bytes(std::size_t count) = 0;
};

class SystemClock : public Clock {
  public:
    Time now() const override;
    /// Goes on while the machine sleeps.
    std::chrono::milliseconds gone_by() const override;
};

}  // namespace yinxin
