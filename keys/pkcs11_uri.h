// SPDX-License-Identifier: Apache-2.0
// Where a key in a token is: a PKCS#11 URI (RFC 7512), one line in keys/ID.p11.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include "common/bytes.h"

namespace yinxin::keys {

struct Pkcs11Uri {
    std::string token, serial;          ///< of the token: label, serial number; "" is any
    std::string object;                 ///< label of the key; "" is any
    Bytes id;                           ///< CKA_ID of the key; empty is any
    std::filesystem::path module_path;  ///< the library
    std::string pin_source;             ///< file:PATH or credential:NAME
    /// x-environment=NAME=VALUE: where the module finds its own configuration.
    std::map<std::string, std::string> environment;
    bool network = false;  ///< x-network=yes: the module reaches its device over one

    /// Which token: a zero byte keeps label and serial number apart.
    std::string token_name() const { return token + '\0' + serial + '\0'; }
    bool same_token(const Pkcs11Uri& other) const { return token_name() == other.token_name(); }
};

/// Throws Error{Invalid} saying what is missing or not allowed: an absolute module-path, a token or
/// serial, an object or id and a pin-source are needed; a PIN in the text (pin-value) is refused.
Pkcs11Uri read_pkcs11_uri(std::string_view text);

}  // namespace yinxin::keys
