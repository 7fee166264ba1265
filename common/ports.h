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
};

}  // namespace yinxin
