// SPDX-License-Identifier: Apache-2.0
#include "keys/pki/parsed_certificate.h"

#include <openssl/err.h>

#include <algorithm>
#include <limits>
#include <map>
#include <utility>

#include "keys/crypto/sm2.h"

namespace yinxin::keys {
namespace {

constexpr std::size_t kKeptMax = 64;
constexpr std::size_t kKeptBytesMax = 8u << 10;  // of one; who sends larger ones pays for it

struct Before {
    using is_transparent = void;
    bool operator()(ByteView a, ByteView b) const {
        return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end());
    }
};

X509Ptr shared(const X509Ptr& certificate) {
    openssl_check(X509_up_ref(certificate.get()) == 1, "certificate");
    return X509Ptr(certificate.get());
}

}  // namespace

X509Ptr parsed_certificate(ByteView der) {
    thread_local std::map<Bytes, X509Ptr, Before> kept;
    if (const auto found = kept.find(der); found != kept.end()) {
        return shared(found->second);
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
    if (der.size() > kKeptBytesMax) {
        return certificate;
    }
    if (kept.size() >= kKeptMax) {
        kept.clear();
    }
    return shared(kept.emplace(to_bytes(der), std::move(certificate)).first->second);
}

X509Ptr required_certificate(ByteView der, std::string_view what) {
    X509Ptr certificate = parsed_certificate(der);
    // Once more, for what is wrong with it.
    return certificate != nullptr ? std::move(certificate) : from_der<X509Ptr, d2i_X509>(der, what);
}

}  // namespace yinxin::keys
