// SPDX-License-Identifier: Apache-2.0
// A PKCS#11 library, loaded at run time: its sessions, its logins, and what is done when they go
// stale. Version 2.20 is enough.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "keys/crypto/secret.h"
#include "keys/pkcs11_uri.h"
#include "keys/private_key.h"

namespace yinxin::keys {

/// How often what was done, for tests and for the log.
struct Pkcs11Counts {
    std::uint64_t sessions_opened = 0, logins = 0, reconnects = 0;
};

/// Any thread. A session in use belongs to one thread; idle ones are kept, up to sessions_max are
/// open for a token, who finds none waits. When sessions or handles went stale (the token was
/// restarted or taken out) all are given up, the library is begun anew and the call made once more.
/// A PIN that was refused is not offered again in the life of the process: three wrong ones lock
/// most tokens.
class Pkcs11Module {
  public:
    static constexpr int sessions_max = 16;

    /// The one of its path in this process; loaded with the variables the URI names, in one thread.
    /// It keeps the PIN, the first of each token and pin_source. Throws Error{Unavailable} when it
    /// cannot be loaded.
    static std::shared_ptr<Pkcs11Module> load(const Pkcs11Uri& uri, const Secret& pin);
    ~Pkcs11Module();
    Pkcs11Module(const Pkcs11Module&) = delete;
    Pkcs11Module& operator=(const Pkcs11Module&) = delete;

    /// DER SubjectPublicKeyInfo of the key. Throws Error{NotFound}, Error{Unavailable},
    /// Error{Forbidden} for a PIN that was refused.
    Bytes spki(const Pkcs11Uri& uri);
    /// CKM_RSA_PKCS over a DigestInfo, or CKM_ECDSA over a digest (r and s side by side). Throws as
    /// spki().
    Bytes sign(const Pkcs11Uri& uri, KeyAlgorithm algorithm, ByteView data);
    /// The token answers, with a session that is logged in. Throws as spki().
    void check(const Pkcs11Uri& uri);

    Pkcs11Counts counts() const;

  private:
    struct Impl;
    explicit Pkcs11Module(const std::filesystem::path& path);
    std::unique_ptr<Impl> impl_;
};

/// The PIN a URI names: file:PATH (0600, one line) or credential:NAME in $CREDENTIALS_DIRECTORY.
Secret read_pin(const std::string& pin_source);

}  // namespace yinxin::keys
