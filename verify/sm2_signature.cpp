// SPDX-License-Identifier: Apache-2.0
#include "verify/sm2_signature.h"

#include "keys/crypto/sm2.h"

namespace yinxin::verify {

namespace {

constexpr std::size_t kNumberBytes = 32;

Bytes der_of_raw(ByteView raw) {
    const keys::EcdsaSigPtr value(keys::openssl_required(ECDSA_SIG_new(), "SM2 signature"));
    keys::BignumPtr r(BN_bin2bn(raw.data(), static_cast<int>(kNumberBytes), nullptr));
    keys::BignumPtr s(
        BN_bin2bn(raw.data() + kNumberBytes, static_cast<int>(kNumberBytes), nullptr));
    keys::openssl_check(ECDSA_SIG_set0(value.get(), r.get(), s.get()) == 1, "SM2 signature");
    r.release();  // set0: the value owns them now
    s.release();
    return keys::to_der<i2d_ECDSA_SIG>(value.get());
}

}  // namespace

bool sm2_holds(EVP_PKEY* key, ByteView message, ByteView signature, std::string_view id) {
    return keys::verify_sm2(key, message, signature, id) ||
           (signature.size() == 2 * kNumberBytes &&
            keys::verify_sm2(key, message, der_of_raw(signature), id));
}

}  // namespace yinxin::verify
