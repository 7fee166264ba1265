// SPDX-License-Identifier: Apache-2.0
#include "signer/timestamp.h"

#include <openssl/asn1.h>
#include <openssl/ts.h>

#include "common/error.h"
#include "keys/crypto/digest.h"
#include "keys/crypto/openssl.h"
#include "signer/der_writer.h"

namespace yinxin::signer {
namespace {

constexpr const char* kSha256 = "2.16.840.1.101.3.4.2.1";
constexpr std::uint8_t kBoolean = 0x01;
constexpr std::size_t kWordsMax = 200;

using StatusPtr = keys::Handle<TS_STATUS_INFO, TS_STATUS_INFO_free>;

/// The value at the begin of `rest`, tag and length included; `rest` then begins behind it.
ByteView next_value(ByteView& rest) {
    const unsigned char* at = rest.data();
    long size = 0;
    int tag = 0, tag_class = 0;
    const int flags = ASN1_get_object(&at, &size, &tag, &tag_class, static_cast<long>(rest.size()));
    if ((flags & 0x80) != 0 || (flags & 1) != 0) {  // an error, or an indefinite length
        throw keys::openssl_error(ErrorCode::Malformed, "the answer of the TSA is not DER");
    }
    const auto whole = static_cast<std::size_t>(at - rest.data()) + static_cast<std::size_t>(size);
    const ByteView value = rest.first(whole);
    rest = rest.subspan(whole);
    return value;
}

/// What stands inside a constructed value.
ByteView inside(ByteView value) {
    const unsigned char* at = value.data();
    long size = 0;
    int tag = 0, tag_class = 0;
    if ((ASN1_get_object(&at, &size, &tag, &tag_class, static_cast<long>(value.size())) & 0x80) !=
            0 ||
        tag != V_ASN1_SEQUENCE) {
        throw keys::openssl_error(ErrorCode::Malformed, "the answer of the TSA is no sequence");
    }
    return {at, static_cast<std::size_t>(size)};
}

/// The status in words, for the log; printable ASCII only.
std::string words_of(const TS_STATUS_INFO& status) {
    std::string out =
        "status " + std::to_string(ASN1_INTEGER_get(TS_STATUS_INFO_get0_status(&status)));
    const STACK_OF(ASN1_UTF8STRING)* texts = TS_STATUS_INFO_get0_text(&status);
    for (int i = 0; i < sk_ASN1_UTF8STRING_num(texts); ++i) {
        const ASN1_UTF8STRING* text = sk_ASN1_UTF8STRING_value(texts, i);
        out += i == 0 ? ": " : "; ";
        for (int k = 0; k < ASN1_STRING_length(text) && out.size() < kWordsMax; ++k) {
            const auto c = static_cast<char>(ASN1_STRING_get0_data(text)[k]);
            out += c >= ' ' && c <= '~' ? c : '?';
        }
    }
    return out;
}

}  // namespace

Bytes timestamp_request(ByteView imprint, ByteView nonce) {
    YINXIN_ASSERT(imprint.size() == keys::sha256_bytes && !nonce.empty() && nonce.front() >= 1 &&
                  nonce.front() <= 0x7F);
    return der::sequence(
        {der::integer(1),
         der::sequence({der::sequence({der::object_identifier(kSha256), der::null()}),
                        der::octet_string(imprint)}),
         der::value(der::kInteger, nonce),
         der::value(kBoolean, Bytes{0xFF})});
}

Bytes timestamp_token(ByteView response) {
    ByteView rest = response;
    ByteView parts = inside(next_value(rest));
    if (!rest.empty()) {
        throw Error(ErrorCode::Malformed, "bytes follow the answer of the TSA");
    }
    const ByteView status_der = next_value(parts);
    const auto status =
        keys::from_der<StatusPtr, d2i_TS_STATUS_INFO>(status_der, "the status of the TSA's answer");
    const long word = ASN1_INTEGER_get(TS_STATUS_INFO_get0_status(status.get()));
    if (word != TS_STATUS_GRANTED && word != TS_STATUS_GRANTED_WITH_MODS) {
        throw Error(ErrorCode::Refused, "the TSA gives no time stamp: " + words_of(*status));
    }
    if (parts.empty()) {
        throw Error(ErrorCode::Malformed, "the TSA granted a time stamp and sent none");
    }
    const ByteView token = next_value(parts);
    if (!parts.empty()) {
        throw Error(ErrorCode::Malformed, "bytes follow the token of the TSA");
    }
    inside(token);
    return to_bytes(token);
}

}  // namespace yinxin::signer
