// SPDX-License-Identifier: Apache-2.0
#include "keys/software_key.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>

#include "common/error.h"
#include "keys/crypto/openssl.h"
#include "keys/crypto/secret.h"
#include "keys/crypto/sm2.h"
#include "keys/order_check.h"
#include "keys/pki/certificate.h"

namespace yinxin::keys {
namespace {

using Pkcs12Ptr = Handle<PKCS12, PKCS12_free>;

// 16 MiB and some 50 ms to try one passphrase; the most that fits below OpenSSL's memory limit for
// scrypt.
constexpr std::uint64_t kScryptN = 16384;
constexpr std::uint64_t kScryptR = 8;
constexpr std::uint64_t kScryptP = 1;
constexpr int kSaltBytes = 16;

/// The block of an encrypted PKCS#8 PEM; anything else, a plain key above all, is refused.
X509SigPtr read_envelope(const std::string& id, ByteView pem) {
    const BioPtr source = reading_bio(pem);
    X509SigPtr envelope(PEM_read_bio_PKCS8(source.get(), nullptr, nullptr, nullptr));
    if (envelope == nullptr) {
        throw openssl_error(
            ErrorCode::Invalid,
            "key " + id + ": not an encrypted PKCS#8 key (BEGIN ENCRYPTED PRIVATE KEY)");
    }
    return envelope;
}

/// From this certificate to the one below a root, taken from a heap.
std::vector<Bytes> chain_upwards(X509* certificate, STACK_OF(X509) * heap) {
    std::vector<Bytes> chain{to_der<i2d_X509>(certificate)};
    const int count = heap == nullptr ? 0 : sk_X509_num(heap);
    for (int step = 0; step < count; ++step) {  // no more, so no circle
        for (int i = 0; i < count; ++i) {
            X509* issuer = sk_X509_value(heap, i);
            const bool root =
                X509_NAME_cmp(X509_get_subject_name(issuer), X509_get_issuer_name(issuer)) == 0;
            if (!root && X509_check_issued(issuer, certificate) == X509_V_OK) {
                chain.push_back(to_der<i2d_X509>(issuer));
                certificate = issuer;
                break;
            }
        }
        if (static_cast<int>(chain.size()) < step + 2) {
            break;
        }
    }
    ERR_clear_error();
    return chain;
}

}  // namespace

void SoftwareKey::Free::operator()(evp_pkey_st* key) const noexcept {
    EVP_PKEY_free(key);
}

void SoftwareKey::FreeContext::operator()(evp_md_ctx_st* context) const noexcept {
    EVP_MD_CTX_free(context);
}

SoftwareKey::SoftwareKey(std::string id, evp_pkey_st* key)
    : id_(std::move(id)), key_(key), algorithm_(key_algorithm_of(to_der<i2d_PUBKEY>(key))) {}

SoftwareKey::~SoftwareKey() = default;

std::unique_ptr<SoftwareKey> SoftwareKey::generate(const std::string& id, KeyAlgorithm algorithm) {
    EVP_PKEY* key = nullptr;
    switch (algorithm) {
        case KeyAlgorithm::EcdsaP256:
            key = EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256");
            break;
        case KeyAlgorithm::Rsa2048:
            key = EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{2048});
            break;
        case KeyAlgorithm::Rsa3072:
            key = EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{3072});
            break;
        case KeyAlgorithm::Sm2:
            key = EVP_PKEY_Q_keygen(nullptr, nullptr, SN_sm2);
            break;
    }
    openssl_check(key != nullptr, "generating a key");
    return std::unique_ptr<SoftwareKey>(new SoftwareKey(id, key));
}

std::unique_ptr<SoftwareKey> SoftwareKey::from_encrypted_pem(const std::string& id,
                                                             ByteView pem,
                                                             ByteView passphrase) {
    const X509SigPtr envelope = read_envelope(id, pem);
    const Pkcs8InfoPtr info(PKCS8_decrypt(envelope.get(),
                                          reinterpret_cast<const char*>(passphrase.data()),
                                          openssl_length(passphrase.size())));
    EvpPkeyPtr key(info != nullptr ? EVP_PKCS82PKEY(info.get()) : nullptr);
    if (key == nullptr) {
        throw openssl_error(ErrorCode::Invalid,
                            "key " + id + ": wrong passphrase or a damaged file");
    }
    key_algorithm_of(to_der<i2d_PUBKEY>(key.get()));
    return std::unique_ptr<SoftwareKey>(new SoftwareKey(id, key.release()));
}

std::unique_ptr<SoftwareKey> SoftwareKey::from_pkcs12(const std::string& id,
                                                      ByteView file,
                                                      ByteView passphrase) {
    const auto bag = from_der<Pkcs12Ptr, d2i_PKCS12>(file, "PKCS#12 file of key " + id);
    // PKCS12_parse wants a text that ends; wiped with the rest.
    Bytes text = to_bytes(passphrase);
    text.push_back(0);
    const Secret terminated(std::move(text));
    EVP_PKEY* key = nullptr;
    X509* own = nullptr;
    STACK_OF(X509)* others = nullptr;
    const bool opened = PKCS12_parse(bag.get(),
                                     reinterpret_cast<const char*>(terminated.view().data()),
                                     &key,
                                     &own,
                                     &others) == 1;
    EvpPkeyPtr owned(key);
    const X509Ptr certificate(own);
    const CertificateStackPtr issuers(others);
    if (!opened) {
        throw openssl_error(
            ErrorCode::Invalid,
            "key " + id + ": wrong passphrase, a damaged file or an outdated cipher of PKCS#12");
    }
    if (owned == nullptr || certificate == nullptr) {
        throw Error(ErrorCode::Invalid,
                    "key " + id + ": the file holds no key with its certificate");
    }
    std::unique_ptr<SoftwareKey> result(new SoftwareKey(id, owned.release()));
    result->set_chain(chain_upwards(certificate.get(), issuers.get()));
    return result;
}

Bytes SoftwareKey::to_encrypted_pem(ByteView passphrase) const {
    if (passphrase.empty()) {
        throw Error(ErrorCode::Invalid, "an empty passphrase protects nothing");
    }
    const auto info = openssl_required(Pkcs8InfoPtr(EVP_PKEY2PKCS8(key_.get())), "PKCS#8");
    X509AlgorPtr scheme = openssl_required(
        X509AlgorPtr(PKCS5_pbe2_set_scrypt(
            EVP_aes_256_cbc(), nullptr, kSaltBytes, nullptr, kScryptN, kScryptR, kScryptP)),
        "PBES2");
    const auto envelope =
        openssl_required(X509SigPtr(PKCS8_set0_pbe(reinterpret_cast<const char*>(passphrase.data()),
                                                   openssl_length(passphrase.size()),
                                                   info.get(),
                                                   scheme.get())),
                         "encrypting a key");
    scheme.release();  // set0: the envelope owns it now
    const BioPtr text = writing_bio();
    openssl_check(PEM_write_bio_PKCS8(text.get(), envelope.get()) == 1, "PEM");
    return written(text.get());
}

Bytes SoftwareKey::spki() const {
    return to_der<i2d_PUBKEY>(key_.get());
}

void SoftwareKey::set_chain(std::vector<Bytes> chain) {
    if (chain.empty() || Certificate::from_der(chain.front()).spki != spki()) {
        throw Error(ErrorCode::Invalid,
                    "key " + id_ + ": the first certificate is not of this key");
    }
    chain_ = std::move(chain);
}

SoftwareKey::ContextPtr SoftwareKey::take_context() {
    {
        const std::lock_guard lock(mutex_);
        if (!ready_.empty()) {
            ContextPtr context = std::move(ready_.back());
            ready_.pop_back();
            return context;
        }
    }
    return ContextPtr(signing_context(key_.get()).release());
}

Bytes SoftwareKey::sign(const SignOrder& order) {
    check_order(order);
    ContextPtr context = take_context();
    Bytes signature(static_cast<std::size_t>(EVP_PKEY_get_size(key_.get())));
    std::size_t size = signature.size();
    openssl_check(
        EVP_DigestSign(
            context.get(), signature.data(), &size, order.message.data(), order.message.size()) ==
            1,
        "signing");
    signature.resize(size);
    operations_.at(static_cast<std::size_t>(order.purpose)).fetch_add(1, std::memory_order_relaxed);
    give_back(std::move(context));
    return signature;
}

/// Initialised again with the same key, and the same identifier in SM2; one that is not is dropped:
/// the signature was made.
void SoftwareKey::give_back(ContextPtr context) {
    if (EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, nullptr) != 1) {
        ERR_clear_error();
        return;
    }
    const std::lock_guard lock(mutex_);
    ready_.push_back(std::move(context));
}

std::map<KeyPurpose, std::uint64_t> SoftwareKey::operations() const {
    std::map<KeyPurpose, std::uint64_t> result;
    for (std::size_t i = 0; i < operations_.size(); ++i) {
        if (const std::uint64_t count = operations_[i].load(std::memory_order_relaxed); count > 0) {
            result.emplace(static_cast<KeyPurpose>(i), count);
        }
    }
    return result;
}

}  // namespace yinxin::keys
