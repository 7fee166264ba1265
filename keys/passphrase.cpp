// SPDX-License-Identifier: Apache-2.0
#include "keys/passphrase.h"

#include <sys/stat.h>

#include <cstdlib>
#include <string>

#include "common/error.h"
#include "common/files.h"

namespace yinxin::keys {
namespace {

constexpr std::size_t kBytesMax = 1024;
constexpr std::size_t kRandomBytes = 32;
constexpr std::string_view kCredential = "credential:";

bool is_credential(const std::filesystem::path& source) {
    return source.string().starts_with(kCredential);
}

Bytes read_credential(const std::filesystem::path& file) {
    struct stat info {};
    if (::stat(file.c_str(), &info) == 0 && (info.st_mode & 07) != 0) {
        throw Error(ErrorCode::Forbidden, file.string() + " is open to everybody");
    }
    return read_public_file(file, kBytesMax);
}

}  // namespace

std::filesystem::path passphrase_file(const std::filesystem::path& source) {
    if (!is_credential(source)) {
        return source;
    }
    const std::string name = source.string().substr(kCredential.size());
    const char* directory = std::getenv("CREDENTIALS_DIRECTORY");  // a place, not a secret
    if (directory == nullptr || name.empty() || name.find('/') != std::string::npos) {
        throw Error(ErrorCode::Invalid,
                    source.string() +
                        ": there is no such credential; name it in the unit (LoadCredential=)");
    }
    return std::filesystem::path(directory) / name;
}

Secret read_passphrase(const std::filesystem::path& source) {
    const std::filesystem::path file = passphrase_file(source);
    Bytes content =
        is_credential(source) ? read_credential(file) : read_private_file(file, kBytesMax);
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
    const Secret raw(random.bytes(kRandomBytes));
    const std::string text = to_base64url(raw.view()) + "\n";
    write_file_durably(file, as_bytes(text), FileMode::Private, IfPresent::Refuse);
}

}  // namespace yinxin::keys
