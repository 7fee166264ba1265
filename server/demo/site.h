// SPDX-License-Identifier: Apache-2.0
// What the demo PKI answers, by path:
//   POST /tsa/FAMILY           RFC 3161
//   POST /ocsp/FAMILY          RFC 6960; GET /ocsp/FAMILY/BASE64 too
//   GET  /crl/AUTHORITY.crl    made anew after an hour, or when something was revoked
//   GET  /ca/AUTHORITY.cer
// Families and authorities are those of keys/demo_pki.h.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "common/ports.h"
#include "keys/demo_pki.h"
#include "keys/key_store.h"
#include "keys/pki/revocation_journal.h"
#include "server/demo/faults.h"
#include "server/loopback_listener.h"

namespace yinxin::server {

/// Any thread. What was revoked and which faults are ordered is looked up at every request. Keys
/// are opened when they are first needed: a start must not wait for a dozen passphrases.
class DemoPkiSite {
  public:
    /// `folder` is DIR/pki; the clock and `random` outlive it.
    DemoPkiSite(std::filesystem::path folder,
                keys::Secret passphrase,
                const Clock& clock,
                Random& random);

    SmallAnswer answer(const SmallRequest& request);

  private:
    struct Crl {
        Bytes der;
        Time made{};
        std::size_t revoked = 0;  ///< length of the journal then
    };

    SmallAnswer route(const SmallRequest& request);
    SmallAnswer stamp(const keys::DemoFamily& family, const SmallRequest& request);
    SmallAnswer status(const keys::DemoFamily& family, ByteView request);
    SmallAnswer revocation_list(const std::string& authority);
    SmallAnswer certificate(const std::string& authority);
    keys::SoftwareKey& key(std::string_view id);
    Bytes certificate_of(std::string_view id) const;
    std::vector<keys::Revocation> revocations() const;
    std::vector<DemoFault> faults() const;

    const std::filesystem::path folder_;
    const Clock& clock_;
    Random& random_;
    std::mutex mutex_;  // of all below
    keys::KeyStore store_;
    std::map<std::string, std::unique_ptr<keys::SoftwareKey>, std::less<>> opened_;
    std::map<std::string, Crl> crls_;
};

}  // namespace yinxin::server
