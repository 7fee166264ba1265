// SPDX-License-Identifier: Apache-2.0
// Asking a TSA for a time stamp (RFC 3161): the request, and the token out of the answer. No
// network, and no judgement: whether a token is good is for verify/timestamp_check to say.
#pragma once

#include "common/bytes.h"

namespace yinxin::signer {

inline constexpr const char* timestamp_query_type = "application/timestamp-query";
inline constexpr const char* timestamp_reply_type = "application/timestamp-reply";

/// DER TimeStampReq: a SHA-256 imprint, a nonce, certReq TRUE (2.4.1). The nonce is a positive
/// number in as few bytes as it needs: its first byte is 0x01 ... 0x7F.
Bytes timestamp_request(ByteView imprint, ByteView nonce);

/// The TimeStampToken of a TimeStampResp, its bytes as they stand (2.4.2). Throws Error{Refused}
/// with the TSA's own words when the status is not granted, Error{Malformed} when it is no answer.
Bytes timestamp_token(ByteView response);

}  // namespace yinxin::signer
