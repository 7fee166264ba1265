// SPDX-License-Identifier: Apache-2.0
// SM2 signatures as others make them: of anything, with or without the identifier, raw. Not by what
// signs in the product.
#pragma once

#include "keys/crypto/openssl.h"
#include "keys/software_key.h"

namespace yinxin::tests {

inline Bytes sign(const keys::SoftwareKey& key, ByteView message, bool empty_identifier = false) {
    const keys::EvpMdCtxPtr context(EVP_MD_CTX_new());
    EVP_PKEY_CTX* parameters = nullptr;
    keys::openssl_check(
        EVP_DigestSignInit(context.get(), &parameters, EVP_sm3(), nullptr, key.handle()) == 1 &&
            (empty_identifier || EVP_PKEY_CTX_set1_id(parameters, "1234567812345678", 16) == 1),
        "signing");
    Bytes signature(128);
    std::size_t size = signature.size();
    keys::openssl_check(
        EVP_DigestSign(context.get(), signature.data(), &size, message.data(), message.size()) == 1,
        "signing");
    signature.resize(size);
    return signature;
}

/// r and s of 32 bytes each.
inline Bytes raw_signature(const Bytes& der_signature) {
    const auto value = keys::from_der<keys::EcdsaSigPtr, d2i_ECDSA_SIG>(der_signature, "signature");
    Bytes out(64);
    BN_bn2binpad(ECDSA_SIG_get0_r(value.get()), out.data(), 32);
    BN_bn2binpad(ECDSA_SIG_get0_s(value.get()), out.data() + 32, 32);
    return out;
}

}  // namespace yinxin::tests
