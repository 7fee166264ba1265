// SPDX-License-Identifier: Apache-2.0
// What OpenSSL says of a CMS: it knows nothing of how ours are made.
#pragma once

#include <openssl/err.h>

#include "keys/crypto/openssl.h"

namespace yinxin::tests {

/// As `openssl cms -verify -cades -binary -content ... -CAfile root -purpose any`.
inline bool openssl_verifies(ByteView cms_der, ByteView content, ByteView root_der) {
    const auto cms = keys::from_der<keys::CmsPtr, d2i_CMS_ContentInfo>(cms_der, "CMS");
    const keys::X509StorePtr store(X509_STORE_new());
    const auto root = keys::from_der<keys::X509Ptr, d2i_X509>(root_der, "root");
    X509_STORE_add_cert(store.get(), root.get());
    X509_STORE_set_purpose(store.get(), X509_PURPOSE_ANY);
    const keys::BioPtr source = keys::reading_bio(content);
    const bool good =
        CMS_verify(
            cms.get(), nullptr, store.get(), source.get(), nullptr, CMS_BINARY | CMS_CADES) == 1;
    ERR_clear_error();
    return good;
}

}  // namespace yinxin::tests
