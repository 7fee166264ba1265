// SPDX-License-Identifier: Apache-2.0
#include "signer/document_timestamp.h"

#include "keys/crypto/digest.h"

namespace yinxin::signer {
namespace {

constexpr std::size_t kSpareBytes = 512;  // another chain at the TSA, a longer name

}  // namespace

PreparedTimestamp prepare_timestamp(ByteView pdf, std::size_t token_bytes) {
    pdf::SignatureSpec spec;
    spec.kind = pdf::SignatureSpec::Kind::DocTimeStamp;
    spec.field_name = "TimeStamp";
    spec.sub_filter = "ETSI.RFC3161";
    spec.contents_bytes = token_bytes + kSpareBytes;
    PreparedTimestamp prepared;
    prepared.revision = pdf::append_signature(pdf, spec);
    prepared.imprint = keys::Sha256()
                           .update(prepared.revision.first_part())
                           .update(prepared.revision.second_part())
                           .finish();
    return prepared;
}

Bytes complete_timestamp(PreparedTimestamp prepared, ByteView token) {
    pdf::fill_contents(prepared.revision, token);
    return std::move(prepared.revision.pdf);
}

}  // namespace yinxin::signer
