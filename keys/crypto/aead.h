// SPDX-License-Identifier: Apache-2.0
// AES-256-GCM (NIST SP 800-38D): bytes that only the holder of the key can read or change.
#pragma once

#include "common/bytes.h"
#include "common/ports.h"

namespace yinxin::keys {

/// Nonce (12 bytes, from `random`), ciphertext, tag (16 bytes). `context` is bound to it, not kept
/// in it. The key has 32 bytes.
Bytes aead_seal(ByteView key, ByteView context, ByteView plain, Random& random);

/// Throws Error{Malformed} when key or context are not those it was sealed with, or a byte of it
/// changed.
Bytes aead_open(ByteView key, ByteView context, ByteView sealed);

}  // namespace yinxin::keys
