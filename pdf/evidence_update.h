// SPDX-License-Identifier: Apache-2.0
// Appends validation data to a PDF as one revision: the document security store (ETSI EN 319
// 142-1, 5.4.2; ISO 32000-2, 12.8.4.3). Knows no cryptography: DER goes in as it came.
#pragma once

#include <string>
#include <vector>

#include "common/bytes.h"

namespace yinxin::pdf {

/// DER: certificates, whole OCSPResponses, CRLs.
struct Evidence {
    std::vector<Bytes> certificates, ocsp_responses, crls;
    bool empty() const { return certificates.empty() && ocsp_responses.empty() && crls.empty(); }
};

/// What the newest /DSS holds; what cannot be read of it is left out. Throws Error{Malformed} or
/// Error{TooLarge} for a file that cannot be read at all.
Evidence evidence_of(ByteView pdf);

/// The file with one more revision. What the /DSS holds already stays and is not written again; a
/// file that holds all of it comes back as it is when there is no VRI to write.
/// `vri_key`: 40 upper-case hexadecimal digits, the SHA-1 of the whole padded Contents that the
/// evidence is for; "" for no VRI. Throws Error{Refused} whose detail starts with unreadable or
/// encrypted.
Bytes append_evidence(ByteView pdf, const Evidence& evidence, const std::string& vri_key);

}  // namespace yinxin::pdf
