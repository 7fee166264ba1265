// SPDX-License-Identifier: Apache-2.0
// A document time stamp (ETSI EN 319 142-1, 5.4.3): a revision whose Contents is a TimeStampToken
// over all of the file but itself.
#pragma once

#include <string>

#include "common/bytes.h"
#include "pdf/incremental_update.h"

namespace yinxin::signer {

struct PreparedTimestamp {
    pdf::PreparedRevision revision;
    Bytes imprint;  ///< SHA-256 of the ByteRange bytes
};

/// Reserves the size of a token this TSA gave before + 512. Throws what pdf::append_signature
/// throws.
PreparedTimestamp prepare_timestamp(ByteView pdf, std::size_t token_bytes);
/// Throws Error{TooLarge} when the token does not fit: prepare again with its size.
Bytes complete_timestamp(PreparedTimestamp prepared, ByteView token);

/// The key of a signature's entry in /VRI (ISO 32000-2, 12.8.4.4): SHA-1 of its Contents with the
/// padding, in upper-case hexadecimal. It names; it protects nothing.
std::string vri_key(ByteView padded_contents);

}  // namespace yinxin::signer
