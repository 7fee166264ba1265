// SPDX-License-Identifier: Apache-2.0
#include "keys/seal_shape.h"

#include <openssl/err.h>

#include <algorithm>
#include <string>

#include "keys/crypto/openssl.h"

namespace yinxin::keys {
namespace {

constexpr long kVersion = 4;

inline void free_any(ASN1_SEQUENCE_ANY* values) noexcept {
    sk_ASN1_TYPE_pop_free(values, ASN1_TYPE_free);
}

char letter_of(int type) {
    switch (type) {
        case V_ASN1_INTEGER:
            return 'i';
        case V_ASN1_BIT_STRING:
            return 'b';
        case V_ASN1_OCTET_STRING:
            return 'o';
        case V_ASN1_OBJECT:
            return 'd';
        case V_ASN1_UTF8STRING:
            return 'u';
        case V_ASN1_IA5STRING:
            return 'a';
        case V_ASN1_GENERALIZEDTIME:
            return 't';
        case V_ASN1_SEQUENCE:
            return 'S';
        default:
            return '?';
    }
}

/// The members of a DER SEQUENCE, one level deep.
class Members {
  public:
    explicit Members(ByteView der) {
        const unsigned char* at = der.data();
        values_.reset(d2i_ASN1_SEQUENCE_ANY(nullptr, &at, openssl_length(der.size())));
        ERR_clear_error();
        if (values_ == nullptr) {
            return;
        }
        const Bytes again = to_der<i2d_ASN1_SEQUENCE_ANY>(values_.get());
        if (!std::equal(again.begin(), again.end(), der.begin(), der.end())) {
            return;
        }
        for (int i = 0; i < sk_ASN1_TYPE_num(values_.get()); ++i) {
            shape_ += letter_of(at_index(i)->type);
        }
    }

    /// One letter a member; empty when it is no such SEQUENCE.
    const std::string& shape() const { return shape_; }
    /// The content; of a SEQUENCE the whole value.
    ByteView bytes(int index) const {
        const ASN1_STRING* value = at_index(index)->value.asn1_string;
        return {ASN1_STRING_get0_data(value), static_cast<std::size_t>(ASN1_STRING_length(value))};
    }
    bool is_number(int index, long number) const {
        return ASN1_INTEGER_get(at_index(index)->value.integer) == number;
    }
    bool whole_octets(int index) const {
        return (at_index(index)->value.bit_string->flags & 0x07) == 0;  // no unused bits
    }

  private:
    const ASN1_TYPE* at_index(int index) const { return sk_ASN1_TYPE_value(values_.get(), index); }

    Handle<ASN1_SEQUENCE_ANY, free_any> values_;
    std::string shape_;
};

bool is_header(ByteView der) {
    const Members header(der);
    return header.shape() == "aia" && as_text(header.bytes(0)) == "ES" &&
           header.is_number(1, kVersion);
}

/// SESeal: {eSealInfo, cert, signAlgID, signedValue}. Of the first only the header is looked at.
bool is_seal(ByteView der) {
    const Members seal(der);
    if (seal.shape() != "Sodb") {
        return false;
    }
    const unsigned char* at = seal.bytes(0).data();
    const unsigned char* const end = at + seal.bytes(0).size();
    long size = 0;
    int tag = 0, kind = 0;
    ASN1_get_object(&at, &size, &tag, &kind, static_cast<long>(seal.bytes(0).size()));
    const unsigned char* next = at;
    const int read = ASN1_get_object(&next, &size, &tag, &kind, static_cast<long>(end - at));
    ERR_clear_error();
    return read == V_ASN1_CONSTRUCTED && is_header(ByteView(at, next + size));
}

}  // namespace

bool is_seal_info(ByteView message) {
    const Members info(message);
    if (info.shape() != "SaSS" || !is_header(info.bytes(0))) {
        return false;
    }
    const Members property(info.bytes(2));
    const Members picture(info.bytes(3));
    return property.shape() == "iuiSttt" && picture.shape() == "aoii";
}

std::optional<Bytes> signed_data_hash(ByteView message) {
    const Members tbs(message);
    if (tbs.shape() != "iStba" || !tbs.is_number(0, kVersion) || !tbs.whole_octets(3) ||
        !is_seal(tbs.bytes(1))) {
        return std::nullopt;
    }
    return to_bytes(tbs.bytes(3));
}

bool is_one_structure(ByteView message) {
    const unsigned char* at = message.data();
    long size = 0;
    int tag = 0, kind = 0;
    const int read = ASN1_get_object(&at, &size, &tag, &kind, openssl_length(message.size()));
    ERR_clear_error();
    const bool structure =
        kind == V_ASN1_UNIVERSAL && (tag == V_ASN1_SEQUENCE || tag == V_ASN1_SET);
    const bool definite =
        read == V_ASN1_CONSTRUCTED && at + size == message.data() + message.size();
    const bool indefinite = read == (V_ASN1_CONSTRUCTED | 1);
    return structure && (definite || indefinite);
}

}  // namespace yinxin::keys
