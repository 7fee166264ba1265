// SPDX-License-Identifier: Apache-2.0
#include "keys/pki/parsed_certificate.h"

#include <openssl/err.h>

#include <limits>
#include <utility>

#include "keys/crypto/der_memory.h"
#include "keys/crypto/sm2.h"

namespace yinxin::keys {
namespace {

X509Ptr shared(const X509Ptr& certificate) {
    openssl_check(X509_up_ref(certificate.get()) == 1, "certificate");
    return X509Ptr(certificate.get());
}

}  // namespace

X509Ptr parsed_certificate(ByteView der) {
    thread_local DerMemory<X509Ptr> kept;
    if (const X509Ptr* known = kept.find(der)) {
        return shared(*known);
    }
    if (der.size() > static_cast<std::size_t>(std::numeric_limits<long>::max())) {
        return nullptr;
    }
    const unsigned char* at = der.data();
    X509Ptr certificate(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
    ERR_clear_error();
    if (certificate == nullptr || at != der.data() + der.size()) {
        return nullptr;
    }
    set_sm2_id(certificate.get());
    return shared(kept.keep(der, std::move(certificate)));
}

X509Ptr required_certificate(ByteView der, std::string_view what) {
    X509Ptr certificate = parsed_certificate(der);
    // Once more, for what is wrong with it.
    return certificate != nullptr ? std::move(certificate) : from_der<X509Ptr, d2i_X509>(der, what);
}

}  // namespace yinxin::keys
