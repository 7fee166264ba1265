// SPDX-License-Identifier: Apache-2.0
#include "signer/document_timestamp.h"

#include <openssl/sha.h>

#include <algorithm>
#include <array>

#include "keys/crypto/digest.h"
#include "keys/crypto/openssl.h"

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

std::string vri_key(ByteView padded_contents) {
    std::array<unsigned char, SHA_DIGEST_LENGTH> digest{};
    unsigned int size = 0;
    keys::openssl_check(EVP_Digest(padded_contents.data(),
                                   padded_contents.size(),
                                   digest.data(),
                                   &size,
                                   EVP_sha1(),
                                   nullptr) == 1,
                        "SHA-1");
    std::string key = to_hex(digest);
    std::transform(key.begin(), key.end(), key.begin(), [](char c) {
        return c >= 'a' && c <= 'f' ? static_cast<char>(c - 'a' + 'A') : c;
    });
    return key;
}

}  // namespace yinxin::signer
