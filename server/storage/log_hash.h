// SPDX-License-Identifier: Apache-2.0
// Hashes of the transparency log's leaves and of the audit chain. Changing one makes every stored
// row a fault.
#pragma once

#include <cstdint>
#include <string>

#include "common/bytes.h"

namespace yinxin::server {

struct LeafContent {
    std::string event;  ///< ISSUE, VOID, SUPERSEDE, REVOKE
    std::string number;
    Bytes sha256;  ///< of revision 1; 32 zero bytes when there is none (VOID)
    std::int64_t at_ms = 0;
    Bytes salt;  ///< 16 bytes: without it, personal data of low entropy could be tried against the
                 ///< public tree
};

/// SHA-256(0x00 || event || number || sha256 || time || salt): texts with one length byte before
/// them, the time as 8 bytes, most significant first. 0x00 is the leaf prefix of RFC 6962, 2.1.
Bytes leaf_hash(const LeafContent& leaf);

struct AuditContent {
    std::int64_t seq = 0, at_ms = 0;
    std::string phase, purpose, key_id, subject;
    Bytes digest;
};

/// SHA-256 of the chain before and the row's fields, one a line, numbers in decimal, the digest in
/// hexadecimal. The first row stands after 32 zero bytes.
Bytes audit_chain(ByteView before, const AuditContent& row);

}  // namespace yinxin::server
