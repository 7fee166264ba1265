// SPDX-License-Identifier: Apache-2.0
#include "server/storage/register_secret.h"

#include "common/error.h"
#include "common/files.h"
#include "server/storage/store.h"

namespace yinxin::server {
namespace {

std::string cell_name(std::string_view column, std::string_view document_id) {
    std::string name;
    name.reserve(column.size() + 1 + document_id.size());
    return name.append(column).append("/").append(document_id);
}

Bytes derived(ByteView secret, std::string_view purpose) {
    if (secret.size() != register_secret_bytes) {
        throw Error(ErrorCode::Invalid, "the register's secret must have 32 bytes");
    }
    return keys::hmac_sha256(secret, as_bytes(purpose));
}

}  // namespace

RegisterSecret::RegisterSecret(ByteView secret)
    : index_key_(derived(secret, "yinxin register: code index")),
      cell_key_(derived(secret, "yinxin register: cells")) {}

Bytes RegisterSecret::code_index(std::string_view code) const {
    return index_key_.of(as_bytes(code));
}

Bytes RegisterSecret::seal(std::string_view column,
                           std::string_view document_id,
                           ByteView plain,
                           Random& random) const {
    return cell_key_.seal(as_bytes(cell_name(column, document_id)), plain, random);
}

Bytes RegisterSecret::open(std::string_view column,
                           std::string_view document_id,
                           ByteView sealed) const {
    const std::string name = cell_name(column, document_id);
    try {
        return cell_key_.open(as_bytes(name), sealed);
    } catch (const Error& error) {
        throw Error(ErrorCode::Internal, "register: " + name + ": " + error.what());
    }
}

void make_register_secret(const std::filesystem::path& file, Random& random) {
    write_file_durably(
        file, random.bytes(register_secret_bytes), FileMode::Private, IfPresent::Refuse);
}

Bytes read_register_secret(const std::filesystem::path& file) {
    Bytes secret = read_private_file(file, register_secret_bytes);
    if (secret.size() != register_secret_bytes) {
        throw Error(ErrorCode::Invalid,
                    file.string() +
                        ": the register's secret has 32 bytes; put the file back from "
                        "a backup");
    }
    return secret;
}

}  // namespace yinxin::server
