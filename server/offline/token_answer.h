// SPDX-License-Identifier: Apache-2.0
// What can be said of a document by its QR alone, with the published keys and no network: that it
// was issued with these facts. Never that it is still valid.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "common/bytes.h"
#include "common/ports.h"
#include "verify/token_check.h"

namespace yinxin::server {

/// A token key as /.well-known/jwks.json publishes it. `chain`: DER, the key's certificate first.
struct PublishedKey {
    verify::TokenKey key;
    std::vector<Bytes> chain;
};

/// A JSON Web Key Set (RFC 7517) of EC keys on P-256, each with its chain (x5c); entries of another
/// kind are passed over. Throws Error{Malformed} when it is none, when a key is not the one of its
/// certificate, or when no key is left.
std::vector<PublishedKey> read_key_set(const nlohmann::json& key_set);

/// `text`: what the QR says (PUBLIC_URL/v/CODE#TOKEN), or the token alone. Answers
/// {"outcome": "not_verified", "integrity": "not_checked", "status": "unknown", "token":
/// "genuine"|"not_genuine", "why"?, "issuer", "document"?, "facts"?, "checked_at"}. The key counts
/// by its certificate at the time of issue; `anchors` (DER) say who may issue: without any the
/// issuer's trust is unknown. Throws Error{Malformed} for a text that holds no token.
nlohmann::json answer_offline(const std::string& text,
                              const std::vector<PublishedKey>& keys,
                              const std::vector<Bytes>& anchors,
                              Time now);

}  // namespace yinxin::server
