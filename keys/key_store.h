// SPDX-License-Identifier: Apache-2.0
// Keys at rest: a folder with <id>.p8 (encrypted PKCS#8, 0600) or <id>.p11 (where in a PKCS#11
// token it is, 0600), and <id>.pem (certificate, then its issuers without the root). Linked by the
// sealer only. The formats are in keys/README.md.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "common/ports.h"
#include "keys/certificate_writer.h"
#include "keys/crypto/secret.h"
#include "keys/passphrase.h"
#include "keys/software_key.h"
#include "keys/token_key.h"

namespace yinxin::keys {

/// One writer at a time (the caller holds the instance's lock); reading needs none. A key in a
/// token needs the instance's secret beside it (`pepper`).
class KeyStore {
  public:
    KeyStore(std::filesystem::path folder, Secret passphrase);

    /// Ids of all keys in the folder, sorted; empty when there is no folder.
    std::vector<std::string> ids() const;
    bool contains(const std::string& id) const;
    /// Makes a key, stores it and gives it. An id is 1 to 64 of a-z, 0-9 and '-'. Throws
    /// Error{Conflict} when it exists.
    std::unique_ptr<SoftwareKey> generate(const std::string& id, KeyAlgorithm algorithm);
    /// Stores the certificates of a key, replacing earlier ones. Throws Error{Invalid} when they do
    /// not belong together: chain[0] of this key, each certificate issued by the next.
    void install_chain(const std::string& id, const std::vector<Bytes>& chain);
    /// The same for a key that is open, which takes the chain too.
    void install_chain(SoftwareKey& key, const std::vector<Bytes>& chain);
    /// Stores the key of a PKCS#12 file and the chain that comes with it, without the root; answers
    /// how many certificates. Throws Error{Conflict} when the id is taken, Error{Invalid} on a
    /// wrong passphrase, a damaged file or one without a certificate.
    std::size_t import_pkcs12(const std::string& id, ByteView file, const Secret& passphrase);
    /// Keeps where a key in a PKCS#11 token is (<id>.p11), once it was found there. Throws
    /// Error{Conflict}, and what Pkcs11Key and read_pkcs11_uri throw.
    void import_token(const std::string& id, const std::string& uri);
    /// PKCS#10 in PEM (certificate_request) of a stored key.
    std::string request(const std::string& id, const SubjectName& subject) const;
    /// About 50 ms. Throws Error{NotFound}, or Error{Invalid} on a wrong passphrase, a damaged file
    /// or a wrong chain.
    std::unique_ptr<SoftwareKey> open(const std::string& id) const;
    bool in_token(const std::string& id) const;
    /// Where a key in a token is. Throws Error{NotFound}, and what read_pkcs11_uri throws.
    Pkcs11Uri token_uri(const std::string& id) const;
    /// A key in a token, with its chain; the token itself is not asked yet. Throws as token_uri,
    /// and what RefusedPins throws.
    std::unique_ptr<TokenKey> in_its_token(const std::string& id) const;
    /// The PINs the key's token has refused may be offered again: the token was corrected. Throws
    /// Error{Invalid} for a key in no token, and as in_its_token.
    void forget_refused_pins(const std::string& id);

    const std::filesystem::path& folder() const { return folder_; }

  private:
    void refuse_taken(const std::string& id) const;
    void keep(const SoftwareKey& key);
    std::filesystem::path key_file(const std::string& id) const;
    void write_chain(const std::string& id, const std::vector<Bytes>& chain);
    std::unique_ptr<Pkcs11Key> open_token(const std::string& id,
                                          const Pkcs11Uri& uri,
                                          const std::vector<Bytes>& chain) const;
    RefusedPins refused_pins() const;
    std::filesystem::path uri_file(const std::string& id) const;
    std::vector<Bytes> stored_chain(const std::string& id) const;
    std::filesystem::path chain_file(const std::string& id) const;

    std::filesystem::path folder_;
    Secret passphrase_;
};

}  // namespace yinxin::keys
