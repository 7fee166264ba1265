// SPDX-License-Identifier: Apache-2.0
// OpenSSL with owners and exceptions: unique_ptr aliases, DER in and out, the error queue as an
// Error. For keys, signer and verify only; what others need is in digest.h, random.h and
// public_key.h.
#pragma once

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/cms.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <limits>
#include <memory>
#include <string>
#include <string_view>

#include "common/bytes.h"
#include "common/error.h"

namespace yinxin::keys {

/// No state: a handle is the size of a plain pointer.
template <auto Free>
struct Deleter {
    template <typename T>
    void operator()(T* handle) const noexcept {
        Free(handle);
    }
};
template <typename T, auto Free>
using Handle = std::unique_ptr<T, Deleter<Free>>;

inline void free_openssl_memory(void* memory) noexcept {
    OPENSSL_free(memory);
}
inline void free_certificate_stack(STACK_OF(X509) * stack) noexcept {
    sk_X509_pop_free(stack, X509_free);
}
inline void free_borrowing_certificate_stack(STACK_OF(X509) * stack) noexcept {
    sk_X509_free(stack);
}

using Asn1IntegerPtr = Handle<ASN1_INTEGER, ASN1_INTEGER_free>;
using Asn1ObjectPtr = Handle<ASN1_OBJECT, ASN1_OBJECT_free>;
using Asn1OctetStringPtr = Handle<ASN1_OCTET_STRING, ASN1_OCTET_STRING_free>;
using Asn1TimePtr = Handle<ASN1_TIME, ASN1_TIME_free>;
using BignumPtr = Handle<BIGNUM, BN_clear_free>;
using BioPtr = Handle<BIO, BIO_free_all>;
using BnCtxPtr = Handle<BN_CTX, BN_CTX_free>;
using CmsPtr = Handle<CMS_ContentInfo, CMS_ContentInfo_free>;
using EcdsaSigPtr = Handle<ECDSA_SIG, ECDSA_SIG_free>;
using EcPointPtr = Handle<EC_POINT, EC_POINT_free>;
using EvpMdCtxPtr = Handle<EVP_MD_CTX, EVP_MD_CTX_free>;
using EvpPkeyCtxPtr = Handle<EVP_PKEY_CTX, EVP_PKEY_CTX_free>;
using EvpPkeyPtr = Handle<EVP_PKEY, EVP_PKEY_free>;
using OpensslTextPtr = Handle<char, free_openssl_memory>;
using Pkcs8InfoPtr = Handle<PKCS8_PRIV_KEY_INFO, PKCS8_PRIV_KEY_INFO_free>;
using X509AlgorPtr = Handle<X509_ALGOR, X509_ALGOR_free>;
using X509ExtensionPtr = Handle<X509_EXTENSION, X509_EXTENSION_free>;
using X509NamePtr = Handle<X509_NAME, X509_NAME_free>;
using X509Ptr = Handle<X509, X509_free>;
using X509ReqPtr = Handle<X509_REQ, X509_REQ_free>;
using X509SigPtr = Handle<X509_SIG, X509_SIG_free>;
using X509StoreCtxPtr = Handle<X509_STORE_CTX, X509_STORE_CTX_free>;
using X509StorePtr = Handle<X509_STORE, X509_STORE_free>;
/// Owns its certificates.
using CertificateStackPtr = Handle<STACK_OF(X509), free_certificate_stack>;
/// Certificates in it belong to somebody else.
using BorrowingCertificateStackPtr = Handle<STACK_OF(X509), free_borrowing_certificate_stack>;

/// An Error of `what` and the reasons on this thread's OpenSSL error queue, which is emptied.
Error openssl_error(ErrorCode code, std::string_view what);

/// Throws openssl_error(Internal, what) unless `ok`.
inline void openssl_check(bool ok, std::string_view what) {
    if (!ok) {
        throw openssl_error(ErrorCode::Internal, what);
    }
}

/// `handle` unless it is null, which is openssl_error(Internal, what).
template <typename Pointer>
Pointer openssl_required(Pointer handle, std::string_view what) {
    openssl_check(handle != nullptr, what);
    return handle;
}

/// A length as OpenSSL's older functions want it; throws Error{TooLarge}.
inline int openssl_length(std::size_t size) {
    if (size > static_cast<std::size_t>(std::numeric_limits<int>::max())) {
        throw Error(ErrorCode::TooLarge, "a byte string too long for OpenSSL");
    }
    return static_cast<int>(size);
}

/// DER of a value: to_der<i2d_X509>(certificate).
template <auto I2d, typename T>
Bytes to_der(T* value) {
    const int size = I2d(value, nullptr);
    openssl_check(size > 0, "DER encoding");
    Bytes der(static_cast<std::size_t>(size));
    unsigned char* end = der.data();
    openssl_check(I2d(value, &end) == size, "DER encoding");
    return der;
}

/// Owner of the value that `der` is, all of it: from_der<X509Ptr, d2i_X509>(der, "certificate").
/// Throws Error{Malformed} naming `what`, also when bytes follow the value.
template <typename Owner, auto D2i>
Owner from_der(ByteView der, std::string_view what) {
    if (der.size() > static_cast<std::size_t>(std::numeric_limits<long>::max())) {
        throw Error(ErrorCode::Malformed, std::string(what) + ": too long");
    }
    const unsigned char* at = der.data();
    Owner value(D2i(nullptr, &at, static_cast<long>(der.size())));
    if (value == nullptr) {
        throw openssl_error(ErrorCode::Malformed, what);
    }
    if (at != der.data() + der.size()) {
        throw Error(ErrorCode::Malformed, std::string(what) + ": bytes after the DER value");
    }
    return value;
}

/// A BIO that reads `bytes`, which must outlive it.
BioPtr reading_bio(ByteView bytes);
BioPtr writing_bio();
/// What was written to a writing_bio().
Bytes written(BIO* bio);

/// A public key from its SubjectPublicKeyInfo; throws Error{Malformed}.
EvpPkeyPtr public_key_from_spki(ByteView spki);

}  // namespace yinxin::keys
