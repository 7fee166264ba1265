// SPDX-License-Identifier: Apache-2.0
// Appends exactly one revision to a PDF (ISO 32000-1, 7.5.6): the input's bytes are an exact prefix
// of the output. Knows no cryptography: hands out the bytes to digest and takes back DER.
#pragma once

#include "common/bytes.h"
#include "pdf/signature_spec.h"

namespace yinxin::pdf {

/// Throws Error{Refused} whose detail starts with unreadable, encrypted or certified, where
/// append_signature would.
void check_sealable(ByteView pdf);

/// Throws Error{Refused} whose detail starts with unreadable, encrypted or certified.
PreparedRevision append_signature(ByteView pdf, const SignatureSpec& spec);

}  // namespace yinxin::pdf
