// SPDX-License-Identifier: Apache-2.0
// Whose certificates a file relies on: those of its seals and of its time stamps. What validation
// data has to be collected for.
#pragma once

#include <vector>

#include "common/bytes.h"

namespace yinxin::verify {

struct SignerCertificates {
    bool timestamp = false;           ///< a TSA's, of a document time stamp or inside a signature
    std::vector<Bytes> certificates;  ///< DER, the signer's first; empty when it is not inside
    Bytes contents;  ///< of the field, decoded, with its padding; empty inside a signature
};

/// In the order of the fields, each followed by the time stamps inside it. Trusts nothing and
/// checks nothing. Throws Error{Malformed} for what cannot be read.
std::vector<SignerCertificates> signer_certificates(ByteView pdf);

}  // namespace yinxin::verify
