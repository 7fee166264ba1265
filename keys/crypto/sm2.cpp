// SPDX-License-Identifier: Apache-2.0
#include "keys/crypto/sm2.h"

#include <openssl/err.h>

#include "keys/crypto/signature_equations.h"

namespace yinxin::keys {
namespace {

/// Nothing is set for the empty identifier, which is what OpenSSL then takes.
bool set_id(EVP_PKEY_CTX* parameters, std::string_view id) {
    return id.empty() ||
           EVP_PKEY_CTX_set1_id(parameters, id.data(), openssl_length(id.size())) == 1;
}

bool openssl_verifies(EVP_PKEY* key, ByteView message, ByteView signature, std::string_view id) {
    const auto context = openssl_required(EvpMdCtxPtr(EVP_MD_CTX_new()), "digest context");
    EVP_PKEY_CTX* parameters = nullptr;
    return EVP_DigestVerifyInit(context.get(), &parameters, EVP_sm3(), nullptr, key) == 1 &&
           set_id(parameters, id) &&
           EVP_DigestVerify(
               context.get(), signature.data(), signature.size(), message.data(), message.size()) ==
               1;
}

}  // namespace

bool is_sm2(const EVP_PKEY* key) {
    return EVP_PKEY_is_a(key, SN_sm2) == 1;
}

EvpMdCtxPtr signing_context(EVP_PKEY* key) {
    auto context = openssl_required(EvpMdCtxPtr(EVP_MD_CTX_new()), "digest context");
    const bool sm2 = is_sm2(key);
    EVP_PKEY_CTX* parameters = nullptr;  // belongs to the context
    openssl_check(
        EVP_DigestSignInit(
            context.get(), &parameters, sm2 ? EVP_sm3() : EVP_sha256(), nullptr, key) == 1 &&
            (!sm2 || set_id(parameters, sm2_id)),
        "signing");
    return context;
}

bool verify_sm2(EVP_PKEY* key, ByteView message, ByteView signature, std::string_view id) {
    bool good = false;
    if (is_sm2(key)) {
        auto& tables = KeyTables<Sm2Curve>::of_process();
        good = sm2_equation_holds(tables, key, message, signature, id);
        if (!good && openssl_verifies(key, message, signature, id)) {
            good = true;
            tables.count(key);
        }
    }
    ERR_clear_error();
    return good;
}

void set_sm2_id(X509* certificate) {
    if (X509_get_signature_nid(certificate) != NID_SM2_with_SM3) {
        return;
    }
    Asn1OctetStringPtr id =
        openssl_required(Asn1OctetStringPtr(ASN1_OCTET_STRING_new()), "identifier of SM2");
    openssl_check(ASN1_OCTET_STRING_set(id.get(),
                                        reinterpret_cast<const unsigned char*>(sm2_id.data()),
                                        openssl_length(sm2_id.size())) == 1,
                  "identifier of SM2");
    X509_set0_distinguishing_id(certificate, id.release());
}

}  // namespace yinxin::keys
