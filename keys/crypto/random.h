// SPDX-License-Identifier: Apache-2.0
// The one real source of chance.
#pragma once

#include "common/ports.h"

namespace yinxin::keys {

/// OpenSSL's generator, seeded by the operating system. Any thread. Throws Error{Internal} when it
/// cannot be seeded.
class OpenSslRandom : public Random {
  public:
    Bytes bytes(std::size_t count) override;
};

}  // namespace yinxin::keys
