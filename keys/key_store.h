// SPDX-License-Identifier: Apache-2.0
// Keys at rest: a folder with <id>.p8 (encrypted PKCS#8, 0600) and <id>.pem (certificate, then its
// issuers without the root). Linked by the sealer only. The formats are in keys/README.md.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "common/ports.h"
#include "keys/crypto/secret.h"
#include "keys/software_key.h"

namespace yinxin::keys {

/// Reads a passphrase (the file without its last line end). Throws Error{Forbidden} unless the file
/// is 0600 or less, Error{Invalid} when it is empty.
Secret read_passphrase(const std::filesystem::path& file);
/// Makes a file (0600) with a passphrase of 256 random bits; throws Error{Conflict} when it is
/// there already.
void create_passphrase(const std::filesystem::path& file, Random& random);

/// One writer at a time (the caller holds the instance's lock); reading needs none.
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
    /// About 50 ms. Throws Error{NotFound}, or Error{Invalid} on a wrong passphrase, a damaged file
    /// or a wrong chain.
    std::unique_ptr<SoftwareKey> open(const std::string& id) const;

    const std::filesystem::path& folder() const { return folder_; }

  private:
    std::filesystem::path key_file(const std::string& id) const;
    std::filesystem::path chain_file(const std::string& id) const;

    std::filesystem::path folder_;
    Secret passphrase_;
};

}  // namespace yinxin::keys
