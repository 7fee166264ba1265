// SPDX-License-Identifier: Apache-2.0
#include "server/storage/shared_rows.h"

#include "common/error.h"

namespace yinxin::server {
namespace {

void require(Query& row, const std::string& table, std::int64_t id) {
    if (!row.step()) {
        throw Error(ErrorCode::Internal,
                    "register: " + table + " " + std::to_string(id) +
                        " is missing: run yinxin fsck, and put the register back from a backup");
    }
}

}  // namespace

template <typename Row, typename Read>
const Row& SharedRows::kept(std::map<std::int64_t, Row>& rows, std::int64_t id, const Read& read) {
    {
        const std::lock_guard lock(mutex_);
        if (const auto known = rows.find(id); known != rows.end()) {
            return known->second;
        }
    }
    Row row = read();
    const std::lock_guard lock(mutex_);
    return rows.try_emplace(id, std::move(row)).first->second;
}

const std::string& SharedRows::form_type(Connection& db, std::int64_t id) {
    return kept(form_types_, id, [&] {
        Query row = db.query("SELECT type FROM form WHERE id = ?", id);
        require(row, "form", id);
        return row.text(0);
    });
}

const SharedRows::Signer& SharedRows::signer(Connection& db, std::int64_t id) {
    return kept(signers_, id, [&] {
        Query row = db.query("SELECT organ, name, sha256 FROM signer WHERE id = ?", id);
        require(row, "signer", id);
        return Signer{row.text(0), row.text(1), row.blob(2)};
    });
}

}  // namespace yinxin::server
