// SPDX-License-Identifier: Apache-2.0
#include "keys/crypto/openssl.h"

#include <openssl/err.h>

namespace yinxin::keys {

Error openssl_error(ErrorCode code, std::string_view what) {
    std::string detail(what);
    const char* separator = ": ";
    // The data of an entry may hold what the caller handed in, so only the fixed reason goes into
    // the text.
    while (const unsigned long entry = ERR_get_error()) {
        const char* reason = ERR_reason_error_string(entry);
        detail += separator;
        detail += reason != nullptr ? reason : "unknown reason";
        separator = ", ";
    }
    return Error(code, detail);
}

BioPtr reading_bio(ByteView bytes) {
    static constexpr std::uint8_t kEmpty = 0;  // OpenSSL takes no null, not even of length 0
    const std::uint8_t* begin = bytes.empty() ? &kEmpty : bytes.data();
    return openssl_required(BioPtr(BIO_new_mem_buf(begin, openssl_length(bytes.size()))),
                            "memory BIO");
}

BioPtr writing_bio() {
    return openssl_required(BioPtr(BIO_new(BIO_s_mem())), "memory BIO");
}

Bytes written(BIO* bio) {
    const unsigned char* data = nullptr;
    const long size = BIO_get_mem_data(bio, &data);
    return size > 0 ? Bytes(data, data + size) : Bytes();
}

EvpPkeyPtr public_key_from_spki(ByteView spki) {
    return from_der<EvpPkeyPtr, d2i_PUBKEY>(spki, "public key");
}

}  // namespace yinxin::keys
