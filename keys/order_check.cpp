// SPDX-License-Identifier: Apache-2.0
#include "keys/order_check.h"

#include <openssl/err.h>

#include <algorithm>
#include <optional>
#include <string>

#include "common/error.h"
#include "keys/crypto/digest.h"
#include "keys/crypto/openssl.h"
#include "keys/seal_shape.h"

namespace yinxin::keys {
namespace {

inline void free_any(ASN1_SEQUENCE_ANY* values) noexcept {
    sk_ASN1_TYPE_pop_free(values, ASN1_TYPE_free);
}
using AnyPtr = Handle<ASN1_SEQUENCE_ANY, free_any>;
using AttributePtr = Handle<X509_ATTRIBUTE, X509_ATTRIBUTE_free>;

[[noreturn]] void refuse(const std::string& detail) {
    throw Error(ErrorCode::Refused, "order: " + detail);
}

bool same(ByteView a, ByteView b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end());
}

/// Attributes in DER, sorted (RFC 5652, 5.3); null when the message is something else.
AnyPtr attribute_set(ByteView message) {
    const unsigned char* at = message.data();
    AnyPtr values(d2i_ASN1_SET_ANY(nullptr, &at, openssl_length(message.size())));
    const bool canonical =
        values != nullptr && same(to_der<i2d_ASN1_SET_ANY>(values.get()), message);
    ERR_clear_error();
    return canonical ? std::move(values) : nullptr;
}

/// The one value of `attribute`, which must be of this ASN.1 type.
template <typename T>
const T* single_value(X509_ATTRIBUTE* attribute, int type) {
    const auto* value =
        X509_ATTRIBUTE_count(attribute) == 1
            ? static_cast<const T*>(X509_ATTRIBUTE_get0_data(attribute, 0, type, nullptr))
            : nullptr;
    ERR_clear_error();
    return value;
}

struct Attributes {
    int content_types = 0;
    int message_digests = 0;
    bool content_is_data = false;
    Bytes message_digest;
};

std::optional<Attributes> read_attributes(ByteView message) {
    const AnyPtr values = attribute_set(message);
    if (values == nullptr) {
        return std::nullopt;
    }
    Attributes result;
    for (int i = 0; i < sk_ASN1_TYPE_num(values.get()); ++i) {
        const ASN1_TYPE* value = sk_ASN1_TYPE_value(values.get(), i);
        if (value->type != V_ASN1_SEQUENCE) {
            return std::nullopt;
        }
        const ASN1_STRING* der = value->value.sequence;
        const unsigned char* at = ASN1_STRING_get0_data(der);
        const AttributePtr attribute(d2i_X509_ATTRIBUTE(nullptr, &at, ASN1_STRING_length(der)));
        ERR_clear_error();
        if (attribute == nullptr) {
            return std::nullopt;
        }
        const int kind = OBJ_obj2nid(X509_ATTRIBUTE_get0_object(attribute.get()));
        if (kind == NID_pkcs9_contentType) {
            ++result.content_types;
            const auto* content = single_value<ASN1_OBJECT>(attribute.get(), V_ASN1_OBJECT);
            result.content_is_data = content != nullptr && OBJ_obj2nid(content) == NID_pkcs7_data;
        } else if (kind == NID_pkcs9_messageDigest) {
            ++result.message_digests;
            if (const auto* digest =
                    single_value<ASN1_OCTET_STRING>(attribute.get(), V_ASN1_OCTET_STRING)) {
                const unsigned char* data = ASN1_STRING_get0_data(digest);
                result.message_digest.assign(data, data + ASN1_STRING_length(digest));
            }
        }
    }
    return result;
}

void check_attributes(const SignOrder& order) {
    const auto attributes = read_attributes(order.message);
    if (!attributes) {
        refuse("the message is neither a DER SET OF attributes nor a TBS_Sign");
    }
    if (attributes->content_types != 1 || !attributes->content_is_data) {
        refuse("the attributes must have one content-type, id-data");
    }
    if (order.digest.size() != sha256_bytes || attributes->message_digests != 1 ||
        !same(attributes->message_digest, order.digest)) {
        refuse("the message-digest attribute is not the digest of the order");
    }
}

/// A seal on a document, in CMS or by GB/T 38540: either names the digest of what it seals.
void check_seal(const SignOrder& order) {
    const auto data_hash = signed_data_hash(order.message);
    if (!data_hash) {
        return check_attributes(order);
    }
    if (order.digest.size() != sm3_bytes || !same(*data_hash, order.digest)) {
        refuse("the dataHash of the TBS_Sign is not the digest of the order");
    }
}

void check_digest(const SignOrder& order) {
    if (!same(sha256(order.message), order.digest)) {
        refuse("the digest is not the SHA-256 of the message");
    }
}

/// RFC 9052, 4.4: an array of four whose first item is the text "Signature1".
bool is_sig_structure(ByteView message) {
    static constexpr std::string_view kBegin = "\x84\x6ASignature1";
    return as_text(message).starts_with(kBegin);
}

}  // namespace

void check_order(const SignOrder& order) {
    switch (order.purpose) {
        case KeyPurpose::Document:
        case KeyPurpose::ExternalSeal:
            return check_seal(order);
        case KeyPurpose::Probe:
            if (!same(order.digest, sha256(probe_message()))) {
                refuse("a probe signs the probe message only");
            }
            return same(order.message, probe_message()) ? void() : check_seal(order);
        case KeyPurpose::Token:
            if (!is_sig_structure(order.message)) {
                refuse("the message is not a COSE Sig_structure");
            }
            return check_digest(order);
        case KeyPurpose::SealRecord:
        case KeyPurpose::Report:
        case KeyPurpose::LogHead:
            // Else a signature under one of these purposes could be used as that of a document, a
            // token, a seal or a certificate.
            if (is_sig_structure(order.message) ||
                (is_one_structure(order.message) &&
                 !(order.purpose == KeyPurpose::SealRecord && is_seal_info(order.message)))) {
                refuse("the message is of another purpose");
            }
            return check_digest(order);
    }
    refuse("unknown purpose");
}

}  // namespace yinxin::keys
