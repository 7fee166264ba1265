// SPDX-License-Identifier: Apache-2.0
// Reads and checks a QR token: strict base64url, strict CBOR (definite lengths, shortest forms, no
// duplicate keys, nothing behind), COSE_Sign1, ES256.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/bytes.h"
#include "common/ports.h"

namespace yinxin::verify {

/// A published token key. `key_id` is the first 8 bytes of SHA-256 over its SubjectPublicKeyInfo.
struct TokenKey {
    Bytes key_id;
    Bytes public_key_spki;  ///< DER
};

struct TokenFacts {
    Bytes key_id;  ///< of the key that signed
    std::string code;
    Time issued_at{};
    std::string type;
    std::string issuer_code;
    std::string period_from, period_to;
    std::optional<std::int64_t> total_fen;
    int pages = 0;
    std::string masked_name, masked_id;
};

/// nullopt: not genuine (malformed, unknown key, bad signature). A value proves "issued with these
/// facts", never "still valid".
std::optional<TokenFacts> check_token(const std::string& token, const std::vector<TokenKey>& keys);

}  // namespace yinxin::verify
