// SPDX-License-Identifier: Apache-2.0
// A private key in this process's memory. For the sealer and for making a demo PKI.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>

#include "keys/private_key.h"

struct evp_md_ctx_st;
struct evp_pkey_st;

namespace yinxin::keys {

/// Any thread. OpenSSL wipes the key's numbers when it is destroyed.
class SoftwareKey : public PrivateKey {
  public:
    /// A new key.
    static std::unique_ptr<SoftwareKey> generate(const std::string& id, KeyAlgorithm algorithm);
    /// From an encrypted PKCS#8 PEM (to_encrypted_pem); throws Error{Invalid} on a wrong passphrase
    /// or a damaged file.
    static std::unique_ptr<SoftwareKey> from_encrypted_pem(const std::string& id,
                                                           ByteView pem,
                                                           ByteView passphrase);
    /// From a PKCS#12 file, with its chain: the key's certificate and its issuers in order, without
    /// the root. Throws as above, and when there is no certificate of the key.
    static std::unique_ptr<SoftwareKey> from_pkcs12(const std::string& id,
                                                    ByteView file,
                                                    ByteView passphrase);
    ~SoftwareKey() override;

    const std::string& id() const override { return id_; }
    KeyAlgorithm algorithm() const override { return algorithm_; }
    const std::vector<Bytes>& chain() const override { return chain_; }
    /// Refuses what order_check.h refuses.
    Bytes sign(const SignOrder& order) override;

    /// Signatures made since the start, by purpose; purposes never used are left out.
    std::map<KeyPurpose, std::uint64_t> operations() const;

    /// PBES2: scrypt (N 16384, r 8, p 1) and AES-256-CBC.
    Bytes to_encrypted_pem(ByteView passphrase) const;
    /// DER SubjectPublicKeyInfo.
    Bytes spki() const;
    /// Before the key is shared between threads. Throws Error{Invalid} when chain[0] is of another
    /// key.
    void set_chain(std::vector<Bytes> chain);

    /// For certificate_writer only.
    evp_pkey_st* handle() const { return key_.get(); }

  private:
    struct Free {
        void operator()(evp_pkey_st* key) const noexcept;
    };
    struct FreeContext {
        void operator()(evp_md_ctx_st* context) const noexcept;
    };
    using ContextPtr = std::unique_ptr<evp_md_ctx_st, FreeContext>;

    SoftwareKey(std::string id, evp_pkey_st* key);

    ContextPtr take_context();
    void give_back(ContextPtr context);

    std::string id_;
    std::unique_ptr<evp_pkey_st, Free> key_;
    /// Ready to sign, as many as signatures were made at once: making one takes longer than a
    /// signature in P-256.
    std::vector<ContextPtr> ready_;
    std::mutex mutex_;  ///< of those
    KeyAlgorithm algorithm_;
    std::vector<Bytes> chain_;
    std::array<std::atomic<std::uint64_t>, 7> operations_{};
};

}  // namespace yinxin::keys
