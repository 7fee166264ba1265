// SPDX-License-Identifier: Apache-2.0
#include "keys/crypto/ecdsa.h"

#include <openssl/err.h>

#include "keys/crypto/signature_equations.h"

namespace yinxin::keys {
namespace {

/// With one of these OpenSSL verifies whatever its provider.
bool has_tables(const EVP_MD* digest) {
    const int type = EVP_MD_get_type(digest);
    return type == NID_sha256 || type == NID_sha384 || type == NID_sha512;
}

Bytes digest_of(const EVP_MD* kind, ByteView message) {
    Bytes digest(static_cast<std::size_t>(EVP_MD_get_size(kind)));
    openssl_check(
        EVP_Digest(message.data(), message.size(), digest.data(), nullptr, kind, nullptr) == 1,
        "digest");
    return digest;
}

bool openssl_verifies(EVP_PKEY* key, const EVP_MD* kind, ByteView digest, ByteView signature) {
    const EvpPkeyCtxPtr context(
        openssl_required(EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr), "verifying"));
    return EVP_PKEY_verify_init(context.get()) == 1 &&
           EVP_PKEY_CTX_set_signature_md(context.get(), kind) == 1 &&
           EVP_PKEY_verify(
               context.get(), signature.data(), signature.size(), digest.data(), digest.size()) ==
               1;
}

}  // namespace

bool verify_ecdsa(EVP_PKEY* key, const EVP_MD* kind, ByteView message, ByteView signature) {
    bool good = false;
    if (EVP_PKEY_is_a(key, "EC") == 1) {
        auto& tables = KeyTables<P256Curve>::of_process();
        const bool fits = has_tables(kind);
        const Bytes digest = digest_of(kind, message);
        good = fits && ecdsa_equation_holds(tables, key, digest, signature);
        if (!good && openssl_verifies(key, kind, digest, signature)) {
            good = true;
            if (fits) {
                tables.count(key);
            }
        }
    }
    ERR_clear_error();
    return good;
}

}  // namespace yinxin::keys
