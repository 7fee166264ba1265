// SPDX-License-Identifier: Apache-2.0
#include "server/storage/log_hash.h"

#include "common/error.h"
#include "keys/crypto/digest.h"

namespace yinxin::server {
namespace {

void append_text(Bytes& out, const std::string& text) {
    YINXIN_ASSERT(text.size() <= 255);
    out.push_back(static_cast<std::uint8_t>(text.size()));
    out.insert(out.end(), text.begin(), text.end());
}

}  // namespace

Bytes leaf_hash(const LeafContent& leaf) {
    YINXIN_ASSERT(leaf.sha256.size() == 32 && leaf.salt.size() == 16);
    Bytes out{0x00};
    append_text(out, leaf.event);
    append_text(out, leaf.number);
    out.insert(out.end(), leaf.sha256.begin(), leaf.sha256.end());
    for (int shift = 56; shift >= 0; shift -= 8) {
        out.push_back(static_cast<std::uint8_t>(static_cast<std::uint64_t>(leaf.at_ms) >> shift));
    }
    out.insert(out.end(), leaf.salt.begin(), leaf.salt.end());
    return keys::sha256(out);
}

Bytes audit_chain(ByteView before, const AuditContent& row) {
    const std::string text = std::to_string(row.seq) + "\n" + std::to_string(row.at_ms) + "\n" +
                             row.phase + "\n" + row.purpose + "\n" + row.key_id + "\n" +
                             row.subject + "\n" + to_hex(row.digest) + "\n";
    return keys::Sha256().update(before).update(as_bytes(text)).finish();
}

}  // namespace yinxin::server
