// SPDX-License-Identifier: Apache-2.0
// The curves on whose points signatures of keys that come again are checked here.
#pragma once

#include <openssl/obj_mac.h>

#include "keys/crypto/limbs.h"

namespace yinxin::keys {

/// GB/T 32918.5.
struct Sm2Curve {
    static constexpr int nid = NID_sm2;
    static constexpr Limbs p{
        0xffffffffffffffff, 0xffffffff00000000, 0xffffffffffffffff, 0xfffffffeffffffff};
};

/// NIST SP 800-186, 3.2.1.3.
struct P256Curve {
    static constexpr int nid = NID_X9_62_prime256v1;
    static constexpr Limbs p{
        0xffffffffffffffff, 0x00000000ffffffff, 0x0000000000000000, 0xffffffff00000001};
};

}  // namespace yinxin::keys
