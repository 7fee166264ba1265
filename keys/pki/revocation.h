// SPDX-License-Identifier: Apache-2.0
// Whether a certificate was revoked: what to ask (OCSP, RFC 6960; CRL, RFC 5280, 5) and what an
// answer proves. No network, and no policy about how old an answer may be.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/bytes.h"
#include "common/ports.h"

namespace yinxin::keys {

/// Addresses a certificate names (RFC 5280, 4.2.2.1 and 4.2.1.13); http and https only.
struct RevocationPlaces {
    std::vector<std::string> ocsp, crl;
    bool none_needed = false;  ///< id-pkix-ocsp-nocheck (RFC 6960, 4.2.2.2.1)
};
RevocationPlaces revocation_places(ByteView certificate);

/// DER OCSPRequest about one certificate, without a nonce: the answer is kept for years.
Bytes ocsp_request(ByteView certificate, ByteView issuer);

struct RevocationStatus {
    enum class Kind { Good, Revoked, Unknown } kind = Kind::Unknown;
    Time this_update{};
    std::optional<Time> next_update;
    std::optional<Time> revoked_at;
    std::string reason;               ///< of a revocation: "keyCompromise" ...; "" when not given
    std::vector<Bytes> certificates;  ///< the responder's, DER

    /// Whether it speaks about this moment.
    bool covers(Time at) const { return this_update <= at && (!next_update || at <= *next_update); }
};

/// What an OCSPResponse proves about a certificate of `issuer`. Throws Error{Invalid} saying why it
/// proves nothing: no success, another certificate, a signature that does not verify, a responder
/// that is neither the issuer nor named by it (EKU OCSPSigning, directly below it), or that is the
/// certificate in question.
/// Error{Malformed} when it is no DER.
RevocationStatus read_ocsp(ByteView response, ByteView certificate, ByteView issuer);
/// The same for a full CRL of the issuer itself.
RevocationStatus read_crl(ByteView crl, ByteView certificate, ByteView issuer);

}  // namespace yinxin::keys
