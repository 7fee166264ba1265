// SPDX-License-Identifier: Apache-2.0
#include "keys/token_key.h"

#include <sys/stat.h>

#include <utility>

#include "common/files.h"
#include "keys/passphrase.h"
#include "keys/pki/certificate.h"

namespace yinxin::keys {
namespace {

constexpr std::size_t kMarkBytesMax = 256;

/// Another file, or another content, gives another text. Nothing of the PIN is in it.
std::string state_of_pin(const Pkcs11Uri& uri) {
    constexpr std::string_view kFile = "file:";
    const std::string source =
        uri.pin_source.starts_with(kFile) ? uri.pin_source.substr(kFile.size()) : uri.pin_source;
    struct stat info {};
    if (::stat(passphrase_file(source).c_str(), &info) != 0) {
        return "";
    }
    return std::to_string(info.st_ino) + " " + std::to_string(info.st_mtim.tv_sec) + "." +
           std::to_string(info.st_mtim.tv_nsec) + " " + std::to_string(info.st_size) + "\n";
}

}  // namespace

std::unique_ptr<Pkcs11Key> open_once_per_pin(const std::string& id,
                                             const Pkcs11Uri& uri,
                                             const std::vector<Bytes>& chain,
                                             const std::filesystem::path& mark) {
    const std::string state = state_of_pin(uri);
    if (std::filesystem::exists(mark) && as_text(read_private_file(mark, kMarkBytesMax)) == state) {
        throw Error(ErrorCode::Forbidden,
                    "the PIN of " + uri.pin_source + " was refused by the token of the key " + id +
                        " before and is not offered again: a token locks after a few; write the "
                        "right one");
    }
    try {
        auto key = std::make_unique<Pkcs11Key>(id, uri, chain);
        std::error_code ignored;
        std::filesystem::remove(mark, ignored);
        return key;
    } catch (const Error& error) {
        if (error.code() == ErrorCode::Forbidden) {
            write_file_durably(mark, as_bytes(state), FileMode::Private, IfPresent::Replace);
        }
        throw;
    }
}

TokenKey::TokenKey(std::string id,
                   Pkcs11Uri uri,
                   std::vector<Bytes> chain,
                   std::filesystem::path mark)
    : id_(std::move(id)), uri_(std::move(uri)), chain_(std::move(chain)), mark_(std::move(mark)) {
    std::string why = "no certificate";
    try {
        algorithm_ = opened().algorithm();
        return;
    } catch (const Error& error) {
        why = error.what();
    }
    if (chain_.empty()) {
        throw Error(ErrorCode::Unavailable, "the key " + id_ + ": " + why);
    }
    algorithm_ = key_algorithm_of(Certificate::from_der(chain_.front()).spki);
}

Pkcs11Key& TokenKey::opened() {
    const std::lock_guard lock(mutex_);
    if (refused_) {
        throw *refused_;
    }
    if (key_ == nullptr) {
        try {
            key_ = open_once_per_pin(id_, uri_, chain_, mark_);
        } catch (const Error& error) {
            if (error.code() == ErrorCode::Forbidden) {
                refused_ = error;
            }
            throw;
        }
    }
    return *key_;
}

}  // namespace yinxin::keys
