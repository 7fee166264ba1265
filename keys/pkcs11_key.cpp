// SPDX-License-Identifier: Apache-2.0
#include "keys/pkcs11_key.h"

#include <utility>

#include "common/error.h"
#include "keys/crypto/digest.h"
#include "keys/crypto/openssl.h"
#include "keys/order_check.h"
#include "keys/pki/certificate.h"

namespace yinxin::keys {
namespace {

/// DER of DigestInfo up to the SHA-256 (RFC 8017, 9.2).
constexpr unsigned char kSha256Info[] = {0x30,
                                         0x31,
                                         0x30,
                                         0x0d,
                                         0x06,
                                         0x09,
                                         0x60,
                                         0x86,
                                         0x48,
                                         0x01,
                                         0x65,
                                         0x03,
                                         0x04,
                                         0x02,
                                         0x01,
                                         0x05,
                                         0x00,
                                         0x04,
                                         0x20};

/// PKCS#11 gives r and s side by side.
Bytes ecdsa_der(ByteView pair) {
    const std::size_t half = pair.size() / 2;
    const EcdsaSigPtr signature = openssl_required(EcdsaSigPtr(ECDSA_SIG_new()), "ECDSA signature");
    BignumPtr r(BN_bin2bn(pair.data(), openssl_length(half), nullptr));
    BignumPtr s(BN_bin2bn(pair.data() + half, openssl_length(half), nullptr));
    openssl_check(
        r != nullptr && s != nullptr && ECDSA_SIG_set0(signature.get(), r.get(), s.get()) == 1,
        "ECDSA signature");
    static_cast<void>(r.release());
    static_cast<void>(s.release());
    return to_der<i2d_ECDSA_SIG>(signature.get());
}

}  // namespace

Pkcs11Key::Pkcs11Key(std::string id,
                     const Pkcs11Uri& uri,
                     std::vector<Bytes> chain,
                     const Secret& pin)
    : id_(std::move(id)),
      uri_(uri),
      module_(Pkcs11Module::load(uri, pin)),
      spki_(module_->spki(uri)),
      algorithm_(key_algorithm_of(spki_)),
      chain_(std::move(chain)) {
    if (!chain_.empty() && Certificate::from_der(chain_.front()).spki != spki_) {
        throw Error(ErrorCode::Invalid,
                    "key " + id_ + ": the first certificate is not of this key");
    }
}

Bytes Pkcs11Key::sign(const SignOrder& order) {
    check_order(order);
    return sign_plainly(order.message);
}

Bytes Pkcs11Key::sign_plainly(ByteView message) {
    const Bytes digest = sha256(message);
    if (algorithm_ == KeyAlgorithm::EcdsaP256) {
        return ecdsa_der(module_->sign(uri_, algorithm_, digest));
    }
    Bytes info(std::begin(kSha256Info), std::end(kSha256Info));
    info.insert(info.end(), digest.begin(), digest.end());
    return module_->sign(uri_, algorithm_, info);
}

}  // namespace yinxin::keys
