// SPDX-License-Identifier: Apache-2.0
// A document time stamp (ETSI EN 319 142-1, 5.4.3): a revision whose Contents is a TimeStampToken
// over all of the file but itself.
#pragma once

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

}  // namespace yinxin::signer
