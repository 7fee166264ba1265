// SPDX-License-Identifier: Apache-2.0
// What a key looks at before it signs: the order's message must be of the kind its purpose names,
// and of its digest.
#pragma once

#include "keys/private_key.h"

namespace yinxin::keys {

/// Throws Error{Refused} saying what does not fit.
///   Document, ExternalSeal   DER SET OF attributes: content-type id-data, message-digest equal to
///                            order.digest; or a TBS_Sign (GB/T 38540) whose dataHash it is
///   Probe                    the same over SHA-256 of probe_message(), or probe_message() itself
///   Token                    a COSE Sig_structure ("Signature1"); order.digest is its SHA-256
///   SealRecord               a SES_SealInfo, or anything that is no ASN.1 structure and no
///                            Sig_structure; order.digest is its SHA-256
///   Report, LogHead          anything that is no ASN.1 structure and no Sig_structure;
///   order.digest
///                            is its SHA-256
void check_order(const SignOrder& order);

}  // namespace yinxin::keys
