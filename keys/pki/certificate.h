// SPDX-License-Identifier: Apache-2.0
// X.509 certificates: what the project asks of them, chains, PEM, and which of them are only a
// demonstration.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/bytes.h"
#include "common/ports.h"

namespace yinxin::keys {

/// Policy of every certificate of a demo PKI (in certificatePolicies): an arc from a random UUID
/// (ITU-T X.667).
inline constexpr const char* demo_policy_oid = "2.25.100683742046728923872354862484528736653";

/// What a certificate says, read once. A plain value.
struct Certificate {
    /// Throws Error{Malformed}, also when bytes follow the certificate.
    static Certificate from_der(ByteView der);

    Bytes der;
    Bytes sha256;              ///< of der
    std::string subject;       ///< RFC 4514, in UTF-8
    std::string common_name;   ///< the last one, "" without
    std::string organization;  ///< the first one, "" without
    Bytes issuer_name;         ///< DER of the issuer's Name
    std::string issuer;        ///< the same as text, as subject
    Bytes serial_number;       ///< DER INTEGER, with its tag
    Bytes spki;                ///< DER SubjectPublicKeyInfo
    Time not_before{}, not_after{};
    bool demo = false;  ///< carries demo_policy_oid

    bool valid_at(Time time) const { return not_before <= time && time <= not_after; }
};

/// Certificates in text, in the order found, as DER. Text between them is passed over; throws
/// Error{Malformed} on a damaged block, on a block that is no certificate and when there is none at
/// all.
std::vector<Bytes> certificates_from_pem(std::string_view text);
std::string certificates_to_pem(const std::vector<Bytes>& certificates);

/// The path from chain[0] over the others in `chain` to one of `anchors` (all DER), the anchor
/// last. Signatures, CA flags, path lengths and the validity at `time` hold. Throws Error{Invalid}
/// with the reason when there is none.
std::vector<Certificate> build_path(const std::vector<Bytes>& chain,
                                    const std::vector<Bytes>& anchors,
                                    Time time);

/// Whether documents sealed with chain[0] are SPECIMEN: its path to one of `anchors`, at any time,
/// holds a demo certificate. Decided by the certificates alone. Throws Error{Invalid} when there is
/// no path.
bool is_demo_chain(const std::vector<Bytes>& chain, const std::vector<Bytes>& anchors);

}  // namespace yinxin::keys
