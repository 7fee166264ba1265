// SPDX-License-Identifier: Apache-2.0
// Checks a CMS signature over given content: structure, signed attributes, the certificate they
// name, the signature value. Used for seals and for time-stamp tokens; says nothing about trust.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "common/ports.h"
#include "verify/algorithms.h"
#include "verify/assessment.h"
#include "verify/signed_data.h"

namespace yinxin::verify {

struct CmsExpectation {
    std::string content_type;
    /// No signing-certificate attribute: malformed (ETSI.CAdES.detached), else a note.
    bool signing_certificate_required = true;
    /// One that names another certificate is a note: tokens are then no proof, and nothing more.
    bool signing_certificate_binds = true;
    std::function<Bytes(const DigestAlgorithm&)> digest_of_content;
    /// Certificates from elsewhere (DSS) that may be the signer's.
    std::vector<ByteView> more_certificates;
    Time now{};
};

struct CmsSigner {
    std::optional<Bytes> certificate;  ///< DER, when one fits the signer identifier
    bool embedded = false;             ///< it stands in the SignedData
    bool signing_certificate = false;  ///< the attribute is there and names it
    bool short_key = false;            ///< RSA below 2,048 bits
};

CmsSigner check_signer(const SignedData& data,
                       const CmsExpectation& expected,
                       Assessment& assessment);

}  // namespace yinxin::verify
