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
constexpr std::size_t kPassphraseBytesMax = 1024;
constexpr std::size_t kPassphraseRandomBytes = 32;

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

Secret read_passphrase(const std::filesystem::path& file) {
    Bytes content = read_private_file(file, kPassphraseBytesMax);
    for (const char end : {'\n', '\r'}) {
        if (!content.empty() && content.back() == end) {
            content.pop_back();
        }
    }
    Secret passphrase(std::move(content));
    if (passphrase.empty()) {
        throw Error(ErrorCode::Invalid, file.string() + ": the passphrase is empty");
    }
    return passphrase;
}

void create_passphrase(const std::filesystem::path& file, Random& random) {
    const Secret raw(random.bytes(kPassphraseRandomBytes));
    const std::string text = to_base64url(raw.view()) + "\n";
    write_file_durably(file, as_bytes(text), FileMode::Private, IfPresent::Refuse);
}

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
            if (entry.path().extension() == ".p8") {
                result.push_back(entry.path().stem().string());
            }
        }
    }
    std::sort(result.begin(), result.end());
    return result;
}

bool KeyStore::contains(const std::string& id) const {
    return std::filesystem::exists(key_file(id));
}

std::unique_ptr<SoftwareKey> KeyStore::generate(const std::string& id, KeyAlgorithm algorithm) {
    const auto file = key_file(id);
    if (std::filesystem::create_directories(folder_)) {
        std::filesystem::permissions(folder_, std::filesystem::perms::owner_all);
    }
    if (std::filesystem::exists(file)) {
        throw Error(ErrorCode::Conflict, "key " + id + " exists already in " + folder_.string());
    }
    auto key = SoftwareKey::generate(id, algorithm);
    write_file_durably(
        file, key->to_encrypted_pem(passphrase_.view()), FileMode::Private, IfPresent::Refuse);
    return key;
}

void KeyStore::install_chain(const std::string& id, const std::vector<Bytes>& chain) {
    install_chain(*open(id), chain);
}

void KeyStore::install_chain(SoftwareKey& key, const std::vector<Bytes>& chain) {
    key.set_chain(chain);
    check_links(chain);
    write_file_durably(chain_file(key.id()),
                       as_bytes(certificates_to_pem(chain)),
                       FileMode::Public,
                       IfPresent::Replace);
}

std::unique_ptr<SoftwareKey> KeyStore::open(const std::string& id) const {
    auto key = SoftwareKey::from_encrypted_pem(
        id, read_private_file(key_file(id), kFileBytesMax), passphrase_.view());
    if (const auto file = chain_file(id); std::filesystem::exists(file)) {
        key->set_chain(certificates_from_pem(as_text(read_public_file(file, kFileBytesMax))));
    }
    return key;
}

}  // namespace yinxin::keys
