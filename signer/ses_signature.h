// SPDX-License-Identifier: Apache-2.0
// Signatures with a seal of GB/T 38540-2020 (version 4), SM2 with SM3. Byte-exact DER; knows no
// PDF, holds no key.
#pragma once

#include <optional>
#include <string_view>

#include "common/bytes.h"
#include "common/ports.h"

namespace yinxin::signer {

inline constexpr std::uint32_t ses_version = 4;
inline constexpr const char* sm2_with_sm3 = "1.2.156.10197.1.501";

/// DER of TBS_Sign: what the key signs. The seal stands in it byte for byte.
Bytes ses_tbs_sign(ByteView seal, Time time, ByteView data_hash, std::string_view property_info);

/// DER of SES_Signature around the signed bytes as they stand. `time_stamp`: a token (RFC 3161)
/// over the octets of `signature`.
Bytes ses_signature(ByteView tbs_sign,
                    ByteView certificate,
                    ByteView signature,
                    std::optional<ByteView> time_stamp = std::nullopt);

}  // namespace yinxin::signer
