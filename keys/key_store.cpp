// SPDX-License-Identifier: Apache-2.0
#include "keys/key_store.h"

#include <algorithm>

#include "common/error.h"
#include "common/files.h"
#include "keys/crypto/sm2.h"
#include "keys/pki/certificate.h"

namespace yinxin::keys {
namespace {

constexpr std::size_t kFileBytesMax = 64u << 10;

void check_id(const std::string& id) {
    if (id.empty() || id.size() > 64 ||
        id.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") != std::string::npos) {
        throw Error(ErrorCode::Invalid, "key id \"" + id + "\": use 1 to 64 of a-z, 0-9 and -");
    }
}

X509Ptr parse(ByteView der) {
    X509Ptr certificate = from_der<X509Ptr, d2i_X509>(der, "certificate");
    set_sm2_id(certificate.get());
    return certificate;
}

/// Each certificate is issued by the next one: name and signature.
void check_links(const std::vector<Bytes>& chain) {
    for (std::size_t i = 0; i + 1 < chain.size(); ++i) {
        const X509Ptr subject = parse(chain[i]);
        const X509Ptr issuer = parse(chain[i + 1]);
        const bool linked = X509_check_issued(issuer.get(), subject.get()) == X509_V_OK &&
                            X509_verify(subject.get(), X509_get0_pubkey(issuer.get())) == 1;
        if (!linked) {
            throw openssl_error(
                ErrorCode::Invalid,
                "certificate " + std::to_string(i + 1) + " of the chain is not issued by the next");
        }
    }
}

}  // namespace

KeyStore::KeyStore(std::filesystem::path folder, Secret passphrase)
    : folder_(std::move(folder)), passphrase_(std::move(passphrase)) {}

std::filesystem::path KeyStore::key_file(const std::string& id) const {
    check_id(id);
    return folder_ / (id + ".p8");
}

std::filesystem::path KeyStore::chain_file(const std::string& id) const {
    check_id(id);
    return folder_ / (id + ".pem");
}

std::vector<std::string> KeyStore::ids() const {
    std::vector<std::string> result;
    if (std::filesystem::is_directory(folder_)) {
        for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
            if (entry.path().extension() == ".p8" || entry.path().extension() == ".p11") {
                result.push_back(entry.path().stem().string());
            }
        }
    }
    std::sort(result.begin(), result.end());
    return result;
}

bool KeyStore::contains(const std::string& id) const {
    return std::filesystem::exists(key_file(id)) || in_token(id);
}

std::unique_ptr<SoftwareKey> KeyStore::generate(const std::string& id, KeyAlgorithm algorithm) {
    refuse_taken(id);
    auto key = SoftwareKey::generate(id, algorithm);
    keep(*key);
    return key;
}

void KeyStore::refuse_taken(const std::string& id) const {
    if (contains(id)) {
        throw Error(ErrorCode::Conflict, "key " + id + " exists already in " + folder_.string());
    }
}

void KeyStore::keep(const SoftwareKey& key) {
    if (std::filesystem::create_directories(folder_)) {
        std::filesystem::permissions(folder_, std::filesystem::perms::owner_all);
    }
    write_file_durably(key_file(key.id()),
                       key.to_encrypted_pem(passphrase_.view()),
                       FileMode::Private,
                       IfPresent::Refuse);
}

std::size_t KeyStore::import_pkcs12(const std::string& id,
                                    ByteView file,
                                    const Secret& passphrase) {
    refuse_taken(id);
    const auto key = SoftwareKey::from_pkcs12(id, file, passphrase.view());
    const std::vector<Bytes> chain = key->chain();
    check_links(chain);
    keep(*key);
    install_chain(*key, chain);
    return chain.size();
}

std::string KeyStore::request(const std::string& id, const SubjectName& subject) const {
    if (in_token(id)) {
        const auto key = open_token(id, token_uri(id), {});
        return certificate_request(*key, subject);
    }
    return certificate_request(*open(id), subject);
}

void KeyStore::install_chain(const std::string& id, const std::vector<Bytes>& chain) {
    if (!in_token(id)) {
        install_chain(*open(id), chain);
        return;
    }
    open_token(id, token_uri(id), chain);
    write_chain(id, chain);
}

void KeyStore::write_chain(const std::string& id, const std::vector<Bytes>& chain) {
    check_links(chain);
    write_file_durably(
        chain_file(id), as_bytes(certificates_to_pem(chain)), FileMode::Public, IfPresent::Replace);
}

std::filesystem::path KeyStore::uri_file(const std::string& id) const {
    check_id(id);
    return folder_ / (id + ".p11");
}

bool KeyStore::in_token(const std::string& id) const {
    return std::filesystem::exists(uri_file(id));
}

Pkcs11Uri KeyStore::token_uri(const std::string& id) const {
    return read_pkcs11_uri(as_text(read_private_file(uri_file(id), kFileBytesMax)));
}

void KeyStore::import_token(const std::string& id, const std::string& uri) {
    refuse_taken(id);
    open_token(id, read_pkcs11_uri(uri), {});
    write_file_durably(uri_file(id), as_bytes(uri + "\n"), FileMode::Private, IfPresent::Refuse);
}

std::unique_ptr<Pkcs11Key> KeyStore::open_token(const std::string& id,
                                                const Pkcs11Uri& uri,
                                                const std::vector<Bytes>& chain) const {
    RefusedPins refused = refused_pins();
    return open_once_per_pin(id, uri, chain, read_pin(uri.pin_source), refused);
}

RefusedPins KeyStore::refused_pins() const {
    const Secret secret(read_private_file(folder_ / "pepper", kFileBytesMax));
    return {folder_ / "refused-pins", secret.view()};
}

std::unique_ptr<TokenKey> KeyStore::in_its_token(const std::string& id) const {
    return std::make_unique<TokenKey>(id, token_uri(id), stored_chain(id), refused_pins());
}

void KeyStore::forget_refused_pins(const std::string& id) {
    if (!in_token(id)) {
        throw Error(ErrorCode::Invalid, "the key " + id + " is in no token and has no PIN");
    }
    refused_pins().forget(token_uri(id));
}

std::vector<Bytes> KeyStore::stored_chain(const std::string& id) const {
    const auto file = chain_file(id);
    return std::filesystem::exists(file)
               ? certificates_from_pem(as_text(read_public_file(file, kFileBytesMax)))
               : std::vector<Bytes>{};
}

void KeyStore::install_chain(SoftwareKey& key, const std::vector<Bytes>& chain) {
    key.set_chain(chain);
    write_chain(key.id(), chain);
}

std::unique_ptr<SoftwareKey> KeyStore::open(const std::string& id) const {
    auto key = SoftwareKey::from_encrypted_pem(
        id, read_private_file(key_file(id), kFileBytesMax), passphrase_.view());
    if (auto chain = stored_chain(id); !chain.empty()) {
        key->set_chain(std::move(chain));
    }
    return key;
}

}  // namespace yinxin::keys
