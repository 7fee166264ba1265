// SPDX-License-Identifier: Apache-2.0
// Writes certificate requests, and the certificates of a demo PKI.
#pragma once

#include <string>

#include "common/ports.h"
#include "keys/software_key.h"

namespace yinxin::keys {

/// UTF-8; parts left empty are left out.
struct SubjectName {
    std::string country = "CN";
    std::string organization{};
    std::string organizational_unit{};
    std::string common_name{};
};

/// PKCS#10 in PEM, for the CA of an authority; with SM2 keys signed SM2-with-SM3 under the
/// identifier of crypto/sm2.h.
std::string certificate_request(const SoftwareKey& key, const SubjectName& subject);

/// What a certificate is good for; fixes basicConstraints, keyUsage and extendedKeyUsage.
/// TimeStamping: RFC 3161, 2.3. OcspResponder: RFC 6960, 4.2.2.2, never asked about itself
/// (nocheck).
enum class CertificateUse {
    Root,
    Intermediate,
    Seal,
    Token,
    SealMaker,
    TimeStamping,
    OcspResponder
};

struct CertificateOrder {
    CertificateUse use = CertificateUse::Seal;
    SubjectName subject;
    Bytes spki;  ///< DER of the certified key
    Time not_before{}, not_after{};
    std::string policy_oid;  ///< of certificatePolicies
    // Where its state is asked for (RFC 5280, 4.2.2.1 and 4.2.1.13); empty: not said.
    std::string ocsp_url{};        ///< of the issuer's responder
    std::string issuer_url{};      ///< the issuer's certificate in DER
    std::string revocation_url{};  ///< the issuer's CRL
};

/// DER of a certificate with a serial of 128 random bits, signed by `issuer` in the name of
/// issuer.chain()[0]; an issuer without a chain signs itself. Throws Error{Invalid} for an address
/// that is none.
Bytes write_certificate(const CertificateOrder& order, const SoftwareKey& issuer, Random& random);

}  // namespace yinxin::keys
