// SPDX-License-Identifier: Apache-2.0
// Seals a PDF by PAdES (ETSI EN 319 142-1): prepare, sign, complete. The PDF side is
// pdf/incremental_update, the CMS side signer/cms_builder; this steers both and holds no key. With
// an SM2 key the seal is the same in SM2 and SM3 under adbe.pkcs7.detached: no PAdES, which knows
// no SM2.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "common/bytes.h"
#include "common/ports.h"
#include "keys/crypto/prefix_digest.h"
#include "keys/private_key.h"
#include "pdf/incremental_update.h"
#include "signer/cms_builder.h"

namespace yinxin::signer {

struct SealOrder {
    std::string subject;  ///< id of the document, for the sealer's audit
    keys::KeyPurpose purpose = keys::KeyPurpose::Document;
    Time signing_time{};  ///< /M
    std::string reason, name, location;
    bool certify = true;  ///< DocMDP P = 1: one seal on the document
    /// B-T: the size of a token the TSA gave before; 0: no time stamp inside the signature.
    std::size_t token_bytes = 0;
    std::optional<pdf::VisibleSeal> seal;
    std::optional<pdf::Picture> riding;  ///< of a file without signatures and with several pages
};

/// What of the order stands in the signature dictionary and its field, for this many bytes of DER.
pdf::SignatureSpec signature_spec(const SealOrder& order, std::size_t contents_bytes);

/// The state between "digest known" and "signature arrived".
struct PreparedSignature {
    pdf::PreparedRevision revision;
    Bytes digest;        ///< of the ByteRange bytes: SHA-256, with SM2 keys SM3
    Bytes signed_attrs;  ///< what the key signs: DER SET OF, tag 0x31; of a SesSigner the TBS_Sign
};

/// One per key and chain; any thread.
class PadesSigner {
  public:
    /// Measures the placeholder: one CMS over the digest of keys::probe_message() (purpose Probe),
    /// and 64 bytes more where signatures differ in length. Throws Error{Invalid} when the key has
    /// no chain, Error{Unavailable} when the sealer does not answer.
    explicit PadesSigner(keys::PrivateKey& key);

    PreparedSignature prepare(ByteView pdf, const SealOrder& order) const;
    /// What the key is to sign for a revision that was prepared elsewhere, by spec_of or with
    /// contents_bytes().
    PreparedSignature of(pdf::PreparedRevision revision) const;
    /// Did prepare() reserve enough for this time stamp?
    static bool has_room(const SealOrder& order, ByteView token);
    /// `token`: a time stamp over the octets of `signature`, where order.token_bytes made room for
    /// one. Throws Error{TooLarge} when it needs more.
    Bytes complete(PreparedSignature prepared, ByteView signature, ByteView token = {}) const;
    /// prepare, key.sign, complete, without a time stamp.
    Bytes seal(ByteView pdf, const SealOrder& order) const;

    /// What of() expects in the signature dictionary: no level of ETSI knows SM2.
    std::string sub_filter() const;
    /// Bytes of DER that prepare() reserves, without a time stamp.
    std::size_t contents_bytes() const { return contents_bytes_; }
    /// The field that prepare() appends.
    pdf::SignatureSpec spec_of(const SealOrder& order) const;

  private:
    keys::PrivateKey& key_;
    CmsBuilder cms_;
    std::unique_ptr<keys::PrefixDigest> digest_;
    std::size_t contents_bytes_;
};

}  // namespace yinxin::signer
