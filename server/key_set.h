// SPDX-License-Identifier: Apache-2.0
// The keys of an instance as files and the register tell them: which one seals, which signs tokens,
// their certificates, and who came before them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "server/config/config.h"
#include "server/sealer/client.h"
#include "server/storage/key_register.h"

namespace yinxin::server {

/// Where the trust anchors of an instance are read from: DIR/pki/*-root.pem (DER).
std::vector<Bytes> trust_anchors(const Config& config);

/// Ids of all keys in DIR/keys, sorted.
std::vector<std::string> key_ids(const Config& config);
/// The certificate of a key and its issuers, from keys/ID.pem; empty when there is no such file.
/// What stands there is public; the key itself is the sealer's.
std::vector<Bytes> installed_chain(const Config& config, const std::string& id);
/// The same; throws Error{NotFound} naming the keys there are, Error{Unavailable} saying how to get
/// a certificate.
std::vector<Bytes> chain_of(const Config& config, const std::string& id);

/// Which keys are used now: those of the configuration, or who has come in their place.
struct KeysInUse {
    std::string seal, token;
    std::string ses;  ///< that of the first of two seals; "": there is one seal

    bool has(const std::string& id) const { return id == seal || id == token || id == ses; }
};
KeysInUse keys_in_use(const Config& config, const std::vector<KeyChange>& changes);

/// Ids of the keys that sign nothing more: the sealer does not open them.
std::vector<std::string> closed_keys(const std::vector<KeyChange>& changes);

/// On the keys of the instance, but for those. Throws what SealerClient does.
std::shared_ptr<SealerClient> start_sealer(const Config& config,
                                           const std::vector<KeyChange>& changes);

/// Certificates (DER) of the keys that seal every document.
struct SealUsers {
    Bytes seal;
    Bytes ses{};  ///< empty: there is one seal
};
/// Throws as chain_of().
SealUsers seal_users(const Config& config, const KeysInUse& used);
/// Of the keys that are in use now.
SealUsers seal_users(const Config& config, KeyRegister& known);

/// Certificates of the keys in whose place this one has come and that were not compromised.
std::vector<Bytes> earlier_certificates(const Config& config,
                                        const std::vector<KeyChange>& changes,
                                        const std::string& in_use);

}  // namespace yinxin::server
