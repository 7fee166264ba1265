// SPDX-License-Identifier: Apache-2.0
#include "server/storage/dictionaries.h"

#include <string>

#include "common/error.h"
#include "keys/crypto/digest.h"

namespace yinxin::server {
namespace {

[[noreturn]] void refuse(std::int64_t id, const std::string& why) {
    throw Error(ErrorCode::Internal,
                "register: dictionary " + std::to_string(id) + " " + why +
                    ": what is packed with it cannot be read; put the register back from a backup");
}

std::unique_ptr<const Dictionary> read(Connection& db, std::int64_t id) {
    Query row = db.query("SELECT bytes, sha256 FROM dictionary WHERE id = ?", id);
    if (!row.step()) {
        refuse(id, "is missing");
    }
    Bytes bytes = row.blob(0);
    Bytes sha256 = keys::sha256(bytes);
    if (sha256 != row.blob(1)) {
        refuse(id, "has another SHA-256 than is on record");
    }
    return std::make_unique<const Dictionary>(id, std::move(bytes), std::move(sha256));
}

}  // namespace

std::string packed_cell_name(const std::string& column, const Dictionary* dictionary) {
    return dictionary == nullptr ? column : column + " packed with " + to_hex(dictionary->sha256());
}

const Dictionary* Dictionaries::get(Connection& db, const std::optional<std::int64_t>& id) {
    if (!id) {
        return nullptr;
    }
    {
        const std::lock_guard lock(mutex_);
        if (const auto known = read_.find(*id); known != read_.end()) {
            return known->second.get();
        }
    }
    // Nobody waits for the disk here; of two that read it at once the first is kept.
    auto made = read(db, *id);
    const std::lock_guard lock(mutex_);
    return read_.try_emplace(*id, std::move(made)).first->second.get();
}

}  // namespace yinxin::server
