// SPDX-License-Identifier: Apache-2.0
// PINs that tokens have refused (keys/refused-pins), so that none is offered twice, whoever starts
// again and wherever it is written by then: most tokens lock after three.
#pragma once

#include <filesystem>
#include <string>

#include "common/bytes.h"
#include "keys/crypto/secret.h"
#include "keys/pkcs11_uri.h"

namespace yinxin::keys {

/// Keeps the file open, so that it can be written by a process that may not open it any more. One
/// thread at a time; other processes may have it open, too.
class RefusedPins {
  public:
    /// Makes the file (0600) when it is not there. `secret` is the instance's: of a PIN only an
    /// HMAC under a key from it is kept. Throws as write_file_durably.
    RefusedPins(const std::filesystem::path& file, ByteView secret);
    ~RefusedPins();
    RefusedPins(RefusedPins&& other) noexcept;
    RefusedPins& operator=(RefusedPins&&) = delete;

    /// Whether the token of this URI has refused it.
    bool contains(const Pkcs11Uri& uri, const Secret& pin) const;
    /// On the disk when it returns. Throws Error{Unavailable}.
    void add(const Pkcs11Uri& uri, const Secret& pin);
    /// All of this token: it was given another PIN. Throws as add.
    void forget(const Pkcs11Uri& uri);

  private:
    std::string line_of(const Pkcs11Uri& uri, const Secret& pin) const;
    std::string token_of(const Pkcs11Uri& uri) const;
    std::string content() const;

    int fd_;
    Secret token_key_, pin_key_;
};

}  // namespace yinxin::keys
