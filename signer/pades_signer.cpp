// SPDX-License-Identifier: Apache-2.0
#include "signer/pades_signer.h"

#include "common/error.h"
#include "common/time_text.h"
#include "keys/crypto/digest.h"

namespace yinxin::signer {
namespace {

constexpr const char* kFieldName = "Seal";
// A signature over a curve varies by a few bytes from one to the next, one in RSA never does.
constexpr std::size_t kSpareBytes = 64;
// What a time stamp may be larger than the one before.
constexpr std::size_t kSpareTokenBytes = 512;

bool is_rsa(const keys::PrivateKey& key) {
    return key.algorithm() == keys::KeyAlgorithm::Rsa2048 ||
           key.algorithm() == keys::KeyAlgorithm::Rsa3072;
}

std::size_t measured_cms_bytes(keys::PrivateKey& key, const CmsBuilder& cms) {
    const Bytes digest = keys::sha256(keys::probe_message());
    const Bytes attributes = cms.signed_attributes(digest);
    const Bytes signature = key.sign({keys::KeyPurpose::Probe, "placeholder", digest, attributes});
    return cms.signed_data(attributes, signature).size();
}

}  // namespace

pdf::SignatureSpec signature_spec(const SealOrder& order, std::size_t contents_bytes) {
    pdf::SignatureSpec spec;
    spec.field_name = kFieldName;
    spec.signing_time = to_pdf_date(order.signing_time);
    spec.name = order.name;
    spec.reason = order.reason;
    spec.location = order.location;
    spec.certify = order.certify;
    spec.contents_bytes = contents_bytes;
    spec.seal = order.seal;
    spec.riding = order.riding;
    return spec;
}

PadesSigner::PadesSigner(keys::PrivateKey& key)
    : key_(key),
      cms_(key.chain(), key.algorithm()),
      digest_(std::make_unique<keys::PrefixDigest>(cms_.digest_kind())),
      contents_bytes_(measured_cms_bytes(key_, cms_) + (is_rsa(key) ? 0 : kSpareBytes)) {}

PreparedSignature PadesSigner::prepare(ByteView pdf, const SealOrder& order) const {
    return of(pdf::append_signature(pdf, spec_of(order)));
}

pdf::SignatureSpec PadesSigner::spec_of(const SealOrder& order) const {
    const std::size_t stamped = order.token_bytes == 0 ? 0 : order.token_bytes + kSpareTokenBytes;
    pdf::SignatureSpec spec = signature_spec(order, contents_bytes_ + stamped);
    spec.sub_filter = sub_filter();
    return spec;
}

bool PadesSigner::has_room(const SealOrder& order, ByteView token) {
    return token.empty() ||
           (order.token_bytes != 0 && token.size() <= order.token_bytes + kSpareTokenBytes);
}

std::string PadesSigner::sub_filter() const {
    return key_.algorithm() == keys::KeyAlgorithm::Sm2 ? "adbe.pkcs7.detached"
                                                       : "ETSI.CAdES.detached";
}

PreparedSignature PadesSigner::of(pdf::PreparedRevision revision) const {
    PreparedSignature prepared;
    prepared.revision = std::move(revision);
    prepared.digest = digest_->of(prepared.revision.first_part(), prepared.revision.second_part());
    prepared.signed_attrs = cms_.signed_attributes(prepared.digest);
    return prepared;
}

Bytes PadesSigner::complete(PreparedSignature prepared, ByteView signature, ByteView token) const {
    pdf::fill_contents(prepared.revision,
                       cms_.signed_data(prepared.signed_attrs, signature, token));
    return std::move(prepared.revision.pdf);
}

Bytes PadesSigner::seal(ByteView pdf, const SealOrder& order) const {
    PreparedSignature prepared = prepare(pdf, order);
    const Bytes signature =
        key_.sign({order.purpose, order.subject, prepared.digest, prepared.signed_attrs});
    return complete(std::move(prepared), signature);
}

}  // namespace yinxin::signer
