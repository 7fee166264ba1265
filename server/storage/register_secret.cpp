// SPDX-License-Identifier: Apache-2.0
#include "server/storage/register_secret.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <iterator>

#include "common/error.h"
#include "keys/crypto/aead.h"
#include "keys/crypto/digest.h"
#include "server/storage/store.h"

namespace yinxin::server {
namespace {

std::string cell_name(std::string_view column, std::string_view document_id) {
    return std::string(column) + "/" + std::string(document_id);
}

/// Owns a file descriptor.
class File {
  public:
    explicit File(int fd) : fd_(fd) {}
    ~File() {
        if (fd_ >= 0) {
            close(fd_);
        }
    }
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    int fd() const { return fd_; }

  private:
    int fd_;
};

}  // namespace

RegisterSecret::RegisterSecret(ByteView secret) {
    if (secret.size() != register_secret_bytes) {
        throw Error(ErrorCode::Invalid, "the register's secret must have 32 bytes");
    }
    index_key_ = keys::hmac_sha256(secret, as_bytes("yinxin register: code index"));
    cell_key_ = keys::hmac_sha256(secret, as_bytes("yinxin register: cells"));
}

Bytes RegisterSecret::code_index(std::string_view code) const {
    return keys::hmac_sha256(index_key_, as_bytes(code));
}

Bytes RegisterSecret::seal(std::string_view column,
                           std::string_view document_id,
                           ByteView plain,
                           Random& random) const {
    return keys::aead_seal(cell_key_, as_bytes(cell_name(column, document_id)), plain, random);
}

Bytes RegisterSecret::open(std::string_view column,
                           std::string_view document_id,
                           ByteView sealed) const {
    const std::string name = cell_name(column, document_id);
    try {
        return keys::aead_open(cell_key_, as_bytes(name), sealed);
    } catch (const Error& error) {
        throw Error(ErrorCode::Internal, "register: " + name + ": " + error.what());
    }
}

void make_register_secret(const std::filesystem::path& file, Random& random) {
    const File out(open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (out.fd() < 0) {
        throw Error(errno == EEXIST ? ErrorCode::Conflict : ErrorCode::Unavailable,
                    "cannot make " + file.string() + (errno == EEXIST ? ": it exists" : ""));
    }
    const Bytes secret = random.bytes(register_secret_bytes);
    if (write(out.fd(), secret.data(), secret.size()) != static_cast<ssize_t>(secret.size()) ||
        fsync(out.fd()) != 0) {
        throw Error(ErrorCode::StorageFull, "cannot write " + file.string());
    }
    const File folder(open(file.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (folder.fd() < 0 || fsync(folder.fd()) != 0) {
        throw Error(ErrorCode::Unavailable, "cannot sync " + file.parent_path().string());
    }
}

Bytes read_register_secret(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    Bytes secret{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    if (!in || secret.size() != register_secret_bytes) {
        throw Error(
            ErrorCode::Unavailable,
            "cannot read the register's secret " + file.string() + ": 32 bytes are expected");
    }
    return secret;
}

}  // namespace yinxin::server
