// SPDX-License-Identifier: Apache-2.0
// The QR token: a CWT claims set (RFC 8392) in COSE_Sign1 (RFC 9052), ES256, base64url. Format:
// signer/README.md. Read by verify/token_check, which shares no code with this.
#pragma once

#include <cstdint>
#include <string>

#include "common/bytes.h"
#include "common/ports.h"
#include "keys/private_key.h"

namespace yinxin::signer {

struct TokenClaims {
    std::string code;  ///< 16 symbols; the 10 bytes of it go in
    Time issued_at{};
    std::string type;                    ///< document type
    std::string issuer_code;             ///< organ code
    std::string period_from, period_to;  ///< YYYY-MM, YYYY-MM-DD or empty
    bool has_total = false;
    std::int64_t total_fen = 0;
    int pages = 0;
    std::string masked_name, masked_id;
};

/// No token is longer than this, whatever its facts, when its type has at most 20 characters: a
/// configuration whose public_url leaves less room (limits::qr_text_bytes_max - size of public_url
/// + "/v/" + code + "#") is refused when loaded.
inline constexpr std::size_t fact_token_text_bytes_largest = 203;

/// Never longer than `text_bytes_max` characters: a long masked name is cut to first and last
/// character and its length. Throws Error{Internal} when it cannot be met, Error{Invalid} when the
/// key is not of P-256 or has no certificate.
std::string make_fact_token(const TokenClaims& claims,
                            keys::PrivateKey& key,
                            const std::string& subject,
                            std::size_t text_bytes_max);

}  // namespace yinxin::signer
