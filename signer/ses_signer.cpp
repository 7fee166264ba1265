// SPDX-License-Identifier: Apache-2.0
#include "signer/ses_signer.h"

#include "common/error.h"
#include "keys/crypto/digest.h"
#include "signer/ses_seal.h"
#include "signer/ses_signature.h"

namespace yinxin::signer {
namespace {

constexpr const char* kSubFilter = "GM.sm2seal";
constexpr const char* kFieldName = "Seal_SM2";
constexpr std::size_t kSpareBytes = 64;  // an SM2 signature varies by a few bytes

void check(const keys::PrivateKey& key, ByteView seal) {
    if (key.algorithm() != keys::KeyAlgorithm::Sm2) {
        throw Error(ErrorCode::Invalid,
                    "key " + key.id() + " is " + to_text(key.algorithm()) +
                        ": a seal of GB/T 38540 needs an sm2 key");
    }
    if (key.chain().empty()) {
        throw Error(ErrorCode::Invalid,
                    "key " + key.id() + " has no certificate: install its chain first");
    }
    if (!ses_seal_lists(seal, key.chain().front())) {
        throw Error(ErrorCode::Invalid,
                    "the seal does not list the certificate of key " + key.id() +
                        ": have a seal made for it");
    }
}

std::size_t measured_bytes(keys::PrivateKey& key, ByteView seal) {
    const Bytes digest = keys::sha256(keys::probe_message());
    // A file of as many digits as pdf/incremental_update leaves room for.
    const Bytes tbs = ses_tbs_sign(seal, Time{}, digest, "0,9999999999,9999999999,9999999999");
    const Bytes signature = key.sign({keys::KeyPurpose::Probe, "placeholder", digest, tbs});
    return ses_signature(tbs, key.chain().front(), signature).size();
}

std::string property_info(const pdf::PreparedRevision& revision) {
    std::string text;
    for (const std::uint64_t number : revision.byte_range) {
        text += std::to_string(number) + ',';
    }
    text.pop_back();
    return text;
}

}  // namespace

SesSigner::SesSigner(keys::PrivateKey& key, Bytes seal, SesOptions options)
    : key_(key), seal_(std::move(seal)), filter_(std::move(options.filter)) {
    check(key_, seal_);
    contents_bytes_ = measured_bytes(key_, seal_) + kSpareBytes + options.time_stamp_bytes;
}

PreparedSignature SesSigner::prepare(ByteView pdf, const SealOrder& order) const {
    pdf::SignatureSpec spec = signature_spec(order, contents_bytes_);
    spec.field_name = kFieldName;
    spec.filter = filter_;
    spec.sub_filter = kSubFilter;
    spec.certify = false;
    PreparedSignature prepared;
    prepared.revision = pdf::append_signature(pdf, spec);
    prepared.digest = keys::Sm3()
                          .update(prepared.revision.first_part())
                          .update(prepared.revision.second_part())
                          .finish();
    prepared.signed_attrs =
        ses_tbs_sign(seal_, order.signing_time, prepared.digest, property_info(prepared.revision));
    return prepared;
}

Bytes SesSigner::complete(PreparedSignature prepared,
                          ByteView signature,
                          std::optional<ByteView> time_stamp) const {
    pdf::fill_contents(
        prepared.revision,
        ses_signature(prepared.signed_attrs, key_.chain().front(), signature, time_stamp));
    return std::move(prepared.revision.pdf);
}

Bytes SesSigner::seal(ByteView pdf, const SealOrder& order) const {
    PreparedSignature prepared = prepare(pdf, order);
    const Bytes signature =
        key_.sign({order.purpose, order.subject, prepared.digest, prepared.signed_attrs});
    return complete(std::move(prepared), signature);
}

}  // namespace yinxin::signer
