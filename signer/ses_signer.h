// SPDX-License-Identifier: Apache-2.0
// Seals a PDF with a seal of GB/T 38540: /SubFilter /GM.sm2seal, SES_Signature in /Contents. The
// same stages as pades_signer: prepare, sign, complete. Always an approval signature, so that a
// second seal (PadesSigner, certify = false) may follow.
#pragma once

#include <optional>
#include <string>

#include "signer/pades_signer.h"

namespace yinxin::signer {

struct SesOptions {
    /// No public standard names it; readers go by /SubFilter.
    std::string filter = "GM.PKILite";
    /// Room for a time-stamp token: the size of one from this TSA and 512 more; 0: none will come.
    std::size_t time_stamp_bytes = 0;
};

/// One per key, chain and seal; any thread.
class SesSigner {
  public:
    /// `seal`: DER of the SESeal, made here or by others. Measures the placeholder as PadesSigner
    /// does. Throws Error{Invalid} when the key is not SM2, has no chain, or is none of those the
    /// seal lists.
    SesSigner(keys::PrivateKey& key, Bytes seal, SesOptions options = {});

    /// order.certify counts for nothing. The digest is SM3 of the ByteRange bytes; what the key
    /// signs (`signed_attrs`) is the TBS_Sign, propertyInfo the numbers of ByteRange: "0,a,b,c".
    PreparedSignature prepare(ByteView pdf, const SealOrder& order) const;
    /// `time_stamp`: a token over the octets of `signature`. Throws Error{TooLarge} when it was not
    /// reserved for.
    Bytes complete(PreparedSignature prepared,
                   ByteView signature,
                   std::optional<ByteView> time_stamp = std::nullopt) const;
    /// prepare, key.sign, complete, without a time stamp.
    Bytes seal(ByteView pdf, const SealOrder& order) const;

    /// Bytes of DER that prepare() reserves.
    std::size_t contents_bytes() const { return contents_bytes_; }

  private:
    keys::PrivateKey& key_;
    Bytes seal_;
    std::string filter_;
    std::size_t contents_bytes_;
};

}  // namespace yinxin::signer
